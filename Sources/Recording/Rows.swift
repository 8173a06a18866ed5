internal import GRDB
internal import GRDBSQLite
internal import Timeline

/// One insertion that is made over and over: SQLite's own binding, since a row is written for each event.
///
/// The statement lives as long as its database, and is used inside its `write` alone.
final class Insertion {
    private let statement: Statement
    private var column: Int32 = 0
    private let width: Int32

    init(_ db: Database, into table: String, columns: Int) throws {
        let places = Array(repeating: "?", count: columns).joined(separator: ", ")
        statement = try db.makeStatement(sql: "insert into \(table) values (\(places))")
        width = Int32(columns)
    }

    func add(_ value: Int) { add(Int64(value)) }

    func add(_ value: UInt64) { add(Int64(bitPattern: value)) }

    func add(_ value: Int64) {
        column += 1
        sqlite3_bind_int64(statement.sqliteStatement, column, value)
    }

    func add(_ text: String) {
        column += 1
        var text = text
        text.withUTF8 {
            // SQLITE_TRANSIENT, a cast that Swift cannot see: SQLite copies the bytes before this returns.
            let copy = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            sqlite3_bind_text(
                statement.sqliteStatement, column,
                UnsafeRawPointer($0.baseAddress)?.assumingMemoryBound(to: CChar.self),
                Int32($0.count), copy)
            if $0.baseAddress == nil { sqlite3_bind_text(statement.sqliteStatement, column, "", 0, nil) }
        }
    }

    func add(_ bytes: [UInt8]) {
        column += 1
        guard !bytes.isEmpty else {
            sqlite3_bind_zeroblob(statement.sqliteStatement, column, 0)
            return
        }
        let copy = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        sqlite3_bind_blob(statement.sqliteStatement, column, bytes, Int32(bytes.count), copy)
    }

    func addNothing() {
        column += 1
        sqlite3_bind_null(statement.sqliteStatement, column)
    }

    func add(_ value: Int?) { if let value { add(value) } else { addNothing() } }

    func add(_ text: String?) { if let text { add(text) } else { addNothing() } }

    /// Writes the row; columns that were not named are null.
    func insert(_ db: Database) throws {
        while column < width { addNothing() }
        column = 0
        let result = sqlite3_step(statement.sqliteStatement)
        sqlite3_reset(statement.sqliteStatement)
        guard result == SQLITE_DONE else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: result), message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
        }
    }
}
