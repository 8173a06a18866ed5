/// Rows of which one may be selected, told by a `▸` before it.
public struct SelectionList {
    public var count: Int
    public var selection: Int?
    private let row: (Int) -> Line

    /// A list whose rows are made only as they are seen.
    public init(count: Int, selection: Int? = nil, row: @escaping (Int) -> Line) {
        self.count = max(0, count)
        self.selection = selection
        self.row = row
    }

    public init(_ rows: [Line], selection: Int? = nil) {
        self.init(count: rows.count, selection: selection) { rows[$0] }
    }

    /// The part of the list that a view of some height shows, moved so that the selection is in it.
    public func scroll(height: Int, offset: Int = 0) -> Scroll {
        Scroll(offset: offset, visible: height, total: count).showing(selection)
    }

    public func draw(on canvas: inout Canvas, offset: Int = 0) {
        for (y, index) in scroll(height: canvas.height, offset: offset).rows.enumerated() {
            canvas.put(line(index), x: 0, y: y)
            if index == selection {
                canvas.restyle(Rect(x: 0, y: y, width: canvas.width, height: 1)) { Style(.selection, $0.attributes) }
            }
        }
    }

    /// All rows with their marks, for `--plain` and tests.
    public var lines: [Line] { (0..<count).map(line) }

    private func line(_ index: Int) -> Line { Line(index == selection ? "▸ " : "  ") + row(index) }
}
