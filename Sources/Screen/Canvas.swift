/// The surface that a view draws on: a part of a grid with coordinates of its own.
///
/// A view draws within `bounds`, which always starts at 0, 0; what it draws beyond is cut off and never reaches the
/// neighbours.
public struct Canvas {
    public private(set) var grid: Grid
    /// Where local 0, 0 is in the grid.
    private var originX = 0
    private var originY = 0
    private var size: Rect
    /// In the grid's coordinates.
    private var clip: Rect

    public init(_ grid: Grid) {
        self.grid = grid
        size = grid.bounds
        clip = grid.bounds
    }

    /// The whole surface in its own coordinates.
    public var bounds: Rect { size }
    public var width: Int { size.width }
    public var height: Int { size.height }

    /// Draws on a part of the surface, whose upper left becomes 0, 0 meanwhile.
    public mutating func within(_ rect: Rect, _ body: (inout Canvas) -> Void) {
        let saved = (originX, originY, size, clip)
        originX = Rect.clamped(originX + rect.x)
        originY = Rect.clamped(originY + rect.y)
        size = Rect(width: rect.width, height: rect.height)
        clip = clip.intersection(Rect(x: originX, y: originY, width: rect.width, height: rect.height))
        body(&self)
        (originX, originY, size, clip) = saved
    }

    /// Writes text on one row from a place rightwards, in at most `width` columns and in no more than fits.
    ///
    /// - Returns: the columns that the text takes, to go on behind it; counted no further than the surface's edge.
    @discardableResult
    public mutating func put(_ text: String, x: Int, y: Int, _ style: Style = .normal, width: Int? = nil) -> Int {
        grid.put(text, x: absoluteX(x), y: absoluteY(y), style, width: width, clip: clip)
    }

    /// Writes a line; one that does not fit into `width` (or else the rest of the row) ends in `…`.
    @discardableResult
    public mutating func put(_ line: Line, x: Int, y: Int, width: Int? = nil, _ alignment: Alignment = .left) -> Int {
        let room = min(max(0, width ?? (size.width - Rect.clamped(x))), Grid.maximumWidth)
        let fitted = alignment == .left ? line.truncated(to: room) : line.padded(to: room, alignment)
        var column = Rect.clamped(x)
        for span in fitted.spans { column += put(span.text, x: column, y: y, span.style) }
        return column - Rect.clamped(x)
    }

    /// Writes lines downwards from a row, cut to the surface.
    public mutating func put(_ lines: some Sequence<Line>, x: Int = 0, y: Int = 0) {
        var row = Rect.clamped(y)
        for line in lines {
            if row >= size.height { break }
            if row >= 0 { put(line, x: x, y: row) }
            row += 1
        }
    }

    public mutating func fill(_ rect: Rect? = nil, _ cell: Cell = .blank) {
        grid.fill(absolute(rect ?? size), cell, clip: clip)
    }

    /// Changes how a part looks and leaves what is written there.
    public mutating func restyle(_ rect: Rect? = nil, _ change: (Style) -> Style) {
        grid.restyle(absolute(rect ?? size), clip: clip, change)
    }

    public mutating func blit(_ other: Grid, x: Int, y: Int) {
        grid.blit(other, x: absoluteX(x), y: absoluteY(y), clip: clip)
    }

    /// Shows the terminal's cursor at a place of this surface, if it is visible.
    public mutating func placeCursor(x: Int, y: Int) {
        let point = Point(absoluteX(x), absoluteY(y))
        if clip.contains(point) { grid.cursor = point }
    }

    /// Blank outside the surface.
    public subscript(x: Int, y: Int) -> Cell {
        get { clip.contains(Point(absoluteX(x), absoluteY(y))) ? grid[absoluteX(x), absoluteY(y)] : .blank }
        set { grid.write(newValue, absoluteX(x), absoluteY(y), clip: clip) }
    }

    /// The part of the surface that can be seen, in its own coordinates; loops need go no further.
    public var visible: Rect { clip.moved(x: -originX, y: -originY) }

    private func absoluteX(_ x: Int) -> Int { Rect.clamped(Rect.clamped(x) + originX) }
    private func absoluteY(_ y: Int) -> Int { Rect.clamped(Rect.clamped(y) + originY) }
    private func absolute(_ rect: Rect) -> Rect { rect.moved(x: originX, y: originY) }
}
