/// A range of guest physical addresses backed by our memory; KVM API document, KVM_SET_USER_MEMORY_REGION.
public struct MemorySlot: Sendable, Equatable {
    public var id: Int
    /// First guest physical address.
    public var start: UInt64
    /// Bytes; 0 removes the slot.
    public var size: UInt64
    /// Address of its first byte in this process.
    public var host: UInt64
    public var isReadOnly: Bool
    /// KVM_MEM_LOG_DIRTY_PAGES.
    public var logsDirtyPages: Bool

    public init(
        id: Int, start: UInt64, size: UInt64, host: UInt64, isReadOnly: Bool = false, logsDirtyPages: Bool = false
    ) {
        self.id = id
        self.start = start
        self.size = size
        self.host = host
        self.isReadOnly = isReadOnly
        self.logsDirtyPages = logsDirtyPages
    }

    public func contains(_ address: UInt64) -> Bool { address >= start && address - start < size }
}

/// The contents of one page of guest memory at one moment; equal contents share one object.
public struct MemoryPage: Sendable {
    public static let size = 4096
    /// Guest physical address divided by 4096.
    public var frame: UInt64
    public var content: PageContent

    public init(frame: UInt64, content: PageContent) {
        self.frame = frame
        self.content = content
    }
}

/// 4096 bytes that never change; those of a recording are read when they are looked at.
public final class PageContent: Sendable, Hashable {
    private enum Place {
        case here([UInt8], digest: Int)
        case stored(UInt64, any ContentSource)
    }
    private let place: Place

    /// A page that changed and was not read, since too many changed at once.
    public static let unread = PageContent([])

    public init(_ bytes: [UInt8]) { place = .here(bytes, digest: bytes.hashValue) }

    /// A page of a recording, by its number there.
    public init(stored id: UInt64, in source: any ContentSource) { place = .stored(id, source) }

    /// Fewer than 4096 where not all of the page is known.
    public var bytes: [UInt8] {
        switch place {
        case .here(let bytes, _): bytes
        case .stored(let id, let source): source.bytes(ofPage: id) ?? []
        }
    }

    /// Whether a recording once held it and cannot give it any more.
    public var isDamaged: Bool {
        if case .stored(let id, let source) = place { return source.bytes(ofPage: id) == nil }
        return false
    }

    private var digest: Int {
        switch place {
        case .here(_, let digest): digest
        case .stored(let id, let source): source.bytes(ofPage: id).hashValue
        }
    }

    public static func == (a: PageContent, b: PageContent) -> Bool {
        if a === b { return true }
        // A recording stores each content once.
        if case .stored(let x, let one) = a.place, case .stored(let y, let other) = b.place, one === other {
            return x == y
        }
        return a.digest == b.digest && a.bytes == b.bytes
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }

    func byte(at index: Int) -> UInt8? {
        let bytes = bytes
        return index < bytes.count ? bytes[index] : nil
    }
}

/// Why a byte of guest memory is not known.
public enum MemoryGap: Sendable, Equatable {
    case noSlot
    /// More pages changed than are read.
    case leftOut
    /// The recording holds it no more.
    case damaged

    /// Where it lies, for the end of a sentence.
    public var place: String {
        switch self {
        case .noSlot: "in no memory slot"
        case .leftOut: "in a page that was left out of the readings, since too many had changed"
        case .damaged: "in a page that is damaged in the recording"
        }
    }
}

/// Guest physical memory as it was at a cursor: pages read so far over slots that began as zeros.
public struct MemoryImage: Sendable {
    public private(set) var slots: [MemorySlot] = []
    public private(set) var pages: [UInt64: PageContent] = [:]
    /// How many of them are known by content.
    public private(set) var readCount = 0
    /// Frames in the newest reading, for the mark of what changed.
    public private(set) var changed: [UInt64: PageContent?] = [:]

    public init() {}

    /// Slots at most; Linux allows 32,764, and a run of ours has a few.
    private static let slotLimit = 1024

    mutating func set(_ slot: MemorySlot) {
        slots.removeAll { $0.id == slot.id }
        if slot.size > 0, slots.count < Self.slotLimit { slots.append(slot) }
        slots.sort { $0.start < $1.start }
        // What lay in a slot that is gone cannot be reached by the guest any more.
        pages = pages.filter { self.slot(containing: $0.key << 12) != nil }
        readCount = pages.values.count { $0 !== PageContent.unread }
        changed = changed.filter { pages[$0.key] != nil }
    }

    mutating func update(_ newPages: [MemoryPage]) {
        changed.removeAll(keepingCapacity: true)
        for page in newPages {
            let before = pages.updateValue(page.content, forKey: page.frame)
            changed.updateValue(before, forKey: page.frame)
            if let before, before !== PageContent.unread { readCount -= 1 }
            if page.content !== PageContent.unread { readCount += 1 }
        }
    }

    mutating func settle() { changed.removeAll(keepingCapacity: true) }

    public func slot(containing address: UInt64) -> MemorySlot? { slots.first { $0.contains(address) } }

    /// True for a page whose content is known from a reading.
    public func hasRead(frame: UInt64) -> Bool { pages[frame].map { $0 !== PageContent.unread } ?? false }

    /// Why the byte at a guest physical address is not known; nil where it is.
    public func gap(at address: UInt64) -> MemoryGap? {
        guard let page = pages[address >> 12] else { return slot(containing: address) == nil ? .noSlot : nil }
        guard page.byte(at: Int(address & 4095)) == nil else { return nil }
        return page.isDamaged ? .damaged : .leftOut
    }

    /// The first gap in a range of guest physical addresses.
    public func gap(in address: UInt64, count: Int) -> MemoryGap? {
        for offset in 0..<UInt64(max(count, 0)) { if let gap = gap(at: address &+ offset) { return gap } }
        return nil
    }

    /// The byte at a guest physical address; nil where no slot is, or the page was not read.
    public subscript(address: UInt64) -> UInt8? {
        if let page = pages[address >> 12] { return page.byte(at: Int(address & 4095)) }
        return slot(containing: address) == nil ? nil : 0
    }

    /// `count` bytes from a guest physical address; shorter where what is known ends.
    public func bytes(at address: UInt64, count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(max(count, 0))
        for offset in 0..<UInt64(max(count, 0)) {
            guard let byte = self[address &+ offset] else { break }
            result.append(byte)
        }
        return result
    }

    /// A little-endian number of 1 to 8 bytes; nil where a byte of it is in no slot or was not read.
    public func word(at address: UInt64, size: Int) -> UInt64? {
        let size = min(max(size, 1), 8)
        let inPage = Int(address & 4095)
        if inPage + size <= 4096 {
            guard let page = pages[address >> 12] else { return slot(containing: address) == nil ? nil : 0 }
            let bytes = page.bytes
            guard inPage + size <= bytes.count else { return nil }
            var value: UInt64 = 0
            for index in stride(from: inPage + size - 1, through: inPage, by: -1) {
                value = value << 8 | UInt64(bytes[index])
            }
            return value
        }
        var value: UInt64 = 0
        for offset in (0..<UInt64(size)).reversed() {
            guard let byte = self[address &+ offset] else { return nil }
            value = value << 8 | UInt64(byte)
        }
        return value
    }

    /// True when the newest reading changed the byte at this address.
    public func hasChanged(_ address: UInt64) -> Bool {
        guard let before = changed[address >> 12], let now = pages[address >> 12] else { return false }
        let index = Int(address & 4095)
        // A page that was never read before held zeros.
        guard let old = before.map({ $0.byte(at: index) }) ?? 0, let new = now.byte(at: index) else { return false }
        return old != new
    }
}

extension MemoryImage {
    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.list(&slots)
        try coder.dictionary(&pages, as: MemoryPage.init) { ($0.frame, $0.content) }
        readCount = pages.values.count { $0 !== PageContent.unread }
        try coder.dictionary(&changed, as: ReplacedPage.init) { ($0.frame, $0.before) }
    }
}
