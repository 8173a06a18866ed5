/// Which part of a long content is seen: rows from `offset`, `visible` of `total`.
public struct Scroll: Hashable, Sendable {
    public let offset: Int
    public let visible: Int
    public let total: Int

    /// The offset is brought to where the view is as full as it can be.
    public init(offset: Int, visible: Int, total: Int) {
        // Far beyond any content, and sums stay within an integer.
        self.visible = min(max(0, visible), 1 << 60)
        self.total = min(max(0, total), 1 << 60)
        self.offset = min(max(0, offset), max(0, self.total - self.visible))
    }

    /// Moved as little as it takes to see a row.
    public func showing(_ row: Int?) -> Scroll {
        guard let row, row >= 0, visible > 0 else { return self }
        if row < offset { return Scroll(offset: row, visible: visible, total: total) }
        if row - visible >= offset { return Scroll(offset: row - visible + 1, visible: visible, total: total) }
        return self
    }

    /// Moved by rows, up if negative.
    public func moved(by rows: Int) -> Scroll {
        Scroll(offset: offset + Rect.clamped(rows), visible: visible, total: total)
    }

    /// The rows to draw.
    public var rows: Range<Int> { offset..<(offset + min(visible, total - offset)) }

    public var isNeeded: Bool { total > visible }

    /// The cells of a track of some length that the thumb fills: at least one, and at the ends only if nothing more is
    /// there.
    func thumb(length: Int) -> Range<Int> {
        guard isNeeded, length > 0 else { return 0..<0 }
        let size = min(length, max(1, Int(Double(length) * Double(visible) / Double(total))))
        let last = total - visible
        let room = length - size
        var start = Int((Double(offset) / Double(last) * Double(room)).rounded())
        if room > 1 {
            if offset > 0, start == 0 { start = 1 }
            if offset < last, start == room { start = room - 1 }
        }
        return start..<(start + size)
    }
}
