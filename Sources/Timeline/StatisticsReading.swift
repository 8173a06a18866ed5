/// What KVM's binary statistics of one vCPU said at a stop, as far as it differs from the reading before.
///
/// KVM API document, KVM_GET_STATS_FD. Counts without order or time; the first reading names all counters.
public struct StatisticsReading: Sendable, Equatable, Codable {
    /// One counter with its new value.
    public struct Counter: Sendable, Equatable, Codable {
        /// As the kernel names it: `exits`, `io_exits`, `insn_emulation`, …
        public var name: String
        /// Since the vCPU was made; of a histogram the sum of its counts.
        public var value: UInt64
        /// New value less old one; negative where a value that is no count fell.
        public var difference: Int64

        public init(name: String, value: UInt64, difference: Int64) {
            self.name = name
            self.value = value
            self.difference = difference
        }
    }

    public var vcpu: Int
    /// In the kernel's order.
    public var counters: [Counter]

    public init(vcpu: Int, counters: [Counter]) {
        self.vcpu = vcpu
        self.counters = counters
    }
}
