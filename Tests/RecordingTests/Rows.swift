import Foundation
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

extension Rows {
    /// Puts one block in the place of all.
    static func replaceBlock(_ path: String, tags: [UInt8], bytes: [UInt8], sum: UInt64) throws {
        try DatabaseQueue(path: path).write { db in
            try db.execute(sql: "delete from block; delete from keyframe")
            try db.execute(
                sql: "insert into block values (0, ?, ?, ?, ?)",
                arguments: [tags.count, Int64(bitPattern: sum), Data(tags), Data(bytes)])
        }
    }

    /// Gives all states of the run the same bytes.
    static func replaceKeyframes(_ path: String, bytes: [UInt8], sum: UInt64) throws {
        try DatabaseQueue(path: path).write { db in
            try db.execute(
                sql: "update keyframe set sum = ?, bytes = ?", arguments: [Int64(bitPattern: sum), Data(bytes)])
        }
    }
}
