/// Bytes of guest memory whose change is waited for.
public struct Watch: Sendable, Equatable {
    /// As the person named it: a linear address.
    public var address: UInt64
    /// Bytes from there.
    public var size: Int
    /// Guest physical ranges of up to eight bytes, where the address led when the vCPU was let go.
    public var places: [Place]

    public struct Place: Sendable, Equatable {
        public var address: UInt64
        public var size: Int

        public init(address: UInt64, size: Int) {
            self.address = address
            self.size = size
        }
    }

    public init(address: UInt64, size: Int = 8, places: [Place]) {
        self.address = address
        self.size = size
        self.places = places
    }

    func values(in memory: GuestMemory) -> [UInt64?] {
        places.map { memory.word(at: $0.address, size: min($0.size, 8)) }
    }
}

/// A watched place that changed.
public struct WatchHit: Sendable, Equatable {
    /// How it was found, and so who did it.
    public enum Finding: Sendable, Equatable {
        /// By stepping: the linear address of the instruction, or nil where that is not known, and how many
        /// instructions were stepped over in this order, this one included; none of them is listed.
        case stepping(instruction: UInt64?, steps: Int)
        /// By a debug register: the linear address behind the instruction that wrote.
        case register(end: UInt64)
        /// At an exit, by comparing: some instruction before it, or the access itself.
        case exit
    }

    public var address: UInt64
    /// Bytes as little-endian numbers, part by part.
    public var before: [UInt64?]
    public var after: [UInt64?]
    public var found: Finding
}

/// Compares what is watched.
struct WatchState {
    private let watches: [Watch]
    private var values: [[UInt64?]]

    init(_ watches: [Watch], _ memory: GuestMemory) {
        self.watches = watches
        values = watches.map { $0.values(in: memory) }
    }

    var isEmpty: Bool { watches.isEmpty }

    /// The first that is not as it was; what it is now counts from here on.
    mutating func hit(in memory: GuestMemory, by finding: @autoclosure () -> WatchHit.Finding) -> WatchHit? {
        var hit: WatchHit?
        for (index, watch) in watches.enumerated() {
            let now = watch.values(in: memory)
            guard now != values[index] else { continue }
            hit = hit ?? WatchHit(address: watch.address, before: values[index], after: now, found: finding())
            values[index] = now
        }
        return hit
    }
}
