/// A small generator of numbers with a seed, so that a failure can be repeated.
public struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number from 0 up to below the limit; 0 where there is no room for one.
    public mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<max(limit, 1), using: &self) }

    /// True once in so many times.
    public mutating func once(in times: UInt64) -> Bool { next() % max(times, 1) == 0 }
}
