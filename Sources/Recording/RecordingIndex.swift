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
        let names = try Row.fetchCursor(db, sql: "select code, name from kind")
        while let row = try names.next() {
            if let code = row.integer(0), let name = row.text(1) { kindNames[UInt64(bitPattern: code)] = name }
        }
        let facts = try Row.fetchCursor(db, sql: "select name, value from about")
        while let row = try facts.next() { if let name = row.text(0) { about[name] = row.text(1) } }
    }
}
