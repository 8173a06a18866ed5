/// One measured thing with what it is held against.
struct BenchFigure {
    enum Verdict: String {
        case met, missed
    }

    /// What is asked of the figure.
    enum Goal {
        /// Nanoseconds that each exit may cost beyond the C loop.
        case beyond(Double)
        /// The C loop's time as a part of this one's.
        case ratio(Double)
        /// Milliseconds.
        case within(Double)
        /// Growth from the middle of a run to its end, as a factor.
        case growth(Double)
        /// Of memory.
        case megabytes(Double)

        var text: String {
            switch self {
            case .beyond(let limit): "≤ \(fixed(limit, 0)) ns more"
            case .ratio(let limit): "≥ \(fixed(limit, 1)) of C"
            case .within(let limit): "≤ \(fixed(limit, 1)) ms"
            case .megabytes(let limit): "≤ \(fixed(limit, 0)) MB"
            case .growth(let limit): "≤ ×\(fixed(limit, 2)) growth"
            }
        }
    }

    var section: String
    var name: String
    var value: Double
    var unit: String
    /// Nanoseconds of processor time more than the C loop's, the median of each round's difference.
    var beyond: Double?
    /// The C loop's processor time divided by this one's.
    var ratio: Double?
    var growth: Double?
    var goal: Goal?

    var verdict: Verdict? {
        switch goal {
        case .beyond(let limit): beyond.map { $0 <= limit ? .met : .missed }
        case .ratio(let limit): ratio.map { $0 >= limit ? .met : .missed }
        case .within(let limit), .megabytes(let limit): value <= limit ? .met : .missed
        case .growth(let limit): growth.map { $0 <= limit ? .met : .missed }
        case nil: nil
        }
    }

    /// Fewer digits for larger numbers: none of these figures is better than a percent or so.
    var valueText: String { "\(fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0)) \(unit)" }

    var json: JSON {
        func optional(_ value: Double?, _ digits: Int) -> JSON { value.map { .decimal($0, digits: digits) } ?? .null }
        return .object([
            ("section", .string(section)), ("name", .string(name)), ("value", .decimal(value, digits: 3)),
            ("unit", .string(unit)), ("beyondNanoseconds", optional(beyond, 1)), ("ratioToC", optional(ratio, 4)),
            ("growth", optional(growth, 3)), ("goal", .optional(goal?.text)), ("verdict", .optional(verdict?.rawValue)),
        ])
    }
}

extension [Double] {
    /// The middle value; the mean of the two middle ones of an even count; not a number where there are none.
    var median: Double {
        guard !isEmpty else { return .nan }
        let sorted = sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
