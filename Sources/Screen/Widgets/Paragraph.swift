/// Prose that is broken anew for each width.
public struct Paragraph: Sendable {
    public var lines: [Line]

    public init(_ lines: [Line]) { self.lines = lines }

    /// The rows at a width; lines that begin with a bullet or number hang under their text.
    public func rows(width: Int) -> [Line] {
        lines.flatMap { $0.wrapped(to: width, indent: Self.hang($0)) }
    }

    /// Draws from a row of the broken text on.
    public func draw(on canvas: inout Canvas, offset: Int = 0) {
        let rows = rows(width: canvas.width)
        canvas.put(rows[Scroll(offset: offset, visible: canvas.height, total: rows.count).rows])
    }

    /// The columns before the text of an item: its leading spaces, and a bullet or a number if there is one.
    private static func hang(_ line: Line) -> Int {
        let head = Array(line.plain.unicodeScalars.prefix(24))
        var at = 0
        while at < head.count, head[at] == " " { at += 1 }
        var end = at
        if end < head.count, "•-*".unicodeScalars.contains(head[end]) {
            end += 1
        } else {
            while end < head.count, (0x30...0x39).contains(head[end].value) { end += 1 }
            if end > at, end < head.count, head[end] == "." || head[end] == ")" { end += 1 } else { return at }
        }
        return end < head.count && head[end] == " " ? end + 1 : at
    }
}
