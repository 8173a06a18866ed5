internal import GRDB
internal import GRDBSQLite
internal import Glibc

/// A connection to a recording that may come from anybody: what SQLite does for it is bounded in memory and in time.
struct ReadConnection {
    /// Bytes of one value at most; what is larger is not written, and not read.
    static let largestValue = 16 << 20
    /// Bytes that SQLite may hold in this process: a page cache, and a value that is being read.
    private static let heap: Int64 = 96 << 20
    /// Seconds for opening, and for whatever is read later at one time.
    private static let patience = 8.0

    private let queue: DatabaseQueue
    private let time: ReadingTime

    init(_ path: String) throws {
        sqlite3_hard_heap_limit64(Self.heap)
        let time = ReadingTime()
        var configuration = Configuration()
        configuration.readonly = true
        // A writer may hold the log for a moment.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            Self.limit(db.sqliteConnection, time)
            // Nothing in the file is carried out, and its cells are looked at twice.
            try db.execute(sql: "pragma trusted_schema = off; pragma cell_size_check = on; pragma query_only = on")
        }
        time.start(seconds: Self.patience)
        queue = try DatabaseQueue(path: path, configuration: configuration)
        self.time = time
    }

    /// The bounds of what a file's text and values may ask for.
    private static func limit(_ connection: OpaquePointer?, _ time: ReadingTime) {
        for (limit, value) in [
            (SQLITE_LIMIT_LENGTH, Int32(largestValue)), (SQLITE_LIMIT_SQL_LENGTH, 1 << 16), (SQLITE_LIMIT_COLUMN, 32),
            (SQLITE_LIMIT_EXPR_DEPTH, 64), (SQLITE_LIMIT_COMPOUND_SELECT, 8), (SQLITE_LIMIT_VDBE_OP, 1 << 16),
            (SQLITE_LIMIT_FUNCTION_ARG, 8), (SQLITE_LIMIT_ATTACHED, 0), (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64),
            (SQLITE_LIMIT_VARIABLE_NUMBER, 16), (SQLITE_LIMIT_TRIGGER_DEPTH, 1), (SQLITE_LIMIT_WORKER_THREADS, 0),
        ] { sqlite3_limit(connection, limit, value) }
        sqlite3_progress_handler(
            connection, 1000,
            { raw in raw.map { Unmanaged<ReadingTime>.fromOpaque($0).takeUnretainedValue().isOver } == true ? 1 : 0 },
            Unmanaged.passUnretained(time).toOpaque())
    }

    /// Reads something, within the time that it may take.
    ///
    /// - Parameter bytes: how large what is read is; a long recording takes its time.
    func read<Value>(bytes: Int = 0, _ body: (Database) throws -> Value) throws -> Value {
        // 25 MB a second is what a slow disk gives.
        time.start(seconds: max(Self.patience, Double(bytes) / 25e6))
        return try queue.read(body)
    }

    func close() throws { try queue.close() }
}

/// When what is being read has taken too long.
///
/// `@unchecked Sendable` is sound because it changes only between two readings, and readings follow one another.
private final class ReadingTime: @unchecked Sendable {
    private var deadline: UInt64 = .max

    func start(seconds: Double) { deadline = Self.now + UInt64(seconds * 1e9) }

    var isOver: Bool { Self.now > deadline }

    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

extension DatabaseError {
    /// What a reader was told, in a few words; SQLite may quote a table's text, which has lines.
    var reason: String {
        switch resultCode {
        case .SQLITE_INTERRUPT: "reading it takes longer than a recording of its size does"
        case .SQLITE_NOMEM, .SQLITE_TOOBIG: "it holds a value that is larger than any in a recording"
        case .SQLITE_BUSY, .SQLITE_LOCKED: "another program holds it locked"
        default:
            (message ?? resultCode.description).prefix(100).split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }
}
