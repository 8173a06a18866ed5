import Command
import Lesson
import Screen
import Testing
import Timeline

@testable import Explorer

@Suite struct SteppingTests {
    @Test func atTheEndAStepLetsTheMachineRun() {
        var play = Play(SampleRun.ready())
        play.type("s")
        play.give(.commandFinished(.step(.exit), .done, .person))
        play.type("i")
        #expect(play.performed == ["step exit", "step instruction"])
        #expect(play.model.isLive)
    }

    @Test func stepsThatAreTypedQuicklyAreAllMade() {
        let timeline = SampleRun.ready()
        let writer = SampleRun.Writer(timeline)
        var play = Play(timeline)
        play.type("s")
        writer.append(.phase(.running))
        play.give(.timelineChanged)
        // Looking about does not wait for the machine.
        play.type("ss2si")
        #expect(play.performed == ["step exit"])
        #expect(play.model.notice == nil && play.model.focus == .flowchart)
        for done in 2...4 {
            writer.append(.phase(.stopped))
            play.give(.timelineChanged)
            play.give(.commandFinished(.step(.exit), .done, .person))
            #expect(play.performed.count == done)
            writer.append(.phase(.running))
        }
        writer.append(.phase(.stopped))
        play.give(.commandFinished(.step(.exit), .done, .person))
        #expect(play.performed == ["step exit", "step exit", "step exit", "step exit", "step instruction"])
    }

    @Test func aFailurePauseOrCtrlCTakesBackWhatWasTypedAhead() {
        for way in 0..<3 {
            let timeline = SampleRun.ready()
            var play = Play(timeline)
            play.type("ssss")
            SampleRun.Writer(timeline).append(.phase(.running))
            switch way {
            case 0: play.give(.commandFinished(.step(.exit), .failed("the guest failed"), .person))
            case 1: play.press(.escape)
            default: play.give(.input(.interrupted))
            }
            SampleRun.Writer(timeline).append(.phase(.stopped))
            play.give(.commandFinished(.step(.exit), .done, .person))
            #expect(play.performed.count { $0 == "step exit" } == 1, "way \(way)")
        }
    }

    @Test func whatWasRefusedOfARunningMachineIsNoNewsWhenItStands() {
        let timeline = SampleRun.ready()
        var play = Play(timeline)
        play.enter("continue")
        SampleRun.Writer(timeline).append(.phase(.running))
        play.give(.commandFinished(.run, .done, .person))
        play.give(.timelineChanged)
        play.type("s")
        #expect(play.noticeRow.contains("pause it first"))
        SampleRun.Writer(timeline).append(.phase(.stopped))
        play.give(.timelineChanged)
        #expect(!play.noticeRow.contains("pause it first"))
    }

    @Test func inThePastAStepMovesOverWhatIsRecorded() {
        var play = Play(SampleRun.halted())
        play.type("S")
        #expect(!play.model.isLive)
        #expect(play.model.world.exitCount == 1)
        play.type("S")
        #expect(play.model.world.exitCount == 0)
        play.type("s")
        #expect(play.model.world.exitCount == 1)
        play.type("s")
        #expect(play.model.isLive)
        #expect(play.model.world.exitCount == 2)
        #expect(play.performed.isEmpty)
    }

    @Test func nStepsBackAndNForwardGiveTheSameScreen() {
        var play = Play(SampleRun.long(exits: 12))
        play.type("S")
        let screen = play.model.grid
        play.type("SSSSS")
        #expect(play.model.grid != screen)
        play.type("sssss")
        #expect(play.model.grid == screen)
    }

    @Test func untilInThePastLooksAlongTheExitsThatThereWere() {
        var play = Play(SampleRun.long(exits: 8))
        play.press(.home)
        play.enter("until exit.number == 5")
        #expect(!play.model.isLive && play.model.world.exitCount == 5)
        play.enter("until exit.reason == mmio")
        #expect(play.model.isLive && play.noticeRow.contains("held at no exit"))
        #expect(play.performed.isEmpty)
    }

    @Test func aBreakIsNewsAndTheSignalThatStoppedTheOthersIsNot() {
        let timeline = SampleRun.ready(vcpus: 2)
        let run = SampleRun.Writer(timeline)
        run.append(.stopped(.init(vcpu: 0, reason: .breakpoint, text: "breakpoint at 0x100004")))
        run.append(.exit(Exit(vcpu: 1, reason: "intr")))
        run.append(.stopped(.init(vcpu: 1, reason: .together, text: "stopped because another vCPU did")))
        let model = Play(timeline).model
        #expect(Happening(model, model.world).line.plain.contains("breakpoint at 0x100004"))
    }

    @Test func bracketsGoOneEvent() {
        var play = Play(SampleRun.halted())
        let end = play.model.timeline.end
        play.type("[[")
        #expect(play.model.cursor == end - 2)
        play.type("]")
        #expect(play.model.cursor == end - 1)
        play.type("]")
        #expect(play.model.isLive)
        play.type("]")
        #expect(play.performed.isEmpty)
        #expect(play.noticeRow.contains("newest event"))
    }

    @Test func homeAndEndGoToBothEnds() {
        var play = Play(SampleRun.halted())
        play.press(.home)
        #expect(play.model.cursor == 0)
        #expect(play.headerRow.contains("PAST"))
        #expect(play.noticeRow.contains("looking back at event 0 of \(play.model.timeline.end)"))
        play.type("S")
        #expect(play.noticeRow.contains("first event"))
        play.press(.end)
        #expect(play.model.isLive)
        #expect(!play.text.contains("PAST"))
    }

    @Test func theCursorGoesWithTheEndOnlyWhileItIsThere() {
        let timeline = SampleRun.ready()
        var play = Play(timeline)
        SampleRun.Writer(timeline).step(outOf: 0, rip: 0x10000b, rax: 0x35)
        play.give(.timelineChanged)
        #expect(play.model.cursor == timeline.end)
        play.type("S")
        let looked = play.model.cursor
        SampleRun.Writer(timeline).halt(0, rip: 0x10000c, rax: 0x35)
        play.give(.timelineChanged)
        #expect(play.model.cursor == looked)
    }

    @Test func runningFromThePastFirstReturnsToNow() {
        var play = Play(SampleRun.long(exits: 3))
        play.type("S ")
        #expect(play.model.isLive)
        #expect(play.performed.isEmpty)
        play.type(" ")
        #expect(play.performed == ["continue"])
    }

    @Test func spacePausesWhatRuns() {
        let timeline = SampleRun.ready()
        SampleRun.Writer(timeline).append(.phase(.running))
        var play = Play(timeline)
        play.type(" ")
        #expect(play.performed == ["pause"])
        play.type("s")
        #expect(play.performed == ["pause"])
        #expect(play.noticeRow.contains("pause it first"))
    }

    @Test func changingTheMachineInThePastIsDoneInABranchThatBeginsThere() throws {
        var play = Play(SampleRun.long(exits: 2))
        play.type("S")
        let cursor = play.model.cursor
        play.enter("set rax = 5")
        guard case .branch(let position, let command, _, .person)? = play.effects.last else {
            Issue.record("no branch")
            return
        }
        #expect(position == cursor && "\(command)" == "set rax = 5")
        #expect(play.performed.isEmpty)
        play.give(.commandFinished(command, .done, .person))
        play.type("S")
        play.enter("create vcpu 3")
        #expect(play.noticeRow.contains("past"))
    }

    @Test func runningFromHereSetsTheMachineBack() {
        var play = Play(SampleRun.long(exits: 3))
        play.type("f")
        #expect(play.performed.isEmpty && play.noticeRow.contains("stands here already"))
        play.type("SS")
        let cursor = play.model.cursor
        play.type("f")
        #expect(play.performed == ["resume \(cursor)"])
        // Where it could not be done, one still looks at the same place.
        play.give(.commandFinished(.resume(cursor), .failed("no keyframe"), .person))
        #expect(play.model.cursor == cursor && play.noticeRow.contains("no keyframe"))
    }

    @Test func transitionsAreSeenOneByOne() {
        let timeline = SampleRun.ready()
        var play = Play(timeline)
        play.type("t")
        #expect(play.performed == ["step exit"])
        SampleRun.Writer(timeline).step(outOf: 0, rip: 0x10000b, rax: 0x35)
        play.give(.timelineChanged)
        play.give(.commandFinished(.step(.exit), .done, .person))
        #expect(!play.model.isLive)
        #expect(play.model.world.vcpus[0].lastArrow == .run)
        play.type("t")
        #expect(play.model.world.vcpus[0].lastArrow == .ioYes)
        play.type("T")
        #expect(play.model.world.vcpus[0].lastArrow == .run)
    }

    @Test func arrowsAreTheSameForthAndBackAlsoFromThePresent() {
        var play = Play(SampleRun.long(exits: 3))
        play.press(.home)
        var places: [Int] = []
        while !play.model.isLive, places.count < 100 {
            play.type("t")
            places.append(play.model.cursor)
        }
        // Behind the last arrow the vCPU was read and stood; only then comes the present.
        #expect(places.count == 7 && places.last == play.model.timeline.end)
        for place in places.dropLast().reversed() {
            play.type("T")
            #expect(play.model.cursor == place)
        }
    }

    @Test func gotoFindsEventsExitsAndMarks() {
        var play = Play(SampleRun.long(exits: 4))
        play.enter("goto 7")
        #expect(play.model.cursor == 7)
        play.enter("mark here")
        play.enter("goto exit 2")
        #expect(play.model.world.exitCount == 2)
        play.enter("goto mark here")
        #expect(play.model.cursor == 7)
        play.enter("goto exit 99")
        #expect(play.noticeRow.contains("exits 1 to 4"))
        play.enter("goto 100000")
        #expect(play.model.cursor == 7)
    }

    @Test func searchMovesOverEventsAndComesRoundAgain() {
        var play = Play(SampleRun.long(exits: 3))
        play.press(.home)
        play.type("/0x3F8\n")
        let first = play.model.cursor
        #expect(play.model.world.exitCount == 1)
        play.type("n")
        #expect(play.model.world.exitCount == 2)
        play.type("N")
        #expect(play.model.cursor == first)
        play.type("nnn")
        #expect(play.model.cursor == first)
        #expect(play.noticeRow.contains("again from the first"))
        // What just happened is told without the exit's RIP, so the line that holds it is told beside it.
        play.press(.home)
        play.type("/RIP 0x10000b\n")
        #expect(play.noticeRow.contains("'RIP 0x10000b' in event \(play.model.cursor): vCPU 0 exit io"))
        play.type("/no such thing\n")
        #expect(play.noticeRow.contains("no event holds"))
    }

    @Test func searchFindsWhatTheScreenShowsAndSaysHowOften() {
        var play = Play(SampleRun.long(exits: 5))
        play.press(.home)
        play.enter("search exit 3")
        #expect(play.statusRow.contains("exit 3"))
        #expect(play.model.world.exitCount == 3)
        play.enter("search Exit 5")
        #expect(play.model.world.exitCount == 5)
        play.enter("search exit 6")
        #expect(play.noticeRow.contains("exits 1 to 5"))
        play.press(.home)
        play.enter("search 0x3f8")
        #expect(play.noticeRow.contains("hit 1 of "))
        play.type("n")
        #expect(play.noticeRow.contains("hit 2 of "))
    }

    @Test func whatHappenedIsFoundBeforeWhatExplainsIt() {
        let timeline = Timeline()
        var nanoseconds: UInt64 = 0
        func append(_ body: Event.Body) {
            nanoseconds += 1
            timeline.append(Event(nanoseconds: nanoseconds, body))
        }
        append(.mark("begin"))
        append(
            .guide(
                IoctlGuide(
                    request: 0xae80, name: "KVM_RUN", kind: .vcpu, summary: "enters the guest", direction: "_IO",
                    type: 0xAE,
                    number: 0x80, size: 0, argumentType: "", road: [], qemu: nil)))
        append(.ioctl(IoctlCall(kind: .vcpu, fd: 7, name: "KVM_RUN", request: 0xae80, argument: 0)))
        var play = Play(timeline)
        play.press(.home)
        play.enter("search kvm_run")
        #expect(play.model.cursor == 3)
        // For want of anything else the explanation is found.
        play.enter("search enters the guest")
        #expect(play.model.cursor == 2)
    }

    @Test func aLongSearchGoesOnPieceByPieceAndCanBeStopped() {
        let timeline = Timeline()
        for index in 0..<3 * Hunt.piece {
            let isNeedle = index == 2 * Hunt.piece + 5
            timeline.append(Event(nanoseconds: UInt64(index), .mark(isNeedle ? "needle" : "hay")))
        }
        var play = Play(timeline)
        play.press(.home)
        play.type("/needle\n")
        #expect(play.model.isSearching)
        #expect(play.model.cursor == 0)
        #expect(play.noticeRow.contains("33 of 100"))
        play.give(.searchGoesOn)
        #expect(play.model.isSearching)
        play.give(.searchGoesOn)
        #expect(play.model.cursor == 2 * Hunt.piece + 6)
        #expect(play.noticeRow.contains("'needle' in event"))
        // The hits are counted afterwards, while keys are heard.
        #expect(play.model.isSearching)
        while play.model.isSearching { play.give(.searchGoesOn) }
        #expect(play.noticeRow.contains("hit 1 of 1"))
        // Nothing more to send, and nothing happens.
        play.give(.searchGoesOn)
        #expect(play.model.cursor == 2 * Hunt.piece + 6)
        play.type("n")
        while play.model.isSearching { play.give(.searchGoesOn) }
        #expect(play.model.cursor == 2 * Hunt.piece + 6)
        #expect(play.noticeRow.contains("again from the first"))
        play.type("N")
        while play.model.isSearching { play.give(.searchGoesOn) }
        #expect(play.noticeRow.contains("again from the last"))
        play.type("/nowhere\n")
        #expect(play.model.isSearching)
        play.press(.escape)
        #expect(!play.model.isSearching)
        #expect(play.noticeRow.contains("stopped"))
        play.type("/nowhere\n")
        play.press(.home)
        #expect(!play.model.isSearching && play.model.cursor == 0)
    }

    @Test func aReplayLooksButDoesNotRun() {
        var play = Play(SampleRun.halted())
        play.model.environment.isReplay = true
        #expect(play.headerRow.contains("REPLAY"))
        play.type("sS")
        #expect(play.performed.isEmpty)
        #expect(!play.model.isLive)
    }

    @Test func withoutKVMTheReasonIsSaid() {
        var play = Play(Timeline())
        play.model.environment.kvmUnavailable = "/dev/kvm: permission denied; add yourself to the group kvm"
        #expect(play.statusRow.contains("group kvm"))
        play.type("s")
        #expect(play.performed.isEmpty)
        #expect(play.noticeRow.contains("group kvm"))
    }

    @Test func aForgottenPastBringsTheCursorForward() {
        let timeline = Timeline(capacity: 4096)
        let run = SampleRun.Writer(timeline)
        run.build(vcpus: 1)
        var play = Play(timeline)
        play.press(.home)
        for _ in 0..<2000 { run.step(outOf: 0, rip: 0x10000b, rax: 0x35) }
        play.give(.timelineChanged)
        #expect(timeline.first > 0)
        #expect(play.model.cursor == timeline.first)
        #expect(play.model.strip.first == timeline.first)
        #expect(play.model.strip.end == timeline.end)
        // How much is kept is said wherever one would go before it.
        for line in ["goto 0", "goto exit 1", "back event"] {
            play.enter("goto start")
            #expect(play.text.contains("the past that memory keeps begins here, with event \(timeline.first)"))
            play.enter(line)
            #expect(play.model.notice?.text.contains("memory keeps 4096 events, a recording all") == true, "\(line)")
        }
    }
}
