import Command
import Foundation
import Lesson
import Screen
import Testing
import Timeline

@testable import Explorer

@Suite struct UpdateTests {
    @Test func digitsGiveAPaneTheKeysAndPutItOnTheScreen() {
        var play = Play()
        play.type("6")
        #expect(play.model.focus == .code)
        play.type("9")
        #expect(play.model.focus == .map)
        #expect(play.model.layout.rect(of: .map) != nil)
    }

    @Test func tabComesRoundToEveryPaneAndBack() {
        for (width, height) in [(120, 40), (80, 24), (200, 60)] {
            var play = Play(width: width, height: height)
            let start = play.model.focus
            var seen: Set<String> = []
            for _ in 0..<12 {
                seen.insert(play.model.focus.rawValue)
                play.press(.tab)
            }
            #expect(seen.count >= 5, "\(width)×\(height)")
            for _ in 0..<12 { play.press(.backTab) }
            #expect(play.model.focus == start)
        }
    }

    @Test func zoomShowsOnePaneAndEscComesBack() {
        var play = Play()
        let before = play.model.layout
        play.type("3+")
        #expect(play.model.layout.panes.map(\.pane) == [.descriptors])
        play.press(.tab)
        #expect(play.model.layout.panes.count == 1)
        play.press(.escape)
        #expect(play.model.layout == before)
        play.type("+_")
        #expect(play.model.layout == before)
    }

    @Test func theSameCommandComesFromKeyPaletteAndMessage() {
        var byKey = Play(SampleRun.ready())
        byKey.type("s")
        var byPalette = Play(SampleRun.ready())
        byPalette.enter("step exit")
        var byMessage = Play(SampleRun.ready())
        byMessage.give(.command(.step(.exit)))
        #expect(byKey.performed == ["step exit"])
        #expect(byPalette.performed == byKey.performed)
        #expect(byMessage.performed == byKey.performed)
    }

    @Test func theFocusedVCPUGoesWithAStep() {
        var play = Play(SampleRun.ready(vcpus: 2))
        play.type("vs")
        guard case .perform(_, let vcpu, let origin)? = play.effects.last else {
            Issue.record("nothing is performed")
            return
        }
        #expect(vcpu == 1)
        #expect(origin == .person)
        play.type("v")
        #expect(play.model.vcpu == 0)
        play.enter("vcpu 7")
        #expect(play.model.vcpu == 0)
        #expect(play.noticeRow.contains("no vCPU 7"))
    }

    @Test func anAddressIsWorkedOutWhereOneLooks() {
        var play = Play()
        play.enter("memory _start + 4")
        #expect(play.model.focus == .memory)
        #expect(play.model.arrangement.state(of: .memory).address == 0x100004)
        play.enter("memory nowhere")
        #expect(play.noticeRow.contains("no symbol 'nowhere'"))
        for line in ["until rax == 5", "until reg.foo == 1", "print exit.count(hltt)", "poke 0x1000 = 0x100"] {
            play.enter(line)
            #expect(play.model.notice?.kind == .bad, "\(line)")
            #expect(play.performed.isEmpty)
        }
        play.enter("goto 0")
        #expect(play.model.cursor == 0)
    }

    @Test func printAndExpectAnswer() {
        var play = Play()
        play.enter("print exit.reason")
        #expect(play.noticeRow.contains("hlt"))
        play.enter("expect exit.reason == io")
        #expect(play.model.notice?.kind == .bad)
        play.type("S")
        play.enter("expect exit.reason == io")
        #expect(play.model.notice?.kind == .good)
    }

    @Test func whatAMachineAnswersIsShown() {
        var play = Play(SampleRun.ready())
        play.give(.commandFinished(.breakAt(.address(0x100000)), .done, .person, said: "breakpoint at 0x100000"))
        #expect(play.noticeRow.contains("breakpoint at 0x100000"))
        play.give(.commandFinished(.step(.exit), .failed("no machine is built yet"), .person))
        #expect(play.model.notice?.kind == .bad)
    }

    @Test func aProblemSaysWhatHappenedWhereAndWhatCanBeDone() {
        let play = Play(SampleRun.failed())
        #expect(play.statusRow.contains("0x100006"))
        for offer in ["look at the code", "skip", "go back", "reset"] { #expect(play.noticeRow.contains(offer)) }
    }

    @Test func aRefusedIoctlIsAnOrdinaryState() {
        let timeline = SampleRun.ready()
        SampleRun.Writer(timeline).refuse()
        let play = Play(timeline)
        #expect(play.statusRow.contains("KVM_CREATE_VCPU was refused"))
        #expect(play.statusRow.contains("EEXIST"))
        #expect(play.noticeRow.contains("you can"))
    }

    @Test func anExitIsToldInOneSentence() {
        var play = Play()
        play.type("S")
        for word in ["vCPU 0", "exit 1", "io", "out 0x3f8", "'5'", "console"] { #expect(play.statusRow.contains(word)) }
    }

    @Test func quittingIsAnEffect() {
        var play = Play()
        play.type("q")
        #expect(play.hasQuit)
        for event in [InputEvent.terminated, .hangup] {
            var play = Play()
            play.give(.input(event))
            #expect(play.hasQuit)
        }
    }

    @Test func branchesThatNoFileHoldsAreNamedOnceBeforeTheyAreLeft() throws {
        func play(_ change: (inout Model) -> Void = { _ in }) -> Play {
            let timeline = SampleRun.halted()
            timeline.fork(at: timeline.end - 1, name: "what if")
            var play = Play(timeline)
            change(&play.model)
            play.type("q")
            return play
        }
        var asked = play()
        #expect(!asked.hasQuit && asked.noticeRow.contains("branches 1, 2 are in no recording: q again leaves"))
        asked.type("q")
        #expect(asked.hasQuit)
        #expect(play { $0.environment.isRecording = true }.hasQuit)
        let partly = play {
            $0.environment.isRecording = true
            $0.environment.unrecorded = [1]
        }
        #expect(!partly.hasQuit && partly.noticeRow.contains("branch 1 is in no recording"))
        #expect(play { $0.environment.isReplay = true }.hasQuit)
        // A lesson makes its branches again.
        let lesson = try madeUpLesson()
        #expect(play { _ = update(&$0, .lessonOpened(lesson, LessonProgress())) }.hasQuit)
    }

    @Test func slipsInNamesGetASuggestionAndUnknownKindsARefusal() {
        for (line, said) in [
            ("print exit.reson", "did you mean 'exit.reason'?"), ("print $raz", "did you mean '$rax'?"),
            ("print fd.count(foo)", "no kind of descriptor 'foo'"),
        ] {
            var play = Play()
            play.enter(line)
            #expect(play.text.contains(said), "\(line): \(play.noticeRow)")
        }
    }

    @Test func ctrlCClosesAPromptPausesAGuestAndLeavesWhenPressedAgain() {
        var play = Play()
        play.give(.input(.interrupted))
        #expect(!play.hasQuit && play.noticeRow.contains("again"))
        // Another key between the two makes the second a first one.
        play.type("S")
        play.give(.input(.interrupted))
        #expect(!play.hasQuit)
        play.give(.input(.interrupted))
        #expect(play.hasQuit)

        for open in [":sea", "?"] {
            var play = Play()
            play.type(open)
            play.give(.input(.interrupted))
            #expect(play.model.isPlain && !play.hasQuit)
        }

        let timeline = SampleRun.ready()
        SampleRun.Writer(timeline).append(.phase(.running))
        var running = Play(timeline)
        running.give(.input(.interrupted))
        #expect(running.performed == ["pause"] && !running.hasQuit)
        running.give(.input(.interrupted))
        #expect(running.hasQuit)

        var menu = Play(menu: GoldenTests.listings)
        menu.press(.control("c"))
        #expect(!menu.hasQuit && menu.noticeRow.contains("again"))
        menu.press(.control("c"))
        #expect(menu.hasQuit)
    }

    @Test func ctrlLDrawsAnewWhateverIsOpen() {
        for open in ["", ":", "?"] {
            var play = Play()
            play.type(open)
            play.press(.control("l"))
            let isDrawn = play.effects.contains { if case .redraw = $0 { true } else { false } }
            #expect(isDrawn)
            #expect((play.model.palette != nil) == (open == ":") && (play.model.help != nil) == (open == "?"))
        }
    }

    @Test func helpIsMadeFromTheTableAndScrolls() {
        var play = Play(width: 80, height: 24)
        play.type("?")
        #expect(play.text.contains("go forward, to the next exit"))
        let top = play.text
        play.type(" ")
        #expect(play.text != top)
        play.press(.home)
        #expect(play.text == top)
        play.press(.end, .end, .down)
        #expect(play.text.contains("The timeline strip") || play.text.contains("the run has ended"))
        play.press(.escape)
        #expect(play.model.help == nil)
        play.enter("help step")
        #expect(play.text.contains("The command step"))
        play.press(.escape)
        play.enter("help setp")
        #expect(play.noticeRow.contains("did you mean"))
    }

    @Test func scrollPositionsOutliveResizing() {
        var play = Play(SampleRun.long(exits: 60))
        play.enter("show events")
        play.enter("focus events")
        play.press(.up, .up, .up)
        let state = play.model.arrangement.state(of: .events)
        for (width, height) in [(10, 5), (200, 60), (60, 20), (120, 40)] {
            play.give(.input(.resize(width: width, height: height)))
            #expect(play.model.grid.width == width)
        }
        #expect(play.model.arrangement.state(of: .events) == state)
    }

    @Test func theMouseFocusesScrollsAndMovesTheCursor() {
        var play = Play(SampleRun.long(exits: 5))
        guard let rect = play.model.layout.rect(of: .descriptors) else {
            Issue.record("no descriptors")
            return
        }
        play.click(rect.x + 3, rect.y + 1)
        #expect(play.model.focus == .descriptors)
        let strip = play.model.layout.strip
        play.click(strip.x + 10 + 3, strip.y)
        #expect(play.model.cursor == 4)
        let footer = play.model.layout.footer
        guard let end = play.footerRow.range(of: "End now") else {
            Issue.record("the footer does not say how to return")
            return
        }
        play.click(play.footerRow.distance(from: play.footerRow.startIndex, to: end.lowerBound), footer.y)
        #expect(play.model.isLive)
        play.enter("mouse off")
        play.click(strip.x + 10 + 3, strip.y)
        #expect(play.model.isLive)
    }

    @Test func theTextBesideColoursTellsTheMode() {
        #expect(Play(SampleRun.ready()).headerRow.contains("READY"))
        #expect(Play(SampleRun.halted()).headerRow.contains("ENDED"))
        #expect(Play(Timeline()).headerRow.contains("NO MACHINE"))
    }
}
