/// The bytes of one page of guest memory at one moment; never changed, so that all snapshots that hold it share it.
public final class GuestPage: Sendable, Hashable {
    /// 4096 bytes.
    public let bytes: [UInt8]
    private let digest: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        digest = bytes.hashValue
    }

    public static func == (a: GuestPage, b: GuestPage) -> Bool {
        a === b || (a.digest == b.digest && a.bytes == b.bytes)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

/// Guest memory by page frame; a page of zeros is not there.
///
/// Two levels, so that a copy shares all but the groups that were changed since.
public struct GuestPages: Sendable {
    private static let groupSize = 64
    /// Empty for a group whose pages are all zeros.
    private var groups: [[GuestPage?]]
    /// Pages of memory beyond, in slots that were added.
    private var others: [UInt64: GuestPage] = [:]
    /// How many pages hold something.
    public private(set) var count = 0

    /// Zeros throughout.
    init(frames: Int) {
        groups = Array(repeating: [], count: (max(frames, 0) + Self.groupSize - 1) / Self.groupSize)
    }

    /// The page of a frame; nil for zeros.
    public internal(set) subscript(frame: UInt64) -> GuestPage? {
        get {
            let (group, place) = frame.quotientAndRemainder(dividingBy: UInt64(Self.groupSize))
            guard group < UInt64(groups.count) else { return others[frame] }
            guard !groups[Int(group)].isEmpty else { return nil }
            return groups[Int(group)][Int(place)]
        }
        set {
            let (group, place) = frame.quotientAndRemainder(dividingBy: UInt64(Self.groupSize))
            guard group < UInt64(groups.count) else {
                let before = others[frame]
                others[frame] = newValue
                count += (newValue == nil ? 0 : 1) - (before == nil ? 0 : 1)
                return
            }
            if groups[Int(group)].isEmpty {
                guard newValue != nil else { return }
                groups[Int(group)] = Array(repeating: nil, count: Self.groupSize)
            }
            count += (newValue == nil ? 0 : 1) - (groups[Int(group)][Int(place)] == nil ? 0 : 1)
            groups[Int(group)][Int(place)] = newValue
        }
    }

    /// Frames whose pages are not the same, in order.
    public func frames(differingFrom other: GuestPages) -> [UInt64] {
        var frames: [UInt64] = []
        for index in 0..<max(groups.count, other.groups.count) {
            let mine = index < groups.count ? groups[index] : []
            let others = index < other.groups.count ? other.groups[index] : []
            if mine.isEmpty && others.isEmpty || Self.isShared(mine, others) { continue }
            for place in 0..<Self.groupSize {
                let (a, b) = (mine.isEmpty ? nil : mine[place], others.isEmpty ? nil : others[place])
                if a !== b, a != b { frames.append(UInt64(index * Self.groupSize + place)) }
            }
        }
        if !others.isEmpty || !other.others.isEmpty {
            frames += Set(others.keys).union(other.others.keys).filter { others[$0] != other.others[$0] }.sorted()
        }
        return frames
    }

    /// Frames that hold something, with their pages, in order.
    public var all: [(frame: UInt64, page: GuestPage)] {
        groups.enumerated().flatMap { index, group in
            group.enumerated().compactMap { place, page in
                page.map { (UInt64(index * Self.groupSize + place), $0) }
            }
        } + others.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Whether two arrays are one object, so that nothing in them need be compared.
    private static func isShared(_ a: [GuestPage?], _ b: [GuestPage?]) -> Bool {
        a.withUnsafeBufferPointer { first in
            b.withUnsafeBufferPointer { first.baseAddress == $0.baseAddress && first.count == $0.count }
        }
    }
}
