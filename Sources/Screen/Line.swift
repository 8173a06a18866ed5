/// A run of text in one style.
public struct Span: Hashable, Sendable {
    /// As it came; made safe when drawn or turned into plain text.
    public var text: String
    public var style: Style

    public init(_ text: String, _ style: Style = .normal) {
        self.text = Self.bounded(text)
        self.style = style
    }

    /// Bytes of a text that are laid out at most: no row shows more, and a stranger's file may have words without end.
    private static let longest = 1 << 14

    static func bounded(_ text: String) -> String {
        guard text.utf8.count > longest else { return text }
        return String(decoding: text.utf8.prefix(longest / 4), as: UTF8.self) + "…"
    }
}

/// One row of styled text: the form in which a pane's content reaches the grid, `--plain` and the tests alike.
public struct Line: Hashable, Sendable {
    public var spans: [Span]

    public init(spans: [Span] = []) { self.spans = spans }
    public init(_ text: String, _ style: Style = .normal) { spans = text.isEmpty ? [] : [Span(text, style)] }
    public init(_ first: Span, _ rest: Span...) { spans = [first] + rest }

    /// Columns that the line takes.
    public var width: Int { spans.reduce(0) { $0 + Text.width($1.text) } }

    public var isEmpty: Bool { spans.allSatisfy(\.text.isEmpty) }

    /// The text without styles, safe to print on a terminal or a pipe.
    public var plain: String {
        spans.count == 1 ? Text.sanitised(spans[0].text) : spans.reduce(into: "") { $0 += Text.sanitised($1.text) }
    }

    public mutating func append(_ text: String, _ style: Style = .normal) {
        guard !text.isEmpty else { return }
        if let last = spans.indices.last, spans[last].style == style {
            spans[last].text = Span.bounded(spans[last].text + text)
        } else {
            spans.append(Span(text, style))
        }
    }

    public static func + (left: Line, right: Line) -> Line { Line(spans: left.spans + right.spans) }
    public static func += (left: inout Line, right: Line) { left.spans += right.spans }

    /// The lines of a text of several, at `\n` or `\r\n`, with tabs widened to stops every eight columns.
    public static func lines(_ text: String, _ style: Style = .normal) -> [Line] {
        var lines: [Line] = []
        for part in text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            lines.append(Line(expandingTabs(String(part)), style))
        }
        return lines
    }

    private static func expandingTabs(_ text: String) -> String {
        guard text.utf8.contains(9) else { return text }
        var result = ""
        var column = 0
        for part in text.split(separator: "\t", omittingEmptySubsequences: false) {
            if !result.isEmpty || column > 0 {
                let stop = (column / 8 + 1) * 8
                result += String(repeating: " ", count: stop - column)
                column = stop
            } else if part.startIndex != text.startIndex {
                result += String(repeating: " ", count: 8)
                column = 8
            }
            result += part
            column += Text.width(String(part))
        }
        return result
    }

    /// The line in another style throughout.
    public func styled(_ style: Style) -> Line { Line(spans: spans.map { Span($0.text, style) }) }

    /// The line with the same attributes added to every run.
    public func with(_ attributes: Attributes) -> Line {
        Line(spans: spans.map { Span($0.text, $0.style.with(attributes)) })
    }

    /// The line with every place that reads like `needle` (ASCII letters of either case) in `style`, as a search
    /// marks it.
    public func marking(_ needle: String, _ style: Style) -> Line {
        let sought = Array(needle.unicodeScalars.map(Self.folded))
        guard !sought.isEmpty else { return self }
        let glyphs = styledGlyphs
        guard glyphs.count >= sought.count else { return self }
        let folded = glyphs.map { Self.folded($0.glyph.base) }
        var marked = glyphs
        var at = 0
        while at <= folded.count - sought.count {
            if folded[at..<(at + sought.count)].elementsEqual(sought) {
                for index in at..<(at + sought.count) { marked[index].style = style }
                at += sought.count
            } else {
                at += 1
            }
        }
        return Line(glyphs: marked)
    }

    private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        (0x41...0x5A).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
    }
}

extension Line: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self.init(value) }
}

/// A glyph with its style: a line taken apart to be cut by columns.
struct StyledGlyph {
    var glyph: Glyph
    var style: Style
}

extension Line {
    var styledGlyphs: [StyledGlyph] {
        var result: [StyledGlyph] = []
        for span in spans {
            for glyph in Glyphs(span.text) { result.append(StyledGlyph(glyph: glyph, style: span.style)) }
        }
        return result
    }

    init(glyphs: some Sequence<StyledGlyph>) {
        self.init()
        for item in glyphs {
            if let last = spans.indices.last, spans[last].style == item.style {
                item.glyph.append(to: &spans[last].text)
            } else {
                var text = ""
                item.glyph.append(to: &text)
                spans.append(Span(text, item.style))
            }
        }
    }
}
