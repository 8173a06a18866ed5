import GRDB

/// The tables of a recording as anybody with sqlite3 sees them.
enum Rows {
    static func count(_ table: String, in file: ScratchFile) throws -> Int {
        try DatabaseQueue(path: file.path).read { db in try Int.fetchOne(db, sql: "select count(*) from \(table)") ?? -1
        }
    }
}

extension Rows {
    /// A database that is not ours.
    static func makeForeignDatabase(at path: String) throws {
        try DatabaseQueue(path: path).write { db in try db.execute(sql: "create table song (name text)") }
    }

    /// Changes a recording behind the program's back.
    static func change(_ path: String, _ sql: String) throws {
        try DatabaseQueue(path: path).write { db in try db.execute(sql: sql) }
    }
}
