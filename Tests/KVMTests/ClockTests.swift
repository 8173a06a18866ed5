import Testing

@testable import KVM

@Suite("The clock of KVM_RUN")
struct ClockTests {
    @Test("it is the monotonic clock, whether read from the counter or from the kernel")
    func agreement() {
        let end = MonotonicClock.nanoseconds + 60_000_000
        var newest: UInt64 = 0
        var (readings, apart, backwards) = (0, 0, 0)
        while case let before = MonotonicClock.nanoseconds, before < end {
            let counted = MonotonicClock.counted
            let after = MonotonicClock.nanoseconds
            // Either may be a moment ahead, but never by what matters between an exit and a tracepoint.
            if counted + 1000 < before || counted > after + 1000 { apart += 1 }
            if counted < newest { backwards += 1 }
            newest = counted
            readings += 1
        }
        #expect(readings > 0)
        #expect(apart == 0 && backwards == 0, "of \(readings)")
    }
}
