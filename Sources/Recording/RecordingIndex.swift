internal import GRDB
internal import Timeline

/// What is known of a recording from the moment it is open: where its blocks and keyframes lie.
struct RecordingIndex {
    /// What is wrong with the tables, in a few words.
    struct Fault: Error {
        var text: String
    }

    private(set) var positions = 0..<0
    private(set) var tags: [UInt8] = []
    private(set) var blocks: [Int] = []
    private(set) var keyframes: [Int] = []
    private(set) var turns: [BranchTurn] = []
    private(set) var kindNames: [UInt64: String] = [:]
    private(set) var about: [String: String] = [:]

    /// Looks at every block once; the sums tell whether one was damaged.
    ///
    /// Keys must ascend, and all blocks together are no larger than the file: tables whose pages are shared, or lead in a
    /// circle, come to an end.
    init(_ db: Database) throws {
        guard try Schema.isOurs(db) else { throw Fault(text: "its tables are not those of a recording") }
        var room =
            try (Int.fetchOne(db, sql: "pragma page_count") ?? 0) * (Int.fetchOne(db, sql: "pragma page_size") ?? 0)
        let rows = try Row.fetchCursor(db, sql: "select first, count, sum, tags, bytes from block order by first")
        var next: Int?
        while let row = try rows.next() {
            guard let first = row.integer(0), let count = row.integer(1), let sum = row.integer(2),
                let tags = row.bytes(3), let bytes = row.bytes(4),
                first >= 0, first < 1 << 48, count > 0, count == tags.count, count <= bytes.count
            else { throw Fault(text: "a block of events is not whole") }
            let range = "the events \(first + 1) to \(first + count)"
            guard next == nil || Int(first) == next else {
                throw Fault(text: "\(range) do not follow those before them")
            }
            room -= tags.count + bytes.count
            guard room >= 0 else { throw Fault(text: "its blocks are larger than itself") }
            guard sum == Int64(bitPattern: Packet.sum(bytes, tags)) else { throw Fault(text: "\(range) were changed") }
            blocks.append(Int(first))
            self.tags += tags
            next = Int(first) + Int(count)
        }
        positions = (blocks.first ?? 0)..<(next ?? 0)
        let largest = try readKeyframes(db)
        try compareEnds()
        try readTurns(db, largest)
        try readNames(db)
    }

    /// - Returns: the size of the largest.
    private mutating func readKeyframes(_ db: Database) throws -> Int {
        let frames = try Row.fetchCursor(db, sql: "select position, length(bytes) from keyframe order by position")
        var largest = 0
        while let row = try frames.next() {
            guard let position = row.integer(0), position > keyframes.last ?? -1, position < 1 << 48 else {
                throw Fault(text: "the states that it keeps do not follow one another")
            }
            keyframes.append(Int(position))
            largest = max(largest, Int(clamping: row.integer(1) ?? 0))
        }
        return largest
    }

    private mutating func readNames(_ db: Database) throws {
        let names = try Row.fetchCursor(db, sql: "select code, name from kind limit 1000")
        while let row = try names.next() {
            if let code = row.integer(0), let name = row.text(1) {
                kindNames[UInt64(bitPattern: code)] = String(name.prefix(100))
            }
        }
        var room = ReadConnection.largestValue
        let facts = try Row.fetchCursor(db, sql: "select name, value from about limit 1000")
        while let row = try facts.next() {
            guard let name = row.text(0) else { continue }
            let value = row.text(1)
            room -= name.utf8.count + (value?.utf8.count ?? 0)
            guard room >= 0 else { throw Fault(text: "what it says of itself is too long") }
            about[name] = value
        }
    }

    /// The blocks follow one another, so that what may lack without a gap lies at their ends; a state that is kept there
    /// tells of it.
    private func compareEnds() throws(Fault) {
        guard let first = keyframes.first, let last = keyframes.last else { return }
        let areThere =
            blocks.isEmpty ? first == last : first >= positions.lowerBound && last <= positions.upperBound
        if !areThere { throw Fault(text: "events are gone that it once held") }
    }

    /// Turns that a recording has at most; each branch is a state of the run that is read when it is opened.
    private static let turnLimit = 1 << 14
    /// Bytes of states that are read for them at most.
    private static let stateLimit = 1 << 28

    /// Files that were made before there were turns have no table of them.
    ///
    /// - Parameter largest: bytes of the largest state.
    private mutating func readTurns(_ db: Database, _ largest: Int) throws {
        guard try db.tableExists("turn") else { return }
        let rows = try Row.fetchCursor(db, sql: "select position, branch, fork, name, sum from turn order by id")
        while let row = try rows.next() {
            guard turns.count < Self.turnLimit else { throw Fault(text: "it has more turns than can be followed") }
            guard let position = row.integer(0), let branch = row.integer(1), let name = row.text(3),
                let sum = row.integer(4), (0..<1 << 48).contains(position), (1..<1 << 31).contains(branch),
                row.integer(2) ?? 0 >= 0
            else { throw Fault(text: "a turn to another branch is not whole") }
            let turn = BranchTurn(
                position: Int(position), branch: Int(branch), fork: row.integer(2).map { Int($0) }, name: name)
            guard sum == Int64(bitPattern: Packet.sum(turn.bytes)) else {
                throw Fault(text: "the turn to branch \(branch) was changed")
            }
            turns.append(turn)
        }
        let log: BranchedLog
        do throws(BranchedLog.Fault) { log = try BranchedLog(turns, over: positions) } catch {
            throw Fault(text: error.text)
        }
        guard turns.isEmpty || log.branches.count * largest <= Self.stateLimit else {
            throw Fault(text: "its branches are more than can be held")
        }
    }
}

extension BranchTurn {
    /// What its row says, for the sum of it.
    var bytes: [UInt8] {
        [position, branch, fork ?? -1].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        } + Array(name.utf8)
    }
}
