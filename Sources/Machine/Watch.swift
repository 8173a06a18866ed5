/// Bytes of guest memory whose change is waited for.
public struct Watch: Sendable, Equatable {
    /// As the person named it.
    public var address: UInt64
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

    public init(address: UInt64, places: [Place]) {
        self.address = address
        self.places = places
    }

    func values(in memory: GuestMemory) -> [UInt64?] {
        places.map { memory.word(at: $0.address, size: min($0.size, 8)) }
    }
}

/// A watched place that changed.
public struct WatchHit: Sendable, Equatable {
    public var address: UInt64
    /// Bytes as little-endian numbers, part by part.
    public var before: [UInt64?]
    public var after: [UInt64?]
    /// Linear address of the instruction that did it; nil where more than one may have run.
    public var instruction: UInt64?
    /// Instructions that were stepped over in this order, none of which is listed.
    public var steps: Int
}

/// Compares what is watched, step by step.
struct WatchState {
    private let watches: [Watch]
    private var values: [[UInt64?]]
    private(set) var steps = 0

    init(_ watches: [Watch], _ memory: GuestMemory) {
        self.watches = watches
        values = watches.map { $0.values(in: memory) }
    }

    var isEmpty: Bool { watches.isEmpty }

    mutating func step() { steps += 1 }

    /// The first that is not as it was; what it is now counts from here on.
    mutating func hit(in memory: GuestMemory, by instruction: UInt64?) -> WatchHit? {
        var hit: WatchHit?
        for (index, watch) in watches.enumerated() {
            let now = watch.values(in: memory)
            guard now != values[index] else { continue }
            hit =
                hit
                ?? WatchHit(
                    address: watch.address, before: values[index], after: now, instruction: instruction, steps: steps)
            values[index] = now
        }
        return hit
    }
}
