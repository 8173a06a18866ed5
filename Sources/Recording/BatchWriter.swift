internal import Foundation
internal import GRDB
internal import Timeline

/// Writes batches of events into the tables; used by the recorder's thread alone.
final class BatchWriter {
    /// Events of a block at most: whoever looks at one event reads so many.
    static let blockSize = 512
    /// Bytes and pages after which a block ends early.
    private static let blockBytes = 1 << 18
    private static let blockPages = 1024
    /// Events and pages after which a keyframe is due: a jump folds no more than this.
    static let keyframeInterval = 2048

    /// What a batch brought into the file.
    struct Growth {
        /// Positions at which its blocks begin.
        var blocks: [Int] = []
        var keyframes: [Int] = []
        /// The position behind its last event.
        var end = 0
    }

    private var growth = Growth()
    private var position: Int
    private var world: World
    /// The number of the branch whose events are written.
    private var branch = 1
    private var sinceKeyframe = 0
    private let blockSize: Int
    private let queue: DatabaseQueue
    private var path: String { queue.path }
    private var rows: EventRows?
    /// Numbers of the contents that came last, so that most need no look into the file.
    private var known: [ObjectIdentifier: (content: PageContent, id: UInt64)] = [:]
    private var parts: [[UInt8]: UInt64] = [:]

    /// - Parameters:
    ///   - first: the position of the first event.
    ///   - before: the state there.
    ///   - blockSize: events of a block at most; recordings have had larger ones.
    init(_ queue: DatabaseQueue, first: Int, before: World, blockSize: Int = BatchWriter.blockSize) {
        self.queue = queue
        self.blockSize = blockSize
        position = first
        world = before
    }

    /// Writes events so that either all of them are in the file or none.
    ///
    /// - Parameter isLast: whether the state behind them is kept too, so that opening folds nothing.
    @discardableResult
    func write(_ events: [Event], isLast: Bool = false) throws -> Growth {
        growth = Growth()
        try queue.write { db in
            let rows = try self.rows ?? EventRows(db)
            self.rows = rows
            if position == 0 || sinceKeyframe == 0, !events.isEmpty { try keepKeyframe(db) }
            var encoder = EventBlockEncoder()
            var first = position
            for event in events {
                try encoder.append(event)
                position += 1
                try rows.add(event, number: position, db)
                world.apply(event)
                sinceKeyframe += 1
                if case .memory(let pages) = event.body { sinceKeyframe += pages.count }
                let isDue = sinceKeyframe >= Self.keyframeInterval
                if isDue || encoder.count >= blockSize || encoder.size >= Self.blockBytes
                    || encoder.pages >= Self.blockPages
                {
                    try keep(encoder, first, db)
                    encoder = EventBlockEncoder()
                    first = position
                }
                if isDue { try keepKeyframe(db) }
            }
            if encoder.count > 0 { try keep(encoder, first, db) }
            if isLast, sinceKeyframe > 1 { try keepKeyframe(db) }
        }
        growth.end = position
        return growth
    }

    /// Notes that what follows is of another branch, or of the same one under another name.
    ///
    /// - Parameter world: the state from which the branch goes on; a keyframe of it stands where its events begin.
    func turn(to branch: Branch, isNew: Bool, world: World) throws {
        let turn = BranchTurn(
            position: position, branch: branch.id, fork: isNew ? branch.fork : nil, name: branch.name)
        let isFirst = try queue.write { db in
            try db.execute(
                sql: "insert into turn (position, branch, fork, name, sum) values (?, ?, ?, ?, ?)",
                arguments: [
                    turn.position, turn.branch, turn.fork, turn.name, Int64(bitPattern: Packet.sum(turn.bytes)),
                ])
            if isNew || branch.id != self.branch {
                self.branch = branch.id
                self.world = world
                try keepKeyframe(db)
            }
            guard try Int.fetchOne(db, sql: "pragma user_version") != Schema.versionWithBranches else { return false }
            // An older program would take the branches for one run.
            try db.execute(sql: "pragma user_version = \(Schema.versionWithBranches)")
            return true
        }
        // The version is looked for in the file itself, and not in the log beside it.
        if isFirst { try queue.writeWithoutTransaction { try $0.execute(sql: "pragma wal_checkpoint(passive)") } }
    }

    private func keep(_ encoder: EventBlockEncoder, _ first: Int, _ db: Database) throws {
        let bytes = try store(encoder.packet, db)
        guard bytes.count < ReadConnection.largestValue else {
            throw RecordingError.unwritable(
                path, reason: "event \(first + 1) is too large for a recording")
        }
        let sum = Int64(bitPattern: Packet.sum(bytes, encoder.tags))
        try db.cachedStatement(sql: "insert into block values (?, ?, ?, ?, ?)")
            .execute(arguments: [first, encoder.count, sum, Data(encoder.tags), Data(bytes)])
        growth.blocks.append(first)
    }

    private func keepKeyframe(_ db: Database) throws {
        // One event's worth, so that the same place is not kept twice.
        sinceKeyframe = 1
        let bytes = try store(try Keyframe.packet(world), db)
        // It only spares the folding of what lies before it, and one of this size would not be read.
        guard bytes.count < ReadConnection.largestValue else { return }
        try db.cachedStatement(sql: "insert or replace into keyframe values (?, ?, ?)")
            .execute(arguments: [position, Int64(bitPattern: Packet.sum(bytes)), Data(bytes)])
        growth.keyframes.append(position)
    }

    /// A packet's bytes, with what lies beside it stored.
    private func store(_ packet: Packet, _ db: Database) throws -> [UInt8] {
        var contents: [UInt64] = []
        for content in packet.contents { contents.append(try store(content, db)) }
        var numbers: [UInt64] = []
        for part in packet.parts {
            if let number = parts[part] {
                numbers.append(number)
                continue
            }
            try db.cachedStatement(sql: "insert into part (sum, bytes) values (?, ?)")
                .execute(arguments: [Int64(bitPattern: Packet.sum(part)), Data(part)])
            let number = UInt64(bitPattern: db.lastInsertedRowID)
            // The guest and the guides: a few for each machine of a session.
            if parts.count >= 16 { parts = [:] }
            parts[part] = number
            numbers.append(number)
        }
        return packet.bytes(contents: contents, parts: numbers)
    }

    private func store(_ content: PageContent, _ db: Database) throws -> UInt64 {
        if let known = known[ObjectIdentifier(content)] { return known.id }
        let bytes = content.bytes
        let sum = Int64(bitPattern: Packet.sum(bytes))
        let stored = bytes.trimmingZeros
        var id: UInt64?
        let same = try Row.fetchCursor(
            db.cachedStatement(sql: "select id, size, content from page where sum = ?"), arguments: [sum])
        while id == nil, let row = try same.next() {
            if row.integer(1) == Int64(bytes.count), row.bytes(2) == stored {
                id = row.integer(0).map(UInt64.init(bitPattern:))
            }
        }
        if id == nil {
            try db.cachedStatement(sql: "insert into page (sum, size, content) values (?, ?, ?)")
                .execute(arguments: [sum, bytes.count, Data(stored)])
            id = UInt64(bitPattern: db.lastInsertedRowID)
        }
        // They hold their contents, so that no address comes to mean another one.
        if known.count >= 4096 { known = [:] }
        known[ObjectIdentifier(content)] = (content, id ?? 0)
        return id ?? 0
    }
}

extension [UInt8] {
    /// Without the zeros at the end, of which most pages have many.
    var trimmingZeros: [UInt8] { Array(prefix((lastIndex { $0 != 0 } ?? -1) + 1)) }
}
