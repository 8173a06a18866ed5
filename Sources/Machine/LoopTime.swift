internal import Glibc
internal import KVM

/// How long a vCPU's thread was at something, by two clocks.
public struct LoopTime: Sendable, Equatable {
    /// Nanoseconds of the clock on the wall.
    public var wall: UInt64 = 0
    /// Nanoseconds in which the thread had a processor: what other programs took of the time is not in it.
    public var processor: UInt64 = 0

    public init() {}

    init(wall: UInt64, processor: UInt64) {
        self.wall = wall
        self.processor = processor
    }
}

/// Runs from its making.
struct StopWatch {
    private let wall = MonotonicClock.nanoseconds
    private let processor = Self.processorNanoseconds

    var time: LoopTime {
        LoopTime(wall: MonotonicClock.nanoseconds &- wall, processor: Self.processorNanoseconds &- processor)
    }

    private static var processorNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
