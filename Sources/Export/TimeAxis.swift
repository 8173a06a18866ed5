/// Time laid out from left to right, with long stretches in which nothing happened made short.
struct TimeAxis {
    /// A stretch of time that is drawn to scale.
    struct Piece {
        var times: ClosedRange<UInt64>
        var x: ClosedRange<Double>

        var span: UInt64 { times.upperBound - times.lowerBound }
    }

    /// How wide a stretch is drawn that was made short.
    static let breakWidth = 44.0
    private static let breakLimit = 6

    private(set) var pieces: [Piece] = []
    /// Left, right and length of what was made short.
    private(set) var breaks: [(x: ClosedRange<Double>, nanoseconds: UInt64)] = []

    /// - Parameter activity: stretches of time in which something happened, in any order.
    init(activity: [ClosedRange<UInt64>], x: ClosedRange<Double>) {
        let merged = Self.merged(activity)
        guard let first = merged.first, let last = merged.last else { return }
        let whole = last.upperBound - first.lowerBound
        let gaps = zip(merged, merged.dropFirst()).map { $1.lowerBound - $0.upperBound }
        let usual = gaps.sorted()[safe: gaps.count / 2] ?? 0
        // Long is what takes a good part of the drawing, and is far from usual.
        let long = gaps.enumerated().filter { $0.element > whole / 8 && $0.element / 8 > usual }
            .sorted { $0.element > $1.element }.prefix(Self.breakLimit).map(\.offset).sorted()
        var bounds: [ClosedRange<UInt64>] = []
        var begin = first.lowerBound
        for gap in long {
            bounds.append(begin...merged[gap].upperBound)
            begin = merged[gap + 1].lowerBound
        }
        bounds.append(begin...last.upperBound)
        lay(bounds, in: x)
    }

    private mutating func lay(_ bounds: [ClosedRange<UInt64>], in x: ClosedRange<Double>) {
        // A moment alone gets some room too.
        let least = 40.0
        let room =
            x.upperBound - x.lowerBound - Double(bounds.count - 1) * Self.breakWidth - Double(bounds.count) * least
        let total = bounds.reduce(0.0) { $0 + Double($1.upperBound - $1.lowerBound) }
        var left = x.lowerBound
        for (index, times) in bounds.enumerated() {
            let share =
                total > 0 ? Double(times.upperBound - times.lowerBound) / total : 1 / Double(bounds.count)
            let right = min(left + least + max(0, room) * share, x.upperBound)
            pieces.append(Piece(times: times, x: left...max(left, right)))
            left = right
            guard index + 1 < bounds.count else { break }
            breaks.append((left...left + Self.breakWidth, bounds[index + 1].lowerBound - times.upperBound))
            left += Self.breakWidth
        }
    }

    var begin: UInt64 { pieces.first?.times.lowerBound ?? 0 }

    /// Where a moment lies; one outside the axis at its nearest end.
    func x(of moment: UInt64) -> Double {
        guard let piece = pieces.last(where: { $0.times.lowerBound <= moment }) ?? pieces.first else { return 0 }
        guard piece.span > 0 else { return (piece.x.lowerBound + piece.x.upperBound) / 2 }
        let offset = Double(min(max(moment, piece.times.lowerBound), piece.times.upperBound) - piece.times.lowerBound)
        return piece.x.lowerBound + (piece.x.upperBound - piece.x.lowerBound) * offset / Double(piece.span)
    }

    /// Round moments at a readable distance, with what they are called, counted from the axis's begin.
    var ticks: [(x: Double, label: String)] {
        var ticks: [(Double, String)] = []
        for piece in pieces {
            let width = piece.x.upperBound - piece.x.lowerBound
            guard piece.span > 0, width >= 90 else {
                ticks.append((x(of: piece.times.lowerBound), Markup.duration(piece.times.lowerBound - begin)))
                continue
            }
            let step = Self.roundStep(atLeast: UInt64(Double(piece.span) * 90 / width))
            let from = piece.times.lowerBound - begin
            var moment = (from + step - 1) / step * step
            while moment <= piece.times.upperBound - begin {
                ticks.append((x(of: moment + begin), Markup.duration(moment)))
                guard moment <= .max - step else { break }
                moment += step
            }
        }
        return ticks
    }

    /// 1, 2 or 5 times a power of ten.
    private static func roundStep(atLeast least: UInt64) -> UInt64 {
        var power: UInt64 = 1
        while power < .max / 100 {
            for factor in [UInt64(1), 2, 5] where power * factor >= max(1, least) { return power * factor }
            power *= 10
        }
        return max(1, least)
    }

    private static func merged(_ ranges: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
        var result: [ClosedRange<UInt64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}

extension Array {
    subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
