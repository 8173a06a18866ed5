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
    init(_ db: Database) throws {
        let rows = try Row.fetchCursor(db, sql: "select first, count, sum, tags, bytes from block order by first")
        var next: Int?
        while let row = try rows.next() {
            guard let first = row.integer(0), let count = row.integer(1), let sum = row.integer(2),
                let tags = row.bytes(3), let bytes = row.bytes(4),
                first >= 0, first < 1 << 48, count > 0, count == tags.count
            else { throw Fault(text: "a block of events is not whole") }
            let range = "the events \(first + 1) to \(first + count)"
            guard next == nil || Int(first) == next else {
                throw Fault(text: "\(range) do not follow those before them")
            }
            guard sum == Int64(bitPattern: Packet.sum(bytes, tags)) else { throw Fault(text: "\(range) were changed") }
            blocks.append(Int(first))
            self.tags += tags
            next = Int(first) + Int(count)
        }
        positions = (blocks.first ?? 0)..<(next ?? 0)
        let frames = try Row.fetchCursor(db, sql: "select position from keyframe order by position")
        while let row = try frames.next() {
            if let position = row.integer(0), position >= 0, position < 1 << 48 { keyframes.append(Int(position)) }
        }
        try compareEnds()
        try readTurns(db)
        let names = try Row.fetchCursor(db, sql: "select code, name from kind")
        while let row = try names.next() {
            if let code = row.integer(0), let name = row.text(1) { kindNames[UInt64(bitPattern: code)] = name }
        }
        let facts = try Row.fetchCursor(db, sql: "select name, value from about")
        while let row = try facts.next() { if let name = row.text(0) { about[name] = row.text(1) } }
    }

    /// The blocks follow one another, so that what may lack without a gap lies at their ends; a state that is kept there
    /// tells of it.
    private func compareEnds() throws(Fault) {
        guard let first = keyframes.first, let last = keyframes.last else { return }
        let areThere =
            blocks.isEmpty ? first == last : first >= positions.lowerBound && last <= positions.upperBound
        if !areThere { throw Fault(text: "events are gone that it once held") }
    }

    /// Files that were made before there were turns have no table of them.
    private mutating func readTurns(_ db: Database) throws {
        guard try db.tableExists("turn") else { return }
        let rows = try Row.fetchCursor(db, sql: "select position, branch, fork, name, sum from turn order by id")
        while let row = try rows.next() {
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
        do throws(BranchedLog.Fault) { _ = try BranchedLog(turns, over: positions) } catch {
            throw Fault(text: error.text)
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
