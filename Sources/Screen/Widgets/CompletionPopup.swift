/// A framed list of what could be typed next, over or under the place where it would go.
public struct CompletionPopup: Sendable {
    public struct Item: Hashable, Sendable {
        public var text: String
        /// What it means, in a few words.
        public var detail: String

        public init(_ text: String, _ detail: String = "") {
            self.text = text
            self.detail = detail
        }
    }

    public var items: [Item]
    public var selection: Int?
    /// Rows without the frame.
    public var maximumRows: Int

    public init(_ items: [Item], selection: Int? = nil, maximumRows: Int = 8) {
        self.items = items
        self.selection = selection
        self.maximumRows = max(1, maximumRows)
    }

    /// Where the popup goes for an input at `anchor`: above it if there is more room there, never over its row.
    public func place(in bounds: Rect, anchor: Point) -> Rect {
        let above = anchor.y - bounds.y
        let below = bounds.endY - anchor.y - 1
        let wanted = min(items.count, maximumRows) + 2
        let height = max(0, min(wanted, max(above, below)))
        let width = min(bounds.width, textWidth + detailWidth + 4)
        let x = max(bounds.x, min(anchor.x, bounds.endX - width))
        let y = below >= wanted || below >= above ? anchor.y + 1 : anchor.y - height
        return Rect(x: x, y: y, width: width, height: height)
    }

    /// Draws the popup over what is there; nothing if there are no items or less than three rows of room.
    public func draw(on canvas: inout Canvas, anchor: Point) {
        let rect = place(in: canvas.bounds, anchor: anchor)
        guard !items.isEmpty, rect.height >= 3 else { return }
        let list = SelectionList(count: items.count, selection: selection) { index in
            var line = Line(items[index].text, .emphasis).padded(to: textWidth)
            if !items[index].detail.isEmpty { line += Line("  " + items[index].detail, .dim) }
            return line
        }
        let scroll = list.scroll(height: rect.height - 2)
        Pane("", scroll: scroll).draw(on: &canvas, in: rect) { canvas in
            list.draw(on: &canvas, offset: scroll.offset)
        }
    }

    private var textWidth: Int { min(40, items.map { Text.width($0.text) }.max() ?? 0) }

    private var detailWidth: Int {
        let widest = items.map { Text.width($0.detail) }.max() ?? 0
        return widest == 0 ? 0 : min(60, widest) + 2
    }
}
