import Foundation
import Testing

@testable import Lesson

/// What one who writes a lesson is told.
@Suite struct AuthoringTests {
    private func errors(_ text: String) -> [LessonError] {
        LessonParser.read(text, directory: "lessons/07-test").errors.sorted { $0.line < $1.line }
    }

    private func head(_ lines: String) -> String { "---\n\(lines)\n---\n\n## A\n\nx\n" }

    @Test func everyErrorIsToldAtOnce() {
        let text = """
            ---
            title: One
            summary: Two
            minutes: many
            guest: a/b.S
            colour: red
            ---

            ## A

            ~~~ask
            question: q
            choice: a
            choice: b
              when exit.reason ==
            then: step exit
            ~~~

            ~~~kvmscope
            stepp exit
            step exit
            expect (
            ~~~

            # Late

            ## A

            x
            """
        #expect(errors(text).map(\.line) == [4, 5, 6, 13, 15, 20, 22, 25, 27])
    }

    @Test func whatCouldBeReadIsCheckedToo() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lesson-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let text = lessonText("## A\n~~~kvmscope\nexpect exit.raeson == io\n~~~\n\n~~~kvmscope\nstepp\n~~~\n")
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/lesson.md"))
        let report = LessonCheck.check(directory: folder)
        #expect(report.findings.map(\.line) == [1, 12, 16])
        #expect(report.findings.allSatisfy { $0.description.hasPrefix("\(folder)/lesson.md:\($0.line): ") })
    }

    @Test(arguments: [
        ("title: One byte: a story\nsummary: s", 2, "title: \"One byte: a story\""),
        ("summary: s\ntitle: it's: \"so\"", 3, "stands in quotes"),
        ("title: One\n\tsummary: Two", 3, "a tab"),
        ("title:One\nsummary: Two", 2, "stands a blank"),
        ("title: \"One\nsummary: Two", 2, "is not closed"),
        ("title: One\n  summary: Two", 3, "start of its line"),
        ("title: @One\nsummary: Two", 2, "begins with @"),
        ("title: `One`\nsummary: Two", 2, "begins with `"),
        ("title: *One*\nsummary: Two", 2, "begins with *"),
        ("title: One\nneeds: [tracepoints\nsummary: s", 3, "ends with ]"),
    ])
    func aSlipInTheHeadIsExplained(lines: String, line: Int, words: String) throws {
        let error = try #require(errors(head(lines + "\nminutes: 1\nguest: g.S")).first)
        #expect(error.line == line)
        #expect(error.message.contains(words), "\(error)")
    }

    @Test func aFileThatIsMeantAsAWholeHasALineToo() {
        #expect(LessonError(file: "a/lesson.md", line: 0, message: "m").description == "a/lesson.md:1: m")
    }

    @Test(arguments: [
        ("my-topic", ["01-a", "10-b"], "11-my-topic"), ("my-topic", [], "01-my-topic"), ("7-x", ["01-a"], "7-x"),
        ("x_2", ["03-a"], "04-x_2"),
    ])
    func aNewLessonGetsTheNextNumber(topic: String, taken: [String], name: String) throws {
        #expect(try #require(LessonTemplate(topic: topic, taken: taken)).name == name)
    }

    @Test(arguments: ["", "a b", "../x", "-x", "é", "a\u{1B}[1m", String(repeating: "a", count: 61)])
    func whatIsNoNameIsRefused(topic: String) { #expect(LessonTemplate(topic: topic, taken: []) == nil) }

    @Test func aNewLessonPassesAndIsNotWrittenOver() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lesson-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let template = try #require(LessonTemplate(topic: "null", taken: []))
        try template.write(to: "\(folder)/deep/\(template.name)")
        let report = LessonCheck.check(directory: "\(folder)/deep/\(template.name)")
        #expect(report.findings == [])
        #expect(report.asks == 1)
        #expect(report.tasks == 1)
        #expect(throws: LessonError.self) { try template.write(to: "\(folder)/deep/\(template.name)") }
    }
}
