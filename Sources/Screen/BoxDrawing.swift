/// How a frame or a line is drawn; a terminal without such characters gets `+`, `-` and `|`.
public enum BoxStyle: Sendable {
    case single, rounded, double, heavy

    /// Upper left, upper right, lower right, lower left, horizontal, vertical.
    var parts: [Unicode.Scalar] {
        switch self {
        case .single: ["┌", "┐", "┘", "└", "─", "│"]
        case .rounded: ["╭", "╮", "╯", "╰", "─", "│"]
        case .double: ["╔", "╗", "╝", "╚", "═", "║"]
        case .heavy: ["┏", "┓", "┛", "┗", "━", "┃"]
        }
    }
}

/// Where a path ends in an arrow head.
public enum ArrowHead: Sendable {
    case none, end, start, both
}

/// Whether a path stands for something observed, or for what is only known to exist.
public enum Stroke: Sendable {
    case solid, dashed
}

/// The directions in which a line leaves a cell.
struct Arms: OptionSet, Hashable {
    let rawValue: Int
    static let north = Arms(rawValue: 1)
    static let east = Arms(rawValue: 2)
    static let south = Arms(rawValue: 4)
    static let west = Arms(rawValue: 8)

    static let horizontal: Arms = [.east, .west]
    static let vertical: Arms = [.north, .south]

    /// Indexed by `rawValue`; a lone arm is drawn through the whole cell.
    private static let light: [Unicode.Scalar] = [
        " ", "│", "─", "└", "│", "│", "┌", "├", "─", "┘", "─", "┴", "┐", "┤", "┬", "┼",
    ]

    var scalar: Unicode.Scalar { Self.light[rawValue & 15] }

    /// The arms of a light, rounded or dashed line character; none for any other.
    init(of scalar: Unicode.Scalar) {
        switch scalar {
        case "╭": self = [.east, .south]
        case "╮": self = [.west, .south]
        case "╯": self = [.west, .north]
        case "╰": self = [.east, .north]
        case "╌": self = .horizontal
        case "┆": self = .vertical
        case "─": self = .horizontal
        case "│": self = .vertical
        default:
            self.init(rawValue: scalar == " " ? 0 : Self.light.firstIndex(of: scalar) ?? 0)
        }
    }

    init(rawValue: Int) { self.rawValue = rawValue }
}

extension Canvas {
    /// Draws a frame along the edge of a rectangle and leaves its inside; nothing if it is smaller than 2×2.
    public mutating func box(_ rect: Rect, _ box: BoxStyle = .single, _ style: Style = .border) {
        guard rect.width >= 2, rect.height >= 2 else { return }
        let parts = box.parts.map { Cell(glyph: Glyph(base: $0, width: 1), style: style) }
        let right = rect.endX - 1
        let bottom = rect.endY - 1
        fill(Rect(x: rect.x + 1, y: rect.y, width: rect.width - 2, height: 1), parts[4])
        fill(Rect(x: rect.x + 1, y: bottom, width: rect.width - 2, height: 1), parts[4])
        fill(Rect(x: rect.x, y: rect.y + 1, width: 1, height: rect.height - 2), parts[5])
        fill(Rect(x: right, y: rect.y + 1, width: 1, height: rect.height - 2), parts[5])
        self[rect.x, rect.y] = parts[0]
        self[right, rect.y] = parts[1]
        self[right, bottom] = parts[2]
        self[rect.x, bottom] = parts[3]
    }

    public mutating func horizontalLine(x: Int, y: Int, width: Int, _ style: Style = .border) {
        fill(Rect(x: x, y: y, width: width, height: 1), Cell("─", style))
    }

    public mutating func verticalLine(x: Int, y: Int, height: Int, _ style: Style = .border) {
        fill(Rect(x: x, y: y, width: 1, height: height), Cell("│", style))
    }

    /// Draws a line from point to point, turning at right angles, with arrow heads.
    ///
    /// Where two points lie on neither one row nor one column, the line goes sideways first. With `joining`, it grows
    /// into the lines that it meets (`├`, `┼`); without, it passes over them.
    public mutating func path(
        _ points: [Point], _ style: Style = .border, head: ArrowHead = .end, stroke: Stroke = .solid,
        joining: Bool = true
    ) {
        let corners = Self.squared(points)
        guard let first = corners.first, let last = corners.last, corners.count > 1 else { return }
        let area = visible
        var arms: [Point: Arms] = [:]
        for (from, to) in zip(corners, corners.dropFirst()) {
            // Only what can be seen is walked, however far away the ends are.
            if from.y == to.y {
                let (left, right) = (min(from.x, to.x), max(from.x, to.x))
                for x in Self.steps(max(left, area.x), min(right, area.endX - 1)) {
                    arms[Point(x, from.y), default: []].formUnion(x > left ? .west : [])
                    arms[Point(x, from.y), default: []].formUnion(x < right ? .east : [])
                }
            } else {
                let (top, bottom) = (min(from.y, to.y), max(from.y, to.y))
                for y in Self.steps(max(top, area.y), min(bottom, area.endY - 1)) {
                    arms[Point(from.x, y), default: []].formUnion(y > top ? .north : [])
                    arms[Point(from.x, y), default: []].formUnion(y < bottom ? .south : [])
                }
            }
        }
        for (point, own) in arms where area.contains(point) {
            let met = joining ? Arms(of: self[point.x, point.y].scalar) : []
            var scalar = own.union(met).scalar
            if stroke == .dashed, met.isEmpty {
                if scalar == "─" { scalar = "╌" } else if scalar == "│" { scalar = "┆" }
            }
            self[point.x, point.y] = Cell(glyph: Glyph(base: scalar, width: 1), style: style)
        }
        if head == .end || head == .both { arrowHead(at: last, from: corners[corners.count - 2], style) }
        if head == .start || head == .both { arrowHead(at: first, from: corners[1], style) }
    }

    private mutating func arrowHead(at point: Point, from: Point, _ style: Style) {
        let scalar: Unicode.Scalar =
            if point.x > from.x { "▶" } else if point.x < from.x { "◀" } else if point.y > from.y { "▼" } else { "▲" }
        self[point.x, point.y] = Cell(glyph: Glyph(base: scalar, width: 1), style: style)
    }

    private static func steps(_ from: Int, _ to: Int) -> Range<Int> { from <= to ? from..<(to + 1) : 0..<0 }

    /// The points without repeats, and with a corner put in where two are neither in one row nor in one column.
    private static func squared(_ points: [Point]) -> [Point] {
        var result: [Point] = []
        for point in points {
            if let last = result.last {
                if last == point { continue }
                if last.x != point.x, last.y != point.y { result.append(Point(point.x, last.y)) }
            }
            result.append(point)
        }
        return result
    }
}
