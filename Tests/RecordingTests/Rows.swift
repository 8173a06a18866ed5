import GRDB

/// The tables of a recording as anybody with sqlite3 sees them.
enum Rows {
    static func count(_ table: String, in file: ScratchFile) throws -> Int {
        try DatabaseQueue(path: file.path).read { db in try Int.fetchOne(db, sql: "select count(*) from \(table)") ?? -1
        }
    }
}
