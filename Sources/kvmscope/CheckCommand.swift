internal import ArgumentParser
internal import Glibc
internal import Lesson
internal import Machine
internal import Recording

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Play lessons on real guests and prove what they claim.",
        discussion: """
            Each task must be unmet before its solution and met after it, the right answer of each question must be the \
            guest's own, and each name must exist. What is wrong is printed as file:line: message.

            EXAMPLE
              kvmscope check 02-enter-exit
              kvmscope check --watch Lessons/11-my-topic
            """)

    @Argument(help: "Lessons by name or number, or folders; all when none is named.", completion: .lessons)
    var lessons: [String] = []

    @Option(help: ArgumentHelp("KVM's device.", valueName: "path"), completion: .file())
    var device = DevicePath.standard

    @Flag(help: "Check the lessons against their recordings; no KVM is needed.")
    var replay = false

    @Option(
        help: ArgumentHelp("Keep what was seen as recordings in a folder, one a lesson.", valueName: "folder")
    )
    var record: String?

    @Flag(help: "Check a lesson again whenever a file in its folder is saved, until Ctrl-C.")
    var watch = false

    @Flag(help: "Print what was found as JSON, one line a lesson.")
    var json = false

    func validate() throws {
        if replay, record != nil {
            throw ValidationError("--record needs real guests, not --replay")
        }
        if watch, record != nil {
            throw ValidationError("--record makes recordings once, not with --watch")
        }
    }

    func run() throws {
        let stage = GuestStage(device: device)
        var folders: [String] = []
        var isGood = true
        for name in lessons.isEmpty ? stage.library.entries.map(\.name) : lessons {
            do throws(LessonLibrary.Miss) {
                folders.append(try folder(name, stage))
            } catch {
                printError(error.description)
                isGood = false
            }
        }
        if folders.isEmpty {
            if isGood {
                printError(
                    "no lessons were found in \(stage.library.searched.joined(separator: ", ")); set KVMSCOPE_LESSONS")
            }
            throw Status.failed
        }
        let obstacle = replay ? nil : ScreenOptions.obstacle(device: device)
        for folder in folders { isGood = try show(folder, stage, plays: obstacle == nil) && isGood }
        if let obstacle {
            printError(
                "only the text was checked; lessons are checked on real guests, with --replay on their recordings: "
                    + obstacle)
        }
        if watch {
            try FolderWatch(folders).follow { _ = try show($0, stage, plays: obstacle == nil) }
        }
        if !isGood { throw Status.failed }
        if obstacle != nil { throw Status.cannot }
    }

    /// A lesson's folder, by its name or as a path.
    private func folder(_ name: String, _ stage: GuestStage) throws(LessonLibrary.Miss) -> String {
        if name == "." || name == ".." {
            guard let path = realpath(name, nil) else { return name }
            defer { free(path) }
            return String(cString: path)
        }
        guard name.contains("/") else { return try stage.library.entry(named: name).directory }
        let file = "/lesson.md"
        let path = name.hasSuffix(file) ? String(name.dropLast(file.count)) : name
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Checks one lesson and prints what came of it.
    private func show(_ folder: String, _ stage: GuestStage, plays: Bool) throws -> Bool {
        var report = LessonCheck.check(directory: folder)
        if report.isGood, plays { report = try play(folder, stage) }
        if json {
            StandardOutput.print(report.json)
        } else {
            for finding in report.findings { StandardOutput.print(finding.description) }
            let wasRead = plays || !report.isGood
            StandardOutput.print(report.summary + (wasRead ? "" : " in the text; not played"))
        }
        return report.isGood
    }

    private func play(_ folder: String, _ guests: GuestStage) throws -> LessonReport {
        let lesson: Lesson
        do { lesson = try Lesson.load(directory: folder) } catch { return LessonCheck.check(directory: folder) }
        if replay {
            let look = ScreenLook()
            var stage = ReplayStage(
                { lesson in
                    let (track, recording) = try LessonRecordings.open(lesson)
                    return (track, recording)
                }, look: { look($0, $1, $2, vcpu: $3, machine: $4) })
            return LessonCheck.play(lesson, on: &stage)
        }
        if let record {
            do throws(RecordingError) {
                return try LessonRecordings.record(lesson, on: guests, to: "\(record)/\(lesson.name).kvmscope")
            } catch {
                printError(error.description)
                throw Status.failed
            }
        }
        var live = LiveStage(guests)
        defer { live.close() }
        return LessonCheck.play(lesson, on: &live)
    }
}

extension LessonReport {
    fileprivate var json: JSON {
        .object([
            ("lesson", .string(lesson)), ("good", .bool(isGood)), ("steps", .integer(steps)), ("asks", .integer(asks)),
            ("tasks", .integer(tasks)), ("expectations", .integer(expectations)),
            (
                "findings",
                .array(
                    findings.map {
                        .object([
                            ("file", .string($0.file)), ("line", .integer(max($0.line, 1))),
                            ("message", .string($0.message)),
                        ])
                    })
            ),
        ])
    }
}
