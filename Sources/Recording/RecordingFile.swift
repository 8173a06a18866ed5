internal import GRDB
internal import Glibc
internal import Timeline

/// A recording that is being written.
final class RecordingFile {
    let path: String
    let queue: DatabaseQueue

    private init(path: String, queue: DatabaseQueue) {
        (self.path, self.queue) = (path, queue)
    }

    /// Makes the file under another name and gives it its own when it can be opened as a recording.
    static func create(
        at path: String, replaces: Bool, about: [String: String]
    ) throws(RecordingError) -> RecordingFile {
        // A write beyond the limit of file sizes must fail, not kill the program.
        signal(SIGXFSZ, SIG_IGN)
        switch FileHeader.look(at: path) {
        case .missing: break
        case .recording(let version) where replaces && version > Schema.version:
            throw .unwritable(
                path,
                reason: "a newer kvmscope wrote the recording that is there; it is left as it is, choose another name")
        case .empty, .recording: if !replaces { throw .unwritable(path, reason: "it exists; choose another name") }
        case .foreign: throw .exists(path)
        case .refused(let errno): throw .unwritable(path, reason: FileHeader.text(of: errno))
        }
        let draft = "\(path).new-\(getpid())"
        try checkFolder(of: path, draft)
        do {
            do {
                try makeTables(at: draft, about)
            } catch {
                throw Self.error(error, path)
            }
            guard rename(draft, path) == 0 else {
                throw RecordingError.unwritable(path, reason: FileHeader.text(of: errno))
            }
            // Those of a recording that was killed belong to a file that is gone.
            for suffix in ["-wal", "-shm", "-journal"] { unlink(path + suffix) }
            do {
                return RecordingFile(path: path, queue: try open(path))
            } catch {
                throw Self.error(error, path)
            }
        } catch let error as RecordingError {
            for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) }
            throw error
        } catch {
            throw .unwritable(path, reason: "\(error)")
        }
    }

    /// SQLite does not say why it cannot make a file.
    private static func checkFolder(of path: String, _ draft: String) throws(RecordingError) {
        let file = Glibc.open(draft, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard file < 0 else {
            Glibc.close(file)
            return
        }
        let failure = errno
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        throw .unwritable(
            path, reason: failure == ENOENT ? "there is no folder \(folder)" : FileHeader.text(of: failure))
    }

    private static func makeTables(at path: String, _ about: [String: String]) throws {
        unlink(path)
        // With its log from the beginning: a file that is just changing over cannot be read where nothing may be written.
        let queue = try open(path)
        try queue.write { db in
            try Schema.create(in: db)
            for (name, value) in about.sorted(by: { $0.key < $1.key }) {
                try db.execute(sql: "insert into about values (?, ?)", arguments: [name, value])
            }
        }
        try queue.close()
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            // With a log beside the file a killed program leaves whole batches; fewer waits for the disk in exchange for
            // the last moments before a power cut.
            try db.execute(sql: "pragma journal_mode = wal; pragma synchronous = normal")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Brings everything into the one file, so that it can be copied and opened where nothing may be written.
    func close() throws {
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { db in
            // Of the change only the header is written, and a journal of that would have to be played back by a reader.
            try db.execute(sql: "pragma wal_checkpoint(truncate); pragma journal_mode = memory")
        }
    }

    func error(_ error: any Error) -> RecordingError { Self.error(error, path) }

    private static func error(_ error: any Error, _ path: String) -> RecordingError {
        if let error = error as? RecordingError { return error }
        guard let error = error as? DatabaseError else { return .unwritable(path, reason: "\(error)") }
        switch error.resultCode {
        case .SQLITE_FULL: return .unwritable(path, reason: "the disk is full")
        case .SQLITE_IOERR: return .unwritable(path, reason: "the disk is full, or the file is at its largest size")
        default: return .unwritable(path, reason: error.message ?? error.resultCode.description)
        }
    }
}
