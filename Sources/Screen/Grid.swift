/// A screen's worth of cells: what views draw and the terminal shows.
///
/// Any coordinates and sizes are allowed everywhere; what lies outside is not drawn. A wide character is either whole
/// or, where its other half is overwritten or cut off, a space.
public struct Grid: Hashable, Sendable {
    public static let maximumWidth = 2048
    public static let maximumHeight = 1024

    public let width: Int
    public let height: Int
    private(set) var cells: [Cell]
    /// Where the terminal's own cursor stands; hidden if nil.
    public var cursor: Point?

    /// Blank cells; sizes are brought into 0 to `maximumWidth` and `maximumHeight`.
    public init(width: Int, height: Int) {
        self.width = min(max(0, width), Self.maximumWidth)
        self.height = min(max(0, height), Self.maximumHeight)
        cells = Array(repeating: .blank, count: self.width * self.height)
    }

    /// Draws a whole grid at once.
    public init(width: Int, height: Int, _ draw: (inout Canvas) -> Void) {
        var canvas = Canvas(Grid(width: width, height: height))
        draw(&canvas)
        self = canvas.grid
    }

    public var bounds: Rect { Rect(width: width, height: height) }

    /// Outside the grid reading gives a blank and writing does nothing.
    public subscript(x: Int, y: Int) -> Cell {
        get { holds(x, y) ? cells[y * width + x] : .blank }
        set { write(newValue, Rect.clamped(x), Rect.clamped(y), clip: bounds) }
    }

    /// Draws over a part of the grid in coordinates that start at its upper left.
    public mutating func draw(in rect: Rect? = nil, _ body: (inout Canvas) -> Void) {
        var canvas = Canvas(self)
        // Only one reference to the cells may remain, or the first write copies them.
        self = Grid(width: 0, height: 0)
        canvas.within(rect ?? canvas.bounds, body)
        self = canvas.grid
    }

    /// Writes text from a place rightwards, in at most `width` columns; see `Canvas.put`.
    @discardableResult
    public mutating func put(_ text: String, x: Int, y: Int, _ style: Style = .normal, width: Int? = nil) -> Int {
        put(text, x: Rect.clamped(x), y: Rect.clamped(y), style, width: width, clip: bounds)
    }

    public mutating func fill(_ rect: Rect, _ cell: Cell = .blank) { fill(rect, cell, clip: bounds) }

    /// Copies another grid onto this one.
    public mutating func blit(_ other: Grid, x: Int, y: Int) {
        blit(other, x: Rect.clamped(x), y: Rect.clamped(y), clip: bounds)
    }

    /// The part of the grid in a rectangle, of the size of what both have in common.
    public func part(_ rect: Rect) -> Grid {
        let rect = rect.intersection(bounds)
        var part = Grid(width: rect.width, height: rect.height)
        part.blit(self, x: -rect.x, y: -rect.y)
        return part
    }

    /// The cells of a row; none outside the grid.
    public func row(_ y: Int) -> ArraySlice<Cell> {
        guard y >= 0, y < height else { return [] }
        return cells[(y * width)..<((y + 1) * width)]
    }

    func holds(_ x: Int, _ y: Int) -> Bool { x >= 0 && x < width && y >= 0 && y < height }
}

// Drawing under a clip, for Grid and Canvas alike.
extension Grid {
    /// Returns the columns that the text takes, at most `width`; counting stops at the clip's right edge.
    mutating func put(_ text: String, x: Int, y: Int, _ style: Style, width: Int?, clip: Rect) -> Int {
        let limit = min(max(0, width ?? Int.max), 1_000_000_000)
        guard y >= clip.y, y < clip.endY else { return 0 }
        var column = 0
        for glyph in Glyphs(text) {
            let next = column + Int(glyph.width)
            if next > limit { break }
            if x + column >= clip.endX { break }
            write(Cell(glyph: glyph, style: style), x + column, y, clip: clip)
            column = next
        }
        return column
    }

    mutating func write(_ cell: Cell, _ x: Int, _ y: Int, clip: Rect) {
        guard y >= clip.y, y < clip.endY else { return }
        if cell.glyph.width == 1 {
            if x >= clip.x, x < clip.endX { store(cell, x, y) }
            return
        }
        guard cell.glyph.width == 2 else { return }
        let space = Cell(glyph: .space, style: cell.style)
        let left = x >= clip.x && x < clip.endX
        let right = x + 1 >= clip.x && x + 1 < clip.endX
        switch (left, right) {
        case (true, true):
            store(cell, x, y)
            store(.covered(cell.style), x + 1, y)
            // Storing the right half freed what had been there, which is the left half just written.
            if holds(x, y), holds(x + 1, y) { cells[y * width + x] = cell }
        case (true, false): store(space, x, y)
        case (false, true): store(space, x + 1, y)
        case (false, false): break
        }
    }

    /// Overwrites one cell and turns the other half of a wide character that it cuts into a space.
    private mutating func store(_ cell: Cell, _ x: Int, _ y: Int) {
        guard holds(x, y) else { return }
        let index = y * width + x
        let old = cells[index].glyph.width
        if old == 0, x > 0 {
            cells[index - 1].glyph = .space
        } else if old == 2, x + 1 < width {
            cells[index + 1].glyph = .space
        }
        cells[index] = cell
    }

    mutating func fill(_ rect: Rect, _ cell: Cell, clip: Rect) {
        let area = rect.intersection(clip).intersection(bounds)
        // A wide character cannot tile an area of odd width.
        let cell = cell.glyph.width == 1 ? cell : Cell(glyph: .space, style: cell.style)
        for y in area.y..<area.endY {
            for x in area.x..<area.endX { store(cell, x, y) }
        }
    }

    mutating func restyle(_ rect: Rect, clip: Rect, _ change: (Style) -> Style) {
        let area = rect.intersection(clip).intersection(bounds)
        for y in area.y..<area.endY {
            for index in (y * width + area.x)..<(y * width + area.endX) {
                cells[index].style = change(cells[index].style)
            }
        }
    }

    mutating func blit(_ other: Grid, x: Int, y: Int, clip: Rect) {
        let area = Rect(x: x, y: y, width: other.width, height: other.height).intersection(clip).intersection(bounds)
        guard !area.isEmpty else { return }
        for row in area.y..<area.endY {
            // One cell to the left, for a wide character whose right half is in the area.
            for column in (area.x - 1)..<area.endX {
                write(other[column - x, row - y], column, row, clip: area)
            }
        }
    }

    /// Replaces every glyph in place; the replacement must be as wide.
    mutating func mapGlyphs(_ change: (Glyph) -> Glyph) {
        for index in cells.indices where cells[index].glyph.width > 0 {
            let new = change(cells[index].glyph)
            if new.width == cells[index].glyph.width {
                cells[index].glyph = new
            } else {
                write(Cell(glyph: new, style: cells[index].style), index % width, index / width, clip: bounds)
            }
        }
    }
}
