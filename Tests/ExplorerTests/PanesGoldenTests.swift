import Command
import Foundation
import Screen
import Testing
import Timeline

import enum Command.Pane

@testable import Explorer

/// What each pane draws of a hand-built run, kept as text files and read by people.
///
/// A missing file is a failure; `KVMSCOPE_UPDATE_GOLDEN=1` writes them anew.
@Suite struct PanesGoldenTests {
    struct Picture: CustomStringConvertible, Sendable {
        var pane: Pane
        var state: String
        var width: Int
        var height: Int
        var cursor: Int? = nil
        var address: UInt64? = nil
        var vcpu = 0
        var isPlain = false

        var description: String {
            "\(pane.rawValue)-\(state)\(cursor.map { "-at-\($0)" } ?? "")"
                + "-\(isPlain ? "plain" : "\(width)x\(height)")"
        }
    }

    static let pictures: [Picture] = {
        var pictures: [Picture] = []
        func add(_ pane: Pane, _ states: [String], _ sizes: [(Int, Int)], at cursor: Int? = nil) {
            for state in states {
                for (width, height) in sizes {
                    pictures.append(Picture(pane: pane, state: state, width: width, height: height, cursor: cursor))
                }
            }
        }
        let odd = ["internal-error", "unknown-exit", "two-vcpus"]
        add(.descriptors, ["unbuilt", "at-the-gate", "digit", "two-vcpus"], [(76, 12), (34, 8)])
        add(.threads, ["unbuilt", "ready", "two-vcpus"], [(100, 8), (40, 8)])
        add(.ioctls, ["nothing", "at-the-gate", "refused", "two-vcpus"], [(76, 22), (40, 8)])
        add(.ioctls, ["digit"], [(140, 20)])
        add(.flowchart, ["unbuilt", "ready", "digit"] + odd, [(78, 22), (44, 10)])
        add(.flowchart, ["two-vcpus"], [(66, 24), (72, 16), (110, 30), (30, 6)])
        add(.flowchart, ["halted"], [(78, 22)], at: 24)
        add(.flowchart, ["inside", "emulated", "counted"], [(78, 22), (72, 16), (44, 10)])
        // In slow motion: behind the first kvm_exit.
        add(.flowchart, ["inside"], [(78, 22), (44, 10)], at: PaneRun.ready.events.count + 3)
        add(.statistics, ["inside", "emulated", "counted"], [(110, 20), (70, 14), (34, 20)])
        add(.map, ["unbuilt", "two-vcpus"], [(100, 26), (60, 18)])
        add(.code, ["unbuilt", "digit", "internal-error", "two-vcpus"], [(120, 30), (60, 30)])
        add(.code, ["digit"], [(40, 8)])
        add(.memory, ["unbuilt", "ready", "digit"], [(80, 16), (48, 10)])
        add(.console, ["ready", "digit", "two-vcpus"], [(60, 6), (30, 6)])
        add(.translation, ["unbuilt", "digit"], [(100, 16), (50, 20)])
        add(.translation, PaneRun.walked.map(\.name), [(118, 24), (70, 24)])
        add(.translation, ["walk-whole", "walk-two-levels"], [(78, 16), (44, 30)])
        add(.statistics, ["ready", "halted", "two-vcpus"], [(70, 12), (34, 10)])
        add(.events, ["nothing", "digit"], [(100, 16), (40, 10)])
        add(.events, ["halted"], [(100, 16)], at: 24)
        pictures.append(Picture(pane: .flowchart, state: "two-vcpus", width: 80, height: 600, isPlain: true))
        pictures.append(Picture(pane: .map, state: "two-vcpus", width: 80, height: 600, isPlain: true))
        pictures.append(
            Picture(pane: .memory, state: "digit", width: 80, height: 14, address: 0xFF_FFC0))
        return pictures
    }()

    @Test(arguments: pictures) func looksAsItShould(_ picture: Picture) throws {
        let run = try #require((PaneRun.all + PaneRun.traced + PaneRun.walked).first { $0.name == picture.state }?.run)
        let context = run.context(at: picture.cursor, vcpu: picture.vcpu, view: PaneState(address: picture.address))
        var name = picture.description
        if let address = picture.address { name += "-of-\(String(address, radix: 16))" }
        try PanePicture.check(Self.draw(picture, context), name: name)
    }

    @Test(arguments: PaneLesson.Stage.allCases, [(44, 30), (72, 24)])
    func theLessonReadsAsItShould(_ stage: PaneLesson.Stage, _ size: (width: Int, height: Int)) throws {
        let context = PaneRun.ready.context(lesson: try PaneLesson.scene(stage))
        let grid = Grid(width: size.width, height: size.height) { LessonPane.draw(context, on: &$0) }
        try PanePicture.check(grid.golden, name: "lesson-\(stage.rawValue)-\(size.width)x\(size.height)")
    }

    private static func draw(_ picture: Picture, _ context: PaneContext) -> String {
        let view = Panes.view(for: picture.pane)
        if picture.isPlain {
            return view.lines(context, width: picture.width, height: picture.height).map { $0.plain + "\n" }.joined()
        }
        return Grid(width: picture.width, height: picture.height) { view.draw(context, on: &$0) }.golden
    }
}

/// Files that say what a picture should be.
enum PanePicture {
    private static let directory =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/panes")

    static func check(_ actual: String, name: String) throws {
        let file = directory.appendingPathComponent(name + ".txt")
        if ProcessInfo.processInfo.environment["KVMSCOPE_UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try actual.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
            Issue.record("there is no picture \(name); KVMSCOPE_UPDATE_GOLDEN=1 writes it")
            return
        }
        if let difference = Grid.difference(actual, expected) { Issue.record("\(name): \(difference)") }
    }
}
