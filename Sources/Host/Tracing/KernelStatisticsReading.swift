/// The values of one VM's or vCPU's statistics at one moment.
public struct KernelStatisticsReading: Sendable {
    public let statistics: KernelStatistics
    private let bytes: [UInt8]

    init(_ statistics: KernelStatistics, bytes: [UInt8]) {
        self.statistics = statistics
        self.bytes = bytes
    }

    /// The values of a statistic by its index: one, or a histogram's counts.
    public func values(_ index: Int) -> [UInt64] {
        guard statistics.counters.indices.contains(index) else { return [] }
        return (0..<statistics.counters[index].size).map { word(index, $0) }
    }

    /// The value of a statistic by name, of a histogram the sum of its counts; nil where this kernel has it not.
    public subscript(name: String) -> UInt64? { statistics.index(of: name).map { total($0) } }

    /// All values by name, of histograms the sum of their counts.
    public var byName: [String: UInt64] {
        var result: [String: UInt64] = [:]
        for (index, counter) in statistics.counters.enumerated() { result[counter.name] = total(index) }
        return result
    }

    /// What differs from an earlier reading, in the kernel's order.
    public func changes(since earlier: KernelStatisticsReading) -> [Change] {
        // Readings are of the same layout when they come of the same object; others are compared by name.
        let isSame = earlier.statistics === statistics
        if isSame, earlier.bytes == bytes { return [] }
        return statistics.counters.indices.compactMap { index in
            let counter = statistics.counters[index]
            guard let other = isSame ? index : earlier.statistics.index(of: counter.name) else { return nil }
            let (before, after) = (earlier.values(other), values(index))
            guard before != after else { return nil }
            return Change(counter: counter, before: before, after: after)
        }
    }

    /// A statistic that is not what it was.
    public struct Change: Sendable, Equatable {
        public var counter: KernelStatistics.Counter
        /// One value, or a histogram's counts.
        public var before: [UInt64]
        public var after: [UInt64]

        /// After less before, of a histogram over all its counts; negative where an instant value fell.
        public var difference: Int64 {
            let (old, new) = (before.reduce(0, &+), after.reduce(0, &+))
            return Int64(bitPattern: new &- old)
        }
    }

    private func total(_ index: Int) -> UInt64 {
        (0..<statistics.counters[index].size).reduce(0) { $0 &+ word(index, $1) }
    }

    private func word(_ index: Int, _ part: Int) -> UInt64 {
        let offset = statistics.counters[index].offset + part * 8
        guard offset >= 0, offset + 8 <= bytes.count else { return 0 }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    }
}
