import Foundation
import Lesson
import Testing

/// A folder that is gone when the test is over.
private final class Folder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("lesson-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let file = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

@Suite struct ProgressStoreTests {
    private var progress: LessonProgress {
        var progress = LessonProgress()
        progress.step = "the-gate"
        progress.part = 3
        progress.steps = ["one", "two"]
        progress.asks = ["one/2": true]
        progress.tasks = ["two/1": .shown]
        return progress
    }

    @Test func whatIsSavedIsReadAgain() throws {
        let folder = try Folder()
        var store = ProgressStore(directory: folder.path + "/deep/er")
        #expect(store["01-a"] == LessonProgress())
        store.save(progress, of: "01-a")
        #expect(store.note == nil)
        #expect(ProgressStore(directory: folder.path + "/deep/er")["01-a"] == progress)
    }

    @Test func nothingElseIsLeftInTheFolder() throws {
        let folder = try Folder()
        var store = ProgressStore(directory: folder.path)
        store.save(progress, of: "01-a")
        store.save(LessonProgress(), of: "02-b")
        store.save(LessonProgress(), of: "01-a")
        #expect(folder.files == ["progress.json"])
        #expect(ProgressStore(directory: folder.path).lessons.count == 2)
    }

    @Test(arguments: [
        "", "{", "[]", "{\"version\":1}", "{\"version\":99,\"lessons\":{}}",
        "{\"version\":1,\"lessons\":{\"a\":{\"part\":\"x\"}}}", "\0\0\0",
    ])
    func aDamagedFileIsMovedAside(text: String) throws {
        let folder = try Folder()
        try folder.write(text, to: "progress.json")
        var store = ProgressStore(directory: folder.path)
        #expect(store.lessons.isEmpty)
        #expect(store.note?.contains("damaged") == true)
        #expect(store.note?.contains("\n") == false)
        #expect(folder.files == ["progress.json.damaged"])
        store.save(progress, of: "01-a")
        #expect(ProgressStore(directory: folder.path)["01-a"] == progress)
    }

    @Test func aFolderThatCannotBeMadeIsANote() throws {
        let folder = try Folder()
        try folder.write("a file", to: "state")
        var store = ProgressStore(directory: folder.path + "/state/kvmscope")
        store.save(progress, of: "01-a")
        #expect(store.note?.hasPrefix("progress cannot be kept in") == true)
        #expect(store["01-a"] == progress, "play goes on")
    }

    @Test func twoProgramsKeepWhatTheOtherWrote() throws {
        let folder = try Folder()
        var one = ProgressStore(directory: folder.path)
        var other = ProgressStore(directory: folder.path)
        var first = one.opened("01-a")
        var second = other.opened("02-b")
        first.steps = ["x"]
        second.steps = ["y"]
        one.save(first, of: "01-a")
        other.save(second, of: "02-b")
        first.steps = ["x", "z"]
        one.save(first, of: "01-a")
        let kept = ProgressStore(directory: folder.path)
        #expect(kept["01-a"].steps == ["x", "z"])
        #expect(kept["02-b"].steps == ["y"])
        #expect(folder.files == ["progress.json"], "the lock leaves nothing behind")
    }

    @Test func twoPlayersOfOneLessonLoseNothing() throws {
        let folder = try Folder()
        var one = ProgressStore(directory: folder.path)
        var other = ProgressStore(directory: folder.path)
        var (first, second) = (one.opened("01-a"), other.opened("01-a"))
        first.steps = ["x"]
        first.asks = ["x/1": true]
        one.save(first, of: "01-a")
        second.steps = ["y"]
        second.asks = ["x/1": false, "y/1": false]
        second.failed = ["y/2": ["expect 1 == 2"]]
        other.save(second, of: "01-a")
        first.tasks = ["x/3": .own]
        first.isFinished = true
        one.save(first, of: "01-a")
        second.failed = [:]
        other.save(second, of: "01-a")
        let kept = other.opened("01-a")
        #expect(kept.steps == ["x", "y"])
        #expect(kept.asks == ["x/1": true, "y/1": false])
        #expect(kept.tasks == ["x/3": .own])
        #expect(kept.isFinished)
        #expect(kept.failed.isEmpty)
    }

    @Test func manyProgramsAtOnceLoseNothing() async throws {
        let folder = try Folder()
        let path = folder.path
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    var store = ProgressStore(directory: path)
                    var progress = store.opened("0\(number)")
                    for part in 1...10 {
                        progress.part = part
                        store.save(progress, of: "0\(number)")
                    }
                }
            }
        }
        let kept = ProgressStore(directory: path)
        #expect(kept.lessons.count == 8)
        #expect(kept.lessons.values.allSatisfy { $0.part == 10 })
    }

    @Test func whatCannotBeKeptIsSaidOnce() throws {
        let folder = try Folder()
        try folder.write("a file", to: "state")
        var store = ProgressStore(directory: folder.path + "/state")
        #expect(store.untold() == nil)
        store.save(progress, of: "01-a")
        #expect(store.untold()?.contains("cannot be kept") == true)
        var more = progress
        more.part = 4
        store.save(more, of: "01-a")
        #expect(store.untold() == nil)
        #expect(store["01-a"] == more)
    }

    @Test func aFileOfAnOlderProgramIsRead() throws {
        let folder = try Folder()
        try folder.write(
            #"{"version":1,"lessons":{"a":{"part":2,"steps":["x"],"asks":{},"tasks":{},"isFinished":true}}}"#,
            to: "progress.json")
        let store = ProgressStore(directory: folder.path)
        #expect(store.note == nil)
        #expect(store["a"].steps == ["x"])
        #expect(store["a"].failed.isEmpty)
    }

    @Test func whereItIsKeptFollowsTheStandard() {
        #expect(ProgressStore.defaultDirectory(environment: ["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/kvmscope")
        #expect(
            ProgressStore.defaultDirectory(environment: ["XDG_STATE_HOME": "s", "HOME": "/h"])
                == "/h/.local/state/kvmscope")
        #expect(ProgressStore.defaultDirectory(environment: [:]) == nil)
    }
}

@Suite struct LessonLibraryTests {
    private func library() throws -> (Folder, LessonLibrary) {
        let folder = try Folder()
        for name in ["02-enter-exit", "10-end", "01-descriptors", "03-signal-pending", "03-signals", "appendix"] {
            try folder.write("---", to: "Lessons/\(name)/lesson.md")
        }
        try folder.write("x", to: "Lessons/notes.txt")
        try folder.write("x", to: "Lessons/04-empty/guest.S")
        return (folder, LessonLibrary(directories: [folder.path + "/none", folder.path + "/Lessons"]))
    }

    @Test func lessonsStandByTheirNumber() throws {
        let (_, library) = try library()
        #expect(
            library.entries.map(\.name) == [
                "01-descriptors", "02-enter-exit", "03-signal-pending", "03-signals", "10-end", "appendix",
            ])
    }

    @Test(arguments: [
        ("02-enter-exit", "02-enter-exit"), ("02", "02-enter-exit"), ("2", "02-enter-exit"),
        ("enter-exit", "02-enter-exit"),
        ("ENTER", "02-enter-exit"), ("10", "10-end"), ("01-d", "01-descriptors"), ("app", "appendix"),
        ("03-signals", "03-signals"), ("signals", "03-signals"),
    ])
    func aLessonIsFoundByNumberTopicOrPrefix(query: String, name: String) throws {
        let (_, library) = try library()
        #expect(try library.entry(named: query).name == name)
    }

    @Test func aNameThatFitsNoneOrSeveralIsAnError() throws {
        let (_, library) = try library()
        for query in ["3", "sig", "0"] {
            let miss = #expect(throws: LessonLibrary.Miss.self) { try library.entry(named: query) }
            guard case .ambiguous = miss else {
                Issue.record("\(query)")
                continue
            }
        }
        for query in ["", "zzz", "99", "04-empty", "../01-descriptors"] {
            #expect(throws: LessonLibrary.Miss.self) { try library.entry(named: query) }
        }
        #expect(throws: LessonLibrary.Miss.empty(["/none"])) {
            try LessonLibrary(directories: ["/none"]).entry(named: "1")
        }
    }

    @Test func theVariableComesBeforeEverything() {
        #expect(
            LessonLibrary.standardDirectories(
                environment: ["KVMSCOPE_LESSONS": "/l"], current: "/c", executable: "/e/x")
                == ["/l"])
        let standard = LessonLibrary.standardDirectories(
            environment: [:], current: "/c", executable: "/p/.build/x86_64/release/kvmscope")
        #expect(standard.first == "/c/Lessons")
        #expect(standard.contains("/p/Lessons"))
    }
}
