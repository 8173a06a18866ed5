/// Writes SVG elements one after another; text is escaped here and nowhere else.
struct SVGPen {
    private(set) var text = ""

    mutating func raw(_ markup: String) { text += markup + "\n" }

    mutating func rect(
        x: Double, y: Double, width: Double, height: Double, _ classes: String, radius: Double = 0, fill: String? = nil
    ) {
        text += "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(max(0, width)))\" height=\"\(n(max(0, height)))\""
        if radius > 0 { text += " rx=\"\(n(radius))\"" }
        if let fill { text += " fill=\"\(fill)\"" }
        text += " class=\"\(classes)\"/>\n"
    }

    mutating func line(_ points: [(Double, Double)], _ classes: String) {
        let path = points.enumerated().map { ($0.offset == 0 ? "M" : "L") + "\(n($0.element.0)) \(n($0.element.1))" }
        text += "<path d=\"\(path.joined())\" class=\"\(classes)\"/>\n"
    }

    mutating func polygon(_ points: [(Double, Double)], _ classes: String) {
        let list = points.map { "\(n($0.0)),\(n($0.1))" }.joined(separator: " ")
        text += "<polygon points=\"\(list)\" class=\"\(classes)\"/>\n"
    }

    /// - Parameter anchor: `start`, `middle` or `end`.
    mutating func write(_ words: String, x: Double, y: Double, _ classes: String = "", anchor: String = "start") {
        text += "<text x=\"\(n(x))\" y=\"\(n(y))\""
        if anchor != "start" { text += " text-anchor=\"\(anchor)\"" }
        if !classes.isEmpty { text += " class=\"\(classes)\"" }
        text += ">\(Markup.escaped(words))</text>\n"
    }

    /// Elements that belong together, with what a pointer on them, or a screen reader, says.
    mutating func group(_ title: String, _ body: (inout SVGPen) -> Void) {
        text += "<g><title>\(Markup.escaped(title))</title>\n"
        body(&self)
        text += "</g>\n"
    }

    private func n(_ value: Double) -> String { Markup.number(value) }
}
