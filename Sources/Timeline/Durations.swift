internal import Histogram

/// How long something took, each time it happened: a histogram with two significant digits from 1 ns up.
///
/// HdrHistogram: its size depends on the range of the values and not on their number, so that a run of any length fits.
public struct Durations: Sendable {
    /// nil before the first; most of what can be measured never happens.
    private var histogram: Histogram<UInt32>?
    /// All together, in nanoseconds.
    public private(set) var total: UInt64 = 0
    public private(set) var count: UInt64 = 0

    public init() {}

    public mutating func record(_ nanoseconds: UInt64, times: Int = 1) {
        guard times > 0 else { return }
        if histogram == nil {
            histogram = Histogram(highestTrackableValue: 1 << 16, numberOfSignificantValueDigits: .two)
            histogram?.autoResize = true
        }
        // An hour and more is one value: no range beyond it is worth its memory. Only the step of the scale is kept,
        // as a recording keeps it, so that a replay shows the same.
        let value = min(max(nanoseconds, 1), 1 << 42)
        if let step = histogram?.highestEquivalentForValue(value) {
            _ = histogram?.record(step, count: UInt32(clamping: times))
        }
        total &+= nanoseconds &* UInt64(times)
        count += UInt64(times)
    }

    public mutating func add(_ other: Durations) {
        guard let theirs = other.histogram else { return }
        if histogram == nil {
            self = other
        } else {
            histogram?.add(theirs)
            total &+= other.total
            count += other.count
        }
    }

    /// The time that so many of a hundred did not exceed, to two digits; nil where nothing was recorded.
    public func percentile(_ percent: Double) -> UInt64? { histogram?.valueAtPercentile(percent) }

    /// The longest, to two digits.
    public var longest: UInt64? { histogram?.max }
}

extension Durations: Recordable {
    static var blank: Durations { Durations() }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        var (all, exact) = ([UInt64](), total)
        if !coder.isReading, let histogram {
            for value in histogram.recordedValues() { all += [value.value, UInt64(value.count)] }
        }
        try coder.list(&all)
        try coder.number(&exact)
        guard coder.isReading else { return }
        guard all.count.isMultiple(of: 2) else { throw .malformed }
        self = Durations()
        for index in stride(from: 0, to: all.count, by: 2) {
            guard let times = UInt32(exactly: all[index + 1]) else { throw .malformed }
            record(all[index], times: Int(times))
        }
        total = exact
    }
}
