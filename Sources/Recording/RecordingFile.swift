internal import GRDB
internal import GRDBSQLite
internal import Glibc
internal import Timeline

/// A recording that is being written.
final class RecordingFile {
    let path: String
    let queue: DatabaseQueue
    private let claim: WriterClaim

    private init(path: String, queue: DatabaseQueue, claim: WriterClaim) {
        (self.path, self.queue, self.claim) = (path, queue, claim)
    }

    /// Makes the file under another name and gives it its own when it can be opened as a recording.
    ///
    /// What a link leads to is replaced, and the link stays; the new file has the old one's mode and owner.
    static func create(
        at path: String, replaces: Bool, about: [String: String]
    ) throws(RecordingError) -> RecordingFile {
        // A write beyond the limit of file sizes must fail, not kill the program.
        signal(SIGXFSZ, SIG_IGN)
        let old = try claim(path, replaces)
        defer { old?.release() }
        let place = old == nil ? path : try resolve(path)
        let draft = "\(place).new-\(getpid())"
        try makeDraft(draft, for: path, old)
        do {
            do {
                try makeTables(at: draft, about)
            } catch {
                throw Self.error(error, path)
            }
            guard let claim = WriterClaim(draft) else {
                throw RecordingError.unwritable(path, reason: WriterClaim.taken)
            }
            // Where nothing was, somebody may have been quicker; that file is another recorder's.
            guard old == nil ? appear(draft, place) : rename(draft, place) == 0 else {
                let failure = errno
                throw RecordingError.unwritable(
                    path, reason: failure == EEXIST ? WriterClaim.taken : FileHeader.text(of: failure))
            }
            // Those of a recording that was killed belong to a file that is gone.
            for suffix in ["-wal", "-shm", "-journal"] { unlink(place + suffix) }
            do {
                return RecordingFile(path: path, queue: try open(place), claim: claim)
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

    /// Makes sure that what is there may be replaced, and that nobody is writing it.
    ///
    /// - Returns: The claim on the file that is there; nil where there is none.
    private static func claim(_ path: String, _ replaces: Bool) throws(RecordingError) -> WriterClaim? {
        switch FileHeader.look(at: path) {
        case .missing:
            var facts = stat()
            if lstat(path, &facts) == 0 { throw .unwritable(path, reason: "it is a link to nothing") }
            return nil
        case .recording(let version) where replaces && version > Schema.version:
            throw .unwritable(
                path,
                reason: "a newer kvmscope wrote the recording that is there; it is left as it is, choose another name")
        case .empty, .recording: if !replaces { throw .unwritable(path, reason: "it exists; choose another name") }
        case .foreign: throw .exists(path)
        case .refused(let errno): throw .unwritable(path, reason: FileHeader.text(of: errno))
        }
        guard let claim = WriterClaim(path), claim.isStillAt(path) else {
            throw .unwritable(path, reason: WriterClaim.taken)
        }
        return claim
    }

    /// Gives a file its name where nothing has it yet.
    private static func appear(_ draft: String, _ place: String) -> Bool {
        // There are file systems on which a file has one name alone.
        guard link(draft, place) != 0 else { return unlink(draft) == 0 }
        return [EPERM, ENOTSUP].contains(errno) && rename(draft, place) == 0
    }

    private static func resolve(_ path: String) throws(RecordingError) -> String {
        guard let place = realpath(path, nil) else { throw .unwritable(path, reason: FileHeader.text(of: errno)) }
        defer { free(place) }
        return String(cString: place)
    }

    /// An empty file, which SQLite fills: SQLite does not say why it cannot make one.
    private static func makeDraft(
        _ draft: String, for path: String, _ old: WriterClaim?
    ) throws(RecordingError) {
        // One of a program that was killed and had our number.
        unlink(draft)
        let file = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file < 0 else {
            old?.lendMode(to: file)
            Glibc.close(file)
            return
        }
        let failure = errno
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        throw .unwritable(
            path, reason: failure == ENOENT ? "there is no folder \(folder)" : FileHeader.text(of: failure))
    }

    private static func makeTables(at path: String, _ about: [String: String]) throws {
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
        // Who reads the file meanwhile holds it for moments.
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            // With a log beside the file a killed program leaves whole batches; fewer waits for the disk in exchange for
            // the last moments before a power cut.
            try db.execute(sql: "pragma journal_mode = wal; pragma synchronous = normal")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Milliseconds for which those who read the file are waited for when it is complete.
    private static let closingPatience: Int32 = 2000

    /// Brings everything into the one file, so that it can be copied and opened where nothing may be written.
    ///
    /// Where others have it open that cannot be; then the log beside it stays, and belongs to it.
    func close() throws {
        defer {
            try? queue.close()
            claim.release()
        }
        try queue.writeWithoutTransaction { db in
            sqlite3_busy_timeout(db.sqliteConnection, Self.closingPatience)
            do {
                // Of the change only the header is written, and a journal of that would have to be played back by a reader.
                try db.execute(sql: "pragma wal_checkpoint(truncate); pragma journal_mode = memory")
            } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
                try? db.execute(sql: "pragma wal_checkpoint(passive)")
            }
        }
    }

    func error(_ error: any Error) -> RecordingError { Self.error(error, path) }

    private static func error(_ error: any Error, _ path: String) -> RecordingError {
        if let error = error as? RecordingError { return error }
        guard let error = error as? DatabaseError else { return .unwritable(path, reason: "\(error)") }
        switch error.resultCode {
        case .SQLITE_FULL: return .unwritable(path, reason: "the disk is full")
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .unwritable(path, reason: "another program holds it locked")
        case .SQLITE_IOERR: return .unwritable(path, reason: "the disk is full, or the file is at its largest size")
        default: return .unwritable(path, reason: error.message ?? error.resultCode.description)
        }
    }
}
