import Foundation
import Lesson
import Testing

/// The lessons that come with the program.
@Suite struct OurLessonsTests {
    private static let package = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    private static let library = LessonLibrary(directories: [package + "/Lessons"])

    @Test func theyAreThereInTheirOrder() {
        #expect(
            Self.library.entries.map(\.name) == [
                "01-descriptors", "02-enter-exit", "03-signal-pending", "04-kernel-handles-it",
                "05-guest-page-tables", "06-memory-slots", "07-host-pages", "08-ioctl-road",
                "09-time", "10-what-if",
            ])
    }

    @Test(arguments: library.entries)
    func everyNameInThemExists(entry: LessonLibrary.Entry) {
        #expect(LessonCheck.check(directory: entry.directory).findings == [])
    }

    @Test(arguments: library.entries)
    func eachPredictsAndSetsATaskAndExpectsSomething(entry: LessonLibrary.Entry) {
        let report = LessonCheck.check(directory: entry.directory)
        #expect(report.asks >= 1)
        #expect(report.tasks >= 1)
        #expect(report.expectations > report.steps)
    }

    @Test(arguments: library.entries)
    func someHintOfEachDependsOnTheState(entry: LessonLibrary.Entry) throws {
        let hints = try entry.load().steps.flatMap(\.parts).flatMap { part -> [Lesson.Task.Hint] in
            if case .task(let task) = part { task.hints } else { [] }
        }
        #expect(hints.contains { $0.condition != nil })
    }

    @Test func theListsForTeachersAreThoseOfToday() throws {
        let text = try String(contentsOfFile: Self.package + "/Documentation/LESSONS.md", encoding: .utf8)
        let renewed = try #require(LessonReference.renewed(text), "LESSONS.md has its two marks")
        #expect(renewed == text, "`make lists` writes them anew")
        #expect(text.contains("| `statistics` |"))
        #expect(text.contains("| `exit.reason` |"))
    }

    @Test func theExampleForTeachersIsALesson() throws {
        let text = try String(contentsOfFile: Self.package + "/Documentation/LESSONS.md", encoding: .utf8)
        let fence = "````"
        let example = try #require(
            text.split(separator: "\n\(fence)markdown\n").dropFirst().first?.split(separator: "\n\(fence)\n").first)
        let lesson = try Lesson.parse(String(example) + "\n", directory: "01-example")
        #expect(lesson.steps.count == 2)
        #expect(LessonCheck.check(lesson).findings.filter { $0.line != 1 } == [])
    }
}
