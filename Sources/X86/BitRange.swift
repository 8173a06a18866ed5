/// A run of neighbouring bits, written as in the manuals: `47:39`, or `5` for a single bit.
public struct BitRange: Hashable, Sendable, CustomStringConvertible {
    /// The number of the most significant bit, 0 to 63.
    public let high: Int
    /// The number of the least significant bit, 0 to `high`.
    public let low: Int

    /// Bits `high` down to `low`; numbers outside 0 to 63 are brought to the nearest bit, and exchanged ends are put
    /// right.
    public init(_ high: Int, _ low: Int) {
        let ends = (min(max(high, 0), 63), min(max(low, 0), 63))
        self.high = max(ends.0, ends.1)
        self.low = min(ends.0, ends.1)
    }

    /// One bit by its number.
    public init(_ bit: Int) { self.init(bit, bit) }

    /// How many bits the run has, 1 to 64.
    public var width: Int { high - low + 1 }

    /// A word in which exactly these bits are set.
    public var mask: UInt64 { (UInt64.max >> UInt64(64 - width)) << UInt64(low) }

    /// The number that these bits of the word form.
    public func value(in word: UInt64) -> UInt64 { (word & mask) >> UInt64(low) }

    public var description: String { high == low ? "\(low)" : "\(high):\(low)" }
}

/// A word with bits `high` down to `low` set, and none where `high` is below `low` (a field of no width).
@inline(__always)
func bits(_ high: Int, _ low: Int) -> UInt64 {
    high < low ? 0 : (UInt64.max >> UInt64(63 &- high &+ low)) << UInt64(low)
}
