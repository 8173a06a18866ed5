/// How much of a row or column of panes one of them takes.
public enum Extent: Hashable, Sendable {
    /// So many cells.
    case fixed(Int)
    /// So many cells, and a share of what is left over.
    case min(Int)
    /// A part of the whole, as `ratio(1, 3)`.
    case ratio(Int, Int)
    /// A share of what is left over, in proportion to the weight.
    case fill(Int)
}

extension Rect {
    /// Cuts into rows from top to bottom; see `columns`.
    public func rows(_ extents: [Extent], gap: Int = 0) -> [Rect] {
        Self.cut(height, extents, gap: gap).map { Rect(x: x, y: y + $0.start, width: width, height: $0.length) }
    }

    /// Cuts into columns from left to right, one per extent.
    ///
    /// The result depends on the size and the extents alone, so that panes do not move when their content changes.
    /// Pieces never overlap; with a `min` or `fill` among them they fill the whole. Where there is too little room the
    /// last ones shrink first, down to nothing.
    public func columns(_ extents: [Extent], gap: Int = 0) -> [Rect] {
        Self.cut(width, extents, gap: gap).map { Rect(x: x + $0.start, y: y, width: $0.length, height: height) }
    }

    private static func cut(_ whole: Int, _ extents: [Extent], gap: Int) -> [(start: Int, length: Int)] {
        guard !extents.isEmpty else { return [] }
        let gap = Swift.min(Swift.max(0, gap), whole)
        let room = Swift.max(0, whole - Swift.min(gap.multipliedClamped(by: extents.count - 1), whole))
        var lengths = extents.map { extent in
            switch extent {
            case .fixed(let cells), .min(let cells): Swift.max(0, Rect.clamped(cells))
            case .ratio(let part, let of):
                of > 0 && part > 0 ? Int(Double(room) * Swift.min(1, Double(part) / Double(of))) : 0
            case .fill: 0
            }
        }
        var over = lengths.reduce(0, +) - room
        for index in lengths.indices.reversed() where over > 0 {
            let taken = Swift.min(over, lengths[index])
            lengths[index] -= taken
            over -= taken
        }
        let weights = extents.map { extent in
            switch extent {
            case .fixed, .ratio: 0
            case .min: 1
            case .fill(let weight): Swift.min(Swift.max(0, weight), 1000)
            }
        }
        let total = weights.reduce(0, +)
        if over < 0, total > 0 {
            // Cumulative rounding: the shares always add up to what is left.
            var before = 0
            for index in lengths.indices {
                let after = before + weights[index]
                lengths[index] += -over * after / total - -over * before / total
                before = after
            }
        }
        var start = 0
        return lengths.map { length in
            defer { start = Swift.min(whole, start + length + gap) }
            return (start, length)
        }
    }
}

extension Int {
    fileprivate func multipliedClamped(by other: Int) -> Int {
        let (value, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : value
    }
}
