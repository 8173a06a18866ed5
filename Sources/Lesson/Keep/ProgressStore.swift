internal import Foundation
internal import Glibc

/// What the reader has done of all lessons, kept in one small file that a crash cannot damage.
///
/// The file is JSON: `{"version":1,"lessons":{"02-enter-exit":{…}}}`, in `$XDG_STATE_HOME/kvmscope`
/// (XDG Base Directory Specification), else in `~/.local/state/kvmscope`.
public struct ProgressStore: Sendable {
    public let directory: String
    public private(set) var lessons: [String: LessonProgress] = [:]
    /// One line about a damaged file or a folder that cannot be written; nil where all is well.
    public private(set) var note: String?
    /// The notes that the reader has been told.
    private var told: Set<String> = []
    /// What a player was given or handed in last, by lesson: what differs from it is the player's own doing.
    private var base: [String: LessonProgress] = [:]

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
        reload()
    }

    public var file: String { directory + "/progress.json" }

    public subscript(lesson: String) -> LessonProgress { lessons[lesson] ?? LessonProgress() }

    /// A lesson's progress for one who is going to play it, with what other programs have written since.
    public mutating func opened(_ lesson: String) -> LessonProgress {
        reload()
        base[lesson] = self[lesson]
        return self[lesson]
    }

    /// What has to be said of the state folder, once: nil where nothing has, or where it was said before.
    public mutating func untold() -> String? {
        guard let note, told.insert(note).inserted else { return nil }
        return note
    }

    /// Takes over what the file says now; without a file everything stays as it is.
    public mutating func reload() {
        guard let data = read() else { return }
        if let contents = try? JSONDecoder().decode(Contents.self, from: data), contents.version == Self.version {
            lessons = contents.lessons
        } else {
            moveAside()
        }
    }

    /// Keeps what a player changed in a lesson's progress, and writes the file.
    ///
    /// Several programs may keep theirs in one folder: each takes in what the others have written, under a lock on the
    /// folder, before it writes. The new text is written beside the file, flushed to the disk and then takes the file's
    /// name, so that a crash leaves the old text or the new one. What cannot be written is said in `note`; play goes on.
    public mutating func save(_ progress: LessonProgress, of lesson: String) {
        let before = base[lesson] ?? self[lesson]
        guard before != progress || lessons[lesson] == nil else { return }
        base[lesson] = progress
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            defer { close(folder) }
            try Self.lock(folder)
            reload()
            lessons[lesson] = self[lesson].taking(progress, since: before)
            // The process's number keeps two programs that could not lock from writing into one file.
            try Self.replace(file, with: try text(), by: "\(file).\(getpid())")
        } catch {
            lessons[lesson] = self[lesson].taking(progress, since: before)
            note = "progress cannot be kept in \(directory): \(Self.reason(error))"
        }
    }

    private func text() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(Contents(version: Self.version, lessons: lessons))
    }

    /// Waits for the others, who write a few kilobytes each, and not for ever; where nothing can be locked, goes on.
    private static func lock(_ folder: Int32) throws {
        for _ in 0..<200 {
            if flock(folder, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EWOULDBLOCK || errno == EINTR else { return }
            usleep(5000)
        }
        throw POSIXError(.EWOULDBLOCK)
    }

    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        let posix = underlying?.domain == NSPOSIXErrorDomain ? underlying?.code : nil
        guard let code = (error as? POSIXError).map({ Int($0.code.rawValue) }) ?? posix else {
            return error.localizedDescription
        }
        if code == Int(EWOULDBLOCK) { return "another program holds the folder" }
        return String(cString: strerror(Int32(truncatingIfNeeded: code)))
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
