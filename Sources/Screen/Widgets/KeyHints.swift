/// What a key does here, as the footer shows it.
public struct KeyHint: Hashable, Sendable {
    public var key: String
    public var label: String

    public init(_ key: String, _ label: String) {
        self.key = key
        self.label = label
    }

    fileprivate var line: Line { Line(Span(key, .key), Span(" " + label, .normal)) }
}

/// The footer of keys.
public struct KeyHints: Sendable {
    public var hints: [KeyHint]

    public init(_ hints: [KeyHint]) { self.hints = hints }

    /// As many hints as fit whole, in their order: the first are the ones that matter most.
    public func line(width: Int) -> Line {
        var line = Line()
        var used = 0
        for hint in hints {
            let next = hint.line
            let gap = used == 0 ? 0 : 2
            guard used + gap + next.width <= width else { continue }
            if gap > 0 { line.append("  ") }
            line += next
            used += gap + next.width
        }
        return line
    }

    public func draw(on canvas: inout Canvas) { canvas.put(line(width: canvas.width), x: 0, y: 0) }
}
