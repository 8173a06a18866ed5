internal import Foundation

/// What the reader has done of all lessons, kept in one small file that a crash cannot damage.
///
/// The file is JSON: `{"version":1,"lessons":{"02-enter-exit":{…}}}`, in `$XDG_STATE_HOME/kvmscope`
/// (XDG Base Directory Specification), else in `~/.local/state/kvmscope`.
public struct ProgressStore: Sendable {
    public let directory: String
    public private(set) var lessons: [String: LessonProgress] = [:]
    /// One line about a damaged file or a folder that cannot be written; nil where all is well.
    public private(set) var note: String?

    private struct Contents: Codable {
        var version: Int
        var lessons: [String: LessonProgress]
    }

    private static let version = 1
    /// Far more than all lessons of a lifetime take.
    private static let longest = 4 << 20

    /// - Parameter environment: the process's own where none is given.
    /// - Returns: nil where neither `XDG_STATE_HOME` nor `HOME` says where to keep anything.
    public static func defaultDirectory(environment: [String: String]? = nil) -> String? {
        let environment = environment ?? ProcessInfo.processInfo.environment
        // The specification: a relative path in the variable is invalid and should be ignored.
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/kvmscope" }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.local/state/kvmscope"
    }

    /// Reads what is there; a file that makes no sense is moved aside and `note` says so.
    public init(directory: String) {
        self.directory = directory
        guard let data = read() else { return }
        if let contents = try? JSONDecoder().decode(Contents.self, from: data), contents.version == Self.version {
            lessons = contents.lessons
        } else {
            moveAside()
        }
    }

    public var file: String { directory + "/progress.json" }

    public subscript(lesson: String) -> LessonProgress { lessons[lesson] ?? LessonProgress() }

    /// Keeps a lesson's progress and writes the file.
    ///
    /// The new text is written beside the file, flushed to the disk and then takes the file's name, so that a crash
    /// leaves the old text or the new one. What cannot be written is said once in `note`; play goes on.
    public mutating func save(_ progress: LessonProgress, of lesson: String) {
        guard lessons[lesson] != progress else { return }
        lessons[lesson] = progress
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Contents(version: Self.version, lessons: lessons)) else { return }
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            // The process's number keeps two programs that save at once from writing into one file.
            try Self.replace(file, with: data, by: "\(file).\(getpid())")
        } catch {
            note = "progress cannot be kept in \(directory): \(error.localizedDescription)"
        }
    }

    private func read() -> Data? {
        guard let handle = FileHandle(forReadingAtPath: file) else { return nil }
        defer { try? handle.close() }
        return (try? handle.read(upToCount: Self.longest)) ?? Data()
    }

    private mutating func moveAside() {
        let aside = file + ".damaged"
        let moved = rename(file, aside) == 0
        note =
            moved
            ? "the file of progress was damaged; it is now \(aside), and progress starts anew"
            : "the file of progress \(file) is damaged, and progress starts anew"
    }

    private static func replace(_ file: String, with data: Data, by temporary: String) throws {
        func check(_ result: Int32) throws {
            guard result >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        }
        let fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try check(fd)
        do {
            defer { close(fd) }
            var rest = data[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { write(fd, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                try check(written < 0 ? -1 : 0)
                rest = rest.dropFirst(written)
            }
            try check(fsync(fd))
            try check(rename(temporary, file))
        } catch {
            unlink(temporary)
            throw error
        }
    }
}
