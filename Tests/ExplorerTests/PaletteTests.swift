import Command
import Foundation
import Screen
import Testing

@testable import Explorer

@Suite struct PaletteTests {
    @Test func aLineIsReadAndRemembered() {
        var play = Play(SampleRun.ready())
        play.enter("step exit 3")
        #expect(play.performed == ["step exit 3"])
        #expect(play.model.palette == nil)
        #expect(play.model.history == ["step exit 3"])
    }

    @Test func anErrorStaysOpenWithItsPlaceMarked() {
        var play = Play()
        play.enter("step exti")
        #expect(play.model.palette != nil)
        #expect(play.statusRow.contains("did you mean 'exit'"))
        // The mark stands right over the word.
        let column = play.noticeRow.distance(
            from: play.noticeRow.startIndex,
            to: play.noticeRow.range(of: "exti")?.lowerBound ?? play.noticeRow.startIndex)
        let mark = play.statusRow.distance(
            from: play.statusRow.startIndex, to: play.statusRow.firstIndex(of: "▼") ?? play.statusRow.startIndex)
        #expect(mark == column)
        play.press(.backspace)
        #expect(play.model.palette?.error == nil)
        play.press(.escape)
        #expect(play.model.palette == nil)
    }

    @Test func tabCompletesAndGoesThroughCandidates() {
        var play = Play()
        play.type(":foc")
        play.press(.tab)
        #expect(play.model.palette?.field.text.hasPrefix("focus") == true)
        play.press(.escape)
        play.type(":show ")
        play.press(.tab)
        let first = play.model.palette?.field.text
        play.press(.tab)
        let second = play.model.palette?.field.text
        #expect(first != second)
        #expect(first?.hasPrefix("show ") == true)
        play.press(.backTab)
        #expect(play.model.palette?.field.text == first)
        play.press(.enter)
        #expect(play.model.palette == nil)
    }

    @Test func earlierLinesAreSearchedBackwards() {
        var play = Play()
        for line in ["show code", "show map", "focus map", "print 1"] { play.enter(line) }
        play.type(":zo")
        play.press(.control("r"))
        #expect(play.noticeRow.contains("an earlier line with"))
        play.type("map")
        #expect(play.model.palette?.field.text == "focus map")
        play.press(.control("r"))
        #expect(play.model.palette?.field.text == "show map")
        play.press(.control("r"))
        #expect(play.noticeRow.contains("no line holds") && play.model.palette?.field.text == "show map")
        // Given up, the line is one's own again; Esc once more closes.
        play.press(.escape)
        #expect(play.model.palette?.field.text == "zo")
        play.press(.control("r"))
        play.type("cod")
        play.press(.enter)
        #expect(play.model.palette == nil && play.model.history.last == "show code")
    }

    @Test func linesOfEarlierRunsComeFirstAndNewOnesAreKept() {
        var play = Play()
        play.give(.historyLoaded(["show map", "print 2"]))
        play.enter("print 1")
        #expect(play.model.history == ["show map", "print 2", "print 1"])
        let kept = play.effects.compactMap { if case .keepLine(let line) = $0 { line } else { nil } }
        #expect(kept == ["print 1"])
        play.type(":")
        play.press(.control("p"), .control("p"))
        #expect(play.model.palette?.field.text == "print 2")
        play.press(.control("n"))
        #expect(play.model.palette?.field.text == "print 1")
    }

    @Test func filesOfTheFolderThatIsTypedAreAskedForAndOffered() {
        var play = Play(SampleRun.ready())
        play.type(":record ru")
        let asked = play.effects.compactMap { if case .listFiles(let folder) = $0 { folder } else { nil } }
        #expect(asked == [""])
        play.give(.filesListed(folder: "", ["runs/", "walk.kvmscope"]))
        play.press(.tab)
        #expect(play.model.palette?.field.text == "record runs/")
        play.give(.filesListed(folder: "runs/", ["runs/a.kvmscope"]))
        play.press(.tab)
        #expect(play.model.palette?.field.text == "record runs/a.kvmscope ")
    }

    @Test(arguments: [":q", "q", "q!", ":quit", "wq"])
    func handsThatKnowViLeave(_ line: String) {
        var play = Play()
        play.enter(line)
        #expect(play.hasQuit)
    }

    @Test func historyKeepsTheLineThatWasBegun() {
        var play = Play()
        play.enter("show code")
        play.enter("show map")
        play.type(":zoo")
        play.press(.up)
        #expect(play.model.palette?.field.text == "show map")
        play.press(.up, .up)
        #expect(play.model.palette?.field.text == "show code")
        play.press(.down, .down)
        #expect(play.model.palette?.field.text == "zoo")
    }

    @Test func symbolsOfTheGuestComplete() {
        var play = Play()
        play.type(":memory _st")
        play.press(.tab)
        #expect(play.model.palette?.field.text.contains("_start") == true)
    }

    @Test func anEmptyLineAndBackspaceClose() {
        var play = Play()
        play.type(":\n")
        #expect(play.model.palette == nil)
        play.type(":")
        play.press(.backspace)
        #expect(play.model.palette == nil)
    }

    @Test func pastedTextIsTyped() {
        var play = Play()
        play.type(":")
        play.give(.input(.paste("show\ncode\u{1b}[2J")))
        #expect(play.model.palette?.field.text == "show code[2J")
    }

    @Test func theCursorOfTheTerminalIsInTheLine() {
        var play = Play(width: 80, height: 24)
        play.type(":step")
        #expect(play.model.grid.cursor == Point(6, 22))
        play.press(.left)
        #expect(play.model.grid.cursor == Point(5, 22))
    }
}
