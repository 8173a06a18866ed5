internal import Foundation
internal import GRDB
public import Timeline

/// A recording that is read: the events of a run, as they are asked for.
///
/// Opening looks at every block once, so that damage shows then and not in the middle of a replay. What is read later
/// is checked again. Of one that is being written only what is in the file for certain is known.
///
/// `@unchecked Sendable` is sound because what changes after opening is touched under the locks alone.
public final class RecordingReader: EventSource, ContentSource, @unchecked Sendable {
    public let path: String
    public var positions: Range<Int> { lock.withLock { places.positions } }
    public var isGrowing: Bool { lock.withLock { places.isGrowing } }
    /// A byte for each event; `EventTag`.
    public let tags: [UInt8]
    /// Where another branch came into view.
    public let turns: [BranchTurn]
    /// What the file says of itself.
    public let about: [String: String]

    /// Where things lie in the file.
    private struct Places {
        var positions: Range<Int>
        /// Positions at which blocks begin.
        var blocks: [Int]
        var keyframes: [Int]
        var isGrowing = false
    }

    private let kindNames: [UInt64: String]

    /// Held while the database is read, or must not be.
    private let access = NSLock()
    private var connection: ReadConnection?
    private let lock = NSLock()
    private var places: Places
    private var pages = PageCache()
    private var parts: [UInt64: [UInt8]] = [:]
    /// Bytes of parts that are kept at most.
    private static let partBytes = 8 << 20
    /// Bytes of memory from which a block's events are weighed; a common block has less.
    private static let heavy = 1 << 20
    private var weights: [Int: Int] = [:]
    /// Events that were decoded so far, for those who want to know that a jump reads little.
    private var decoded = 0

    /// Opens a recording to read it. Nothing is written to the file.
    public init(path: String) throws(RecordingError) {
        switch FileHeader.look(at: path) {
        case .missing: throw .unreadable(path, reason: "there is no such file")
        case .refused(let errno): throw .unreadable(path, reason: FileHeader.text(of: errno))
        case .empty: throw .empty(path)
        case .foreign: throw .foreign(path)
        case .recording(let version) where version > Schema.version: throw .newer(path, version: version)
        case .recording(let version) where version < 1: throw .damaged(path, reason: "its header has no version")
        case .recording: break
        }
        self.path = path
        do {
            let connection = try ReadConnection(path)
            let index = try connection.read(bytes: FileHeader.storedBytes(of: path)) { db in try RecordingIndex(db) }
            self.connection = connection
            places = Places(positions: index.positions, blocks: index.blocks, keyframes: index.keyframes)
            (tags, kindNames, about) = (index.tags, index.kindNames, index.about)
            turns = index.turns
        } catch let error as RecordingIndex.Fault {
            throw .damaged(path, reason: error.text)
        } catch let error as DatabaseError {
            guard error.resultCode != .SQLITE_BUSY else { throw .unreadable(path, reason: error.reason) }
            throw .damaged(path, reason: error.reason)
        } catch {
            throw .damaged(path, reason: "\(error)")
        }
    }

    /// A recording that is just begun and is read while it is written; its index grows by `grow`.
    ///
    /// - Parameter first: The position of its first event.
    init(beingWritten path: String, from first: Int) {
        self.path = path
        (tags, turns, kindNames, about) = ([], [], [:], [:])
        places = Places(positions: first..<first, blocks: [], keyframes: [], isGrowing: true)
    }

    /// Takes in what has come into the file for certain.
    func grow(by growth: BatchWriter.Growth) {
        lock.withLock {
            places.blocks += growth.blocks
            places.keyframes += growth.keyframes
            places.positions = places.positions.lowerBound..<max(places.positions.lowerBound, growth.end)
        }
    }

    /// Lets the writer close the file, which it cannot while somebody else has it open.
    func whileClosing(_ close: () throws -> Void) rethrows {
        access.lock()
        defer {
            lock.withLock { places.isGrowing = false }
            // At once, so that the file may get another name.
            connection = try? ReadConnection(path)
            access.unlock()
        }
        try? connection?.close()
        connection = nil
        try close()
    }

    /// Reads something out of the file; nil where that cannot be done.
    private func read<Value>(_ body: (Database) throws -> Value?) -> Value? {
        access.lock()
        defer { access.unlock() }
        if connection == nil { connection = try? ReadConnection(path) }
        return try? connection?.read(body)
    }

    /// How many events were read out of blocks since the file was opened.
    public var decodedCount: Int { lock.withLock { decoded } }

    // MARK: Events

    public func block(of position: Int) -> Range<Int> {
        lock.withLock {
            let blocks = places.blocks
            let index = Self.newest(in: blocks, at: position) ?? 0
            guard index < blocks.count else { return position..<position }
            return blocks[index]..<(index + 1 < blocks.count ? blocks[index + 1] : places.positions.upperBound)
        }
    }

    public func events(in range: Range<Int>) -> [Event] {
        let range = range.clamped(to: positions)
        var events: [Event] = []
        var position = range.lowerBound
        while position < range.upperBound {
            let block = block(of: position)
            let wanted = position..<min(block.upperBound, range.upperBound)
            if let read = self.events(ofBlock: block.lowerBound, count: block.count) {
                if wanted == range, wanted == block { return read }
                events += read[wanted.lowerBound - block.lowerBound..<wanted.upperBound - block.lowerBound]
            } else {
                let lost = Event(
                    nanoseconds: events.last?.nanoseconds ?? 0, .problem("this event cannot be read any more"))
                events += Array(repeating: lost, count: wanted.count)
            }
            position = wanted.upperBound
        }
        return events
    }

    /// The index of the last of ascending places that is not beyond a position; nil where all are.
    private static func newest(in places: [Int], at position: Int) -> Int? {
        var (low, high) = (-1, places.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if places[middle] <= position { low = middle } else { high = middle - 1 }
        }
        return low < 0 ? nil : low
    }

    private func events(ofBlock first: Int, count: Int) -> [Event]? {
        let bytes: [UInt8]? = read { db in
            let row = try Row.fetchOne(
                db.cachedStatement(sql: "select sum, tags, bytes from block where first = ?"), arguments: [first])
            guard let row, let bytes = row.bytes(2), let tags = row.bytes(1),
                row.integer(0) == Int64(bitPattern: Packet.sum(bytes, tags))
            else { return nil }
            return bytes
        }
        guard let bytes else { return nil }
        lock.withLock { decoded += count }
        guard let read = try? EventBlockDecoder.weighed(in: bytes, count: count, names: kindNames, source: self) else {
            return nil
        }
        if read.weight > Self.heavy { lock.withLock { weights[first] = read.weight } }
        return read.events
    }

    public func weight(ofBlockAt position: Int) -> Int {
        let first = block(of: position).lowerBound
        return lock.withLock { weights[first] ?? 0 }
    }

    public func keyframePosition(at position: Int) -> Int {
        lock.withLock {
            Self.newest(in: places.keyframes, at: position).map { places.keyframes[$0] } ?? places.positions.lowerBound
        }
    }

    public func keyframe(at position: Int) -> (position: Int, world: World) {
        let keyframes = lock.withLock { places.keyframes }
        for kept in keyframes.prefix(1 + (Self.newest(in: keyframes, at: position) ?? -1)).reversed() {
            let bytes: [UInt8]? = read { db in
                let row = try Row.fetchOne(
                    db.cachedStatement(sql: "select sum, bytes from keyframe where position = ?"), arguments: [kept])
                guard let row, let bytes = row.bytes(1), row.integer(0) == Int64(bitPattern: Packet.sum(bytes)) else {
                    return nil
                }
                return bytes
            }
            // A keyframe only spares the folding of what lies before it: without it, the one before serves.
            if let bytes, let world = try? Keyframe.world(in: bytes, source: self) { return (kept, world) }
        }
        return (positions.lowerBound, World())
    }

    // MARK: Pages and parts

    public func bytes(ofPage id: UInt64) -> [UInt8]? {
        // An empty one stands for one that cannot be read: no page is stored without a byte.
        if let bytes = lock.withLock({ pages[id] }) { return bytes.isEmpty ? nil : bytes }
        let read: [UInt8]? = self.read { db in
            try Row.fetchOne(
                db.cachedStatement(sql: "select sum, size, content from page where id = ?"),
                arguments: [Int64(bitPattern: id)])?.wholePage
        }
        lock.withLock { pages[id] = read ?? [] }
        return read.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Looks at the pages once, as many as there is time for.
    public func checkPages() -> PageCheck { read { db in try PageCheck(db) } ?? PageCheck() }

    public func part(_ id: UInt64) -> [UInt8]? {
        if let part = lock.withLock({ parts[id] }) { return part }
        let read: [UInt8]? = self.read { db in
            let row = try Row.fetchOne(
                db.cachedStatement(sql: "select sum, bytes from part where id = ?"), arguments: [Int64(bitPattern: id)])
            guard let row, let bytes = row.bytes(1), row.integer(0) == Int64(bitPattern: Packet.sum(bytes)) else {
                return nil
            }
            return bytes
        }
        guard let read else { return nil }
        lock.withLock {
            if parts.count >= 16 || parts.values.reduce(read.count, { $0 + $1.count }) > Self.partBytes { parts = [:] }
            if read.count <= Self.partBytes { parts[id] = read }
        }
        return read
    }
}

/// Pages that were looked at of late: 4 MiB at most.
private struct PageCache {
    private static let capacity = 1024
    private var older: [UInt64: [UInt8]] = [:]
    private var newer: [UInt64: [UInt8]] = [:]

    subscript(id: UInt64) -> [UInt8]? {
        mutating get {
            if let bytes = newer[id] { return bytes }
            guard let bytes = older[id] else { return nil }
            self[id] = bytes
            return bytes
        }
        set {
            if newer.count >= Self.capacity / 2 {
                older = newer
                newer = [:]
            }
            newer[id] = newValue
        }
    }
}

extension Row {
    /// A column that must be an integer; nil where a damaged file has something else.
    func integer(_ column: Int) -> Int64? {
        if case .int64(let value) = (self[column] as DatabaseValue).storage { return value }
        return nil
    }

    /// A column that must be bytes; nil where a damaged file has something else.
    func bytes(_ column: Int) -> [UInt8]? {
        if case .blob(let data) = (self[column] as DatabaseValue).storage { return [UInt8](data) }
        return nil
    }

    func text(_ column: Int) -> String? {
        if case .string(let text) = (self[column] as DatabaseValue).storage { return text }
        return nil
    }
}
