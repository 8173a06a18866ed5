import Screen
import Timeline

/// Boxes, questions and arrows of the flowchart, with the marks for what is lit, last and not observed.
struct FlowchartPen {
    let facts: FlowchartFacts
    var canvas: Canvas

    /// A node: its name centred, and under it the vCPUs that are there, or in its upper edge where there is no row for
    /// them. A lit node has a heavy frame.
    mutating func box(_ node: FlowNode, _ rect: Rect, _ names: [String], _ column: Style) {
        let badges = facts.badges(at: node, width: rect.width - 2)
        let isLit = !badges.isEmpty
        canvas.box(rect, isLit ? .heavy : .single, isLit ? .lit : column)
        let hasRow = rect.height - 2 > names.count
        if !hasRow { canvas.put(badges, x: rect.x + 1, y: rect.y, Style.lit.bold) }
        let content = hasRow ? names + [badges] : names
        let top = rect.y + 1 + max(0, (rect.height - 2 - content.count) / 2)
        for (row, text) in content.enumerated() where top + row < rect.endY - 1 {
            canvas.put(
                Line(text, isLit ? Style.lit.bold : .normal), x: rect.x + 1, y: top + row, width: rect.width - 2,
                .center)
        }
    }

    /// A question, drawn as the upper and lower half of a diamond, or as the upper alone where it has but one row.
    mutating func question(_ node: FlowNode, _ rect: Rect, _ text: String, _ under: String, _ column: Style) {
        let badges = facts.badges(at: node, width: rect.width - 4)
        let style: Style = badges.isEmpty ? column : .lit
        for (row, ends) in [("╱", "╲"), ("╲", "╱")].prefix(rect.height).enumerated() {
            canvas.put(ends.0, x: rect.x, y: rect.y + row, style)
            canvas.put(ends.1, x: rect.endX - 1, y: rect.y + row, style)
        }
        canvas.put(Line(text), x: rect.x + 1, y: rect.y, width: rect.width - 2, .center)
        guard rect.height > 1 else {
            if !badges.isEmpty { canvas.put(badges, x: rect.endX, y: rect.y, Style.lit.bold) }
            return
        }
        canvas.put(
            badges.isEmpty ? Line(under, .dim) : Line(badges, Style.lit.bold), x: rect.x + 1, y: rect.y + 1,
            width: rect.width - 2, .center)
    }

    /// An arrow: dashed where nobody has seen it taken, heavy where it was the last one.
    mutating func arrow(_ arrow: FlowArrow, _ points: [Point], head: ArrowHead = .end) {
        let isLast = facts.last == arrow
        let isKnown = facts.count(arrow) != .unknown
        canvas.path(
            points, isLast ? .accent : isKnown ? .normal : .dim, head: head, stroke: isKnown ? .solid : .dashed,
            joining: true)
        guard isLast else { return }
        for point in Self.cells(points) {
            let cell = canvas[point.x, point.y]
            if let heavy = Self.heavy[cell.scalar] { canvas[point.x, point.y] = Cell(heavy, .accent) }
        }
    }

    /// The way out to user space, which I/O and other reasons share.
    mutating func wayOut(_ points: [Point]) { arrow(facts.last == .otherYes ? .otherYes : .ioYes, points) }

    /// How often an arrow was taken, `×12•`; a question mark where that is not known.
    ///
    /// - Parameter withOthers: adds how many came the same way and were no I/O, as in `×12 +3`.
    mutating func label(
        _ arrow: FlowArrow, x: Int, y: Int, width: Int, _ alignment: Alignment = .center, naming name: String = "",
        withOthers: Bool = false
    ) {
        let count = facts.count(arrow)
        var line: Line
        switch count {
        case .unknown: line = Line("?", .warning)
        case .counted:
            let text = count.text
            line = Line((text.count + 1 <= width ? "#" : "") + text, .warning)
        case .known(let number):
            let text = Figure.count(number)
            // What has a name and no room for it is added to the count above.
            let hasName = !name.isEmpty && name.count + text.count + 2 <= width
            let sign = text.count + 2 > width ? "" : name.isEmpty || hasName ? "×" : "+"
            line = Line(hasName ? name : "", .dim)
            line.append(sign + text, facts.last == arrow ? .accent : .normal)
            if facts.moved.contains(arrow) { line.append(PaneText.mark, .changed) }
            if withOthers, case .known(let others) = facts.count(.otherYes), others > 0 {
                line.append(" +\(Figure.count(others))", facts.last == .otherYes ? .accent : .dim)
                if facts.moved.contains(.otherYes) { line.append(PaneText.mark, .changed) }
            }
        }
        let column: Int =
            switch alignment {
            case .left: x
            case .center: x + max(0, width - line.width) / 2
            case .right: x + max(0, width - line.width)
            }
        canvas.put(line, x: column, y: y, width: width)
    }

    private static let heavy: [Unicode.Scalar: String] = [
        "─": "━", "│": "┃", "┌": "┏", "┐": "┓", "└": "┗", "┘": "┛", "├": "┣", "┤": "┫", "┬": "┳", "┴": "┻", "┼": "┿",
    ]

    private static func cells(_ points: [Point]) -> [Point] {
        zip(points, points.dropFirst()).flatMap { from, to in
            let (dx, dy) = ((to.x - from.x).signum(), (to.y - from.y).signum())
            let steps = max(abs(to.x - from.x), abs(to.y - from.y))
            return (0...steps).map { Point(from.x + dx * $0, from.y + dy * $0) }
        }
    }
}
