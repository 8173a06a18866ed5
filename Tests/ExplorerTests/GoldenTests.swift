import Command
import Foundation
import Lesson
import Screen
import Testing
import Timeline

@testable import Explorer

/// Whole screens against the pictures in `Golden`; `KVMSCOPE_UPDATE_GOLDEN=1` draws them anew.
@Suite struct GoldenTests {
    static let sizes = [(120, 40), (80, 24)]

    @Test(
        arguments: [
            "run", "lesson", "ask", "past", "problem", "palette", "error", "help", "menu", "zoom", "gate", "walk",
            "branches",
            "comparison",
        ])
    func screensLookAsTheirPictures(name: String) throws {
        for (width, height) in Self.sizes {
            let play = try Self.scene(name, width, height)
            try Self.compare(play.model.grid.golden, with: "\(name)-\(width)x\(height)")
        }
    }

    @Test func aLargeScreenShowsMorePanes() throws {
        var play = try Self.scene("lesson", 200, 60)
        try Self.compare(play.model.grid.golden, with: "lesson-200x60")
        play = try Self.scene("run", 200, 60)
        try Self.compare(play.model.grid.golden, with: "run-200x60")
    }

    @Test func asciiScreensHoldNothingElse() throws {
        var play = try Self.scene("lesson", 120, 40)
        play.model.environment.isASCII = true
        let grid = play.model.grid
        let isASCII = grid.text.utf8.allSatisfy { $0 < 0x80 }
        #expect(isASCII)
        try Self.compare(grid.golden, with: "lesson-ascii-120x40")
    }

    @Test func theLinearTextHoldsWhatThePanesHold() throws {
        let play = try Self.scene("lesson", 120, 40)
        try Self.compare(play.model.content.text, with: "lesson-plain")
    }

    static func scene(_ name: String, _ width: Int, _ height: Int) throws -> Play {
        var play: Play
        switch name {
        case "menu":
            return Play(menu: listings, width: width, height: height)
        case "lesson", "ask":
            let timeline = SampleRun.ready()
            play = Play(timeline, width: width, height: height, lesson: try madeUpLesson())
            play.give(.machinePrepared(.done))
            if name == "ask" {
                play.press(.enter)
                SampleRun.Writer(timeline).step(outOf: 0, rip: 0x10000b, rax: 0x35)
                play.give(.timelineChanged)
                play.give(.commandFinished(.step(.exit), .done, .lesson))
            }
        case "walk":
            let timeline = try #require(PaneRun.walked.first { $0.name == "walk-whole" }?.run).timeline()
            play = Play(timeline, width: width, height: height)
            play.type("0")
        case "problem": play = Play(SampleRun.failed(), width: width, height: height)
        case "gate":
            let timeline = SampleRun.ready(vcpus: 2)
            var call = IoctlCall(kind: .vm, fd: 6, name: "KVM_CREATE_VCPU", request: 0xae41, argument: 2)
            call.fields = [IoctlField(name: "vcpu_id", value: "2")]
            SampleRun.Writer(timeline).append(.gate(call))
            play = Play(timeline, width: width, height: height)
        case "branches", "comparison":
            let timeline = SampleRun.halted()
            timeline.fork(at: 30, name: "set rax = 0x36")
            let writer = SampleRun.Writer(timeline)
            writer.step(outOf: 0, rip: 0x10000b, rax: 0x36)
            play = Play(timeline, width: width, height: height)
        default: play = Play(width: width, height: height)
        }
        switch name {
        case "branches": play.type("B")
        case "comparison": play.enter("compare 1")
        case "past": play.type("S")
        case "palette": play.type(":st")
        case "error": play.enter("step exti")
        case "help": play.type("?")
        case "zoom": play.type("2+")
        default: break
        }
        return play
    }

    static let listings = [
        LessonListing(
            name: "01-descriptors", number: 1, title: "Three kinds of descriptor",
            summary: "A machine with two vCPUs is built, one ioctl after another.", minutes: 15, steps: 6,
            progress: done),
        LessonListing(
            name: "02-enter-exit", number: 2, title: "Enter and exit",
            summary: "The smallest guest, and who does what for it.", minutes: 15, steps: 5, progress: begun),
        LessonListing(
            name: "03-signal-pending", number: 3, title: "Signal pending",
            summary: "A guest that never exits by itself, and how the VMM gets the CPU back.", minutes: 10, steps: 4),
        LessonListing(
            name: "04-kernel", number: 4, title: "What the kernel handles", summary: "", minutes: 20, steps: 4,
            obstacle: "needs the kernel's tracepoints, which cannot be read here"),
    ]

    private static var done: LessonProgress {
        var progress = LessonProgress()
        progress.isFinished = true
        return progress
    }

    private static var begun: LessonProgress {
        var progress = LessonProgress()
        progress.step = "the-first-exit"
        progress.steps = ["one", "two"]
        return progress
    }

    static func compare(_ actual: String, with name: String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Golden/\(name).txt")
        if ProcessInfo.processInfo.environment["KVMSCOPE_UPDATE_GOLDEN"] == "1" {
            try actual.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
            Issue.record("there is no picture \(name).txt; KVMSCOPE_UPDATE_GOLDEN=1 draws it")
            return
        }
        if let difference = Grid.difference(actual, expected) { Issue.record("\(name): \(difference)") }
    }
}
