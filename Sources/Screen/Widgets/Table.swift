/// Rows under headings, which keep their columns' places whatever the rows hold.
///
/// Widths follow from the columns and the room alone. Where the room is short, the columns with the lowest priority go.
/// The first two cells of a row are its marks: `▸` for the selected, `•` for one that changed since the last stop.
public struct Table {
    public struct Column: Sendable {
        public var title: String
        /// The least width in cells, at least 1.
        public var width: Int
        /// Its share of the room that is left over; 0 keeps it at `width`.
        public var grow: Int
        public var alignment: Alignment
        /// The lowest goes first; of equals, the rightmost. The highest always stays.
        public var priority: Int
        public var truncation: Truncation

        public init(
            _ title: String, width: Int, grow: Int = 0, _ alignment: Alignment = .left, priority: Int = 0,
            truncation: Truncation = .end
        ) {
            self.title = title
            self.width = min(max(1, width), Grid.maximumWidth)
            self.grow = max(0, grow)
            self.alignment = alignment
            self.priority = priority
            self.truncation = truncation
        }
    }

    public struct Row: Sendable {
        public var cells: [Line]
        public var changed: Bool

        /// Missing cells stay empty, and those beyond the columns are not shown.
        public init(_ cells: [Line], changed: Bool = false) {
            self.cells = cells
            self.changed = changed
        }
    }

    public var columns: [Column]
    public var count: Int
    public var selection: Int?
    private let row: (Int) -> Row

    /// A table whose rows are made only as they are seen.
    public init(_ columns: [Column], count: Int, selection: Int? = nil, row: @escaping (Int) -> Row) {
        self.columns = columns
        self.count = max(0, count)
        self.selection = selection
        self.row = row
    }

    public init(_ columns: [Column], rows: [Row], selection: Int? = nil) {
        self.init(columns, count: rows.count, selection: selection) { rows[$0] }
    }

    /// The part of the table that a view of some height shows, moved so that the selection is in it.
    public func scroll(height: Int, offset: Int = 0) -> Scroll {
        Scroll(offset: offset, visible: height - 1, total: count).showing(selection)
    }

    /// Draws the headings and as many rows as fit, from the row at `offset`.
    public func draw(on canvas: inout Canvas, offset: Int = 0) {
        let layout = Layout(columns, room: canvas.width)
        canvas.put(layout.heading, x: 0, y: 0)
        for (y, index) in scroll(height: canvas.height, offset: offset).rows.enumerated() {
            canvas.put(layout.line(row(index), isSelected: index == selection), x: 0, y: y + 1)
            if index == selection {
                canvas.restyle(Rect(x: 0, y: y + 1, width: canvas.width, height: 1)) {
                    Style(.selection, $0.attributes)
                }
            }
        }
    }

    /// The whole table as lines, as wide as its content, for `--plain` and tests.
    public var lines: [Line] {
        let rows = (0..<count).map(row)
        var columns = self.columns
        for index in columns.indices {
            let content = rows.map { index < $0.cells.count ? $0.cells[index].width : 0 }.max() ?? 0
            columns[index].width = min(Grid.maximumWidth, max(Text.width(columns[index].title), content))
        }
        let layout = Layout(columns, room: nil)
        return [layout.heading] + rows.enumerated().map { layout.line($1, isSelected: $0 == selection) }
    }

    /// The indices of the columns that are shown in so much room, in their order.
    public func shownColumns(in room: Int) -> [Int] { Layout(columns, room: room).shown.map(\.index) }

    private struct Layout {
        static let gutter = 2
        var shown: [(index: Int, column: Column)]

        init(_ columns: [Column], room: Int?) {
            let room = room.map { max(0, Rect.clamped($0)) }
            shown = columns.enumerated().map { (index: $0, column: $1) }
            while let room, shown.count > 1, Self.needed(shown) > room {
                let lowest = shown.map(\.column.priority).min()
                guard let drop = shown.lastIndex(where: { $0.column.priority == lowest }) else { break }
                shown.remove(at: drop)
            }
            guard let room, !shown.isEmpty else { return }
            let left = room - Self.needed(shown)
            if left < 0 {
                shown[0].column.width = max(0, shown[0].column.width + left)
            } else {
                let weights = shown.map { min($0.column.grow, 1000) }
                let total = weights.reduce(0, +)
                var before = 0
                for index in shown.indices where total > 0 {
                    let after = before + weights[index]
                    shown[index].column.width += left * after / total - left * before / total
                    before = after
                }
            }
        }

        private static func needed(_ shown: [(index: Int, column: Column)]) -> Int {
            shown.reduce(gutter + max(0, shown.count - 1)) { $0 + $1.column.width }
        }

        var heading: Line {
            var line = Line("  ", .heading)
            for (place, item) in shown.enumerated() {
                if place > 0 { line.append(" ", .heading) }
                line += Line(item.column.title, .heading).padded(to: item.column.width, item.column.alignment)
            }
            return line
        }

        func line(_ row: Row, isSelected: Bool) -> Line {
            var line = Line(isSelected ? "▸" : " ", .emphasis)
            line.append(row.changed ? "•" : " ", row.changed ? .changed : .normal)
            for (place, item) in shown.enumerated() {
                if place > 0 { line.append(" ") }
                let cell = item.index < row.cells.count ? row.cells[item.index] : Line()
                line += cell.truncated(to: item.column.width, keeping: item.column.truncation)
                    .padded(to: item.column.width, item.column.alignment)
            }
            return line
        }
    }
}
