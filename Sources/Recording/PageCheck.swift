internal import GRDB
internal import Timeline

/// What looking at a recording's pages of guest memory came to.
public struct PageCheck: Sendable, Equatable {
    /// Pages that were looked at; the rest is looked at when it is read.
    public var lookedAt = 0
    /// Those of them whose bytes are not what was written.
    public var damaged = 0

    /// Pages that are looked at at most: 64 MiB.
    static let limit = 1 << 14
    /// Opening does not wait longer for it.
    static let patience = Duration.seconds(1)

    /// One line about the damage in a file; nil where none was found.
    public func text(of path: String) -> String? {
        guard damaged > 0 else { return nil }
        return "\(path): \(damaged) of \(lookedAt) pages of memory that were checked are damaged; "
            + "what they held is shown as unknown"
    }

    init() {}

    init(_ db: Database) throws {
        let start = ContinuousClock.now
        // Bytes that are longer than a page are not taken into memory.
        let rows = try Row.fetchCursor(
            db,
            sql: "select sum, size, case when length(content) <= \(MemoryPage.size) then content end from page limit ?",
            arguments: [Self.limit])
        while ContinuousClock.now - start < Self.patience, let row = try rows.next() {
            lookedAt += 1
            if row.wholePage == nil { damaged += 1 }
        }
    }
}

extension Row {
    /// A page of memory in the columns sum, size and content; nil where its bytes are not those that were written.
    var wholePage: [UInt8]? {
        guard let size = integer(1), (0...Int64(MemoryPage.size)).contains(size), var bytes = bytes(2),
            bytes.count <= size
        else { return nil }
        bytes += [UInt8](repeating: 0, count: Int(size) - bytes.count)
        return integer(0) == Int64(bitPattern: Packet.sum(bytes)) ? bytes : nil
    }
}
