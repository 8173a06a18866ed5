import Lesson
import Screen

/// A lesson's text as rows of styled words.
struct Prose {
    let width: Int

    func lines(_ blocks: [TextBlock]) -> [Line] {
        var lines: [Line] = []
        for block in blocks {
            if !lines.isEmpty { lines.append(Line()) }
            lines += self.lines(block)
        }
        return lines
    }

    func lines(_ block: TextBlock) -> [Line] {
        switch block {
        case .heading(_, let spans): return wrapped(spans, .heading)
        case .paragraph(let spans): return wrapped(spans)
        case .code(_, let text): return code(text)
        case .quote(let blocks):
            return Prose(width: max(1, width - 2)).lines(blocks).map { Line("│ ", .border) + $0 }
        case .list(let list): return self.list(list)
        case .rule: return [Line(String(repeating: "─", count: max(0, width)), .border)]
        }
    }

    /// Spans broken at spaces; a line break that the writer asked for begins a new row.
    func wrapped(_ spans: [TextSpan], _ style: Style = .normal) -> [Line] {
        var paragraphs = [Line()]
        add(spans, style, to: &paragraphs)
        return paragraphs.flatMap { $0.wrapped(to: max(1, width)) }
    }

    private func add(_ spans: [TextSpan], _ style: Style, to lines: inout [Line]) {
        for span in spans {
            switch span {
            case .text(let text): lines[lines.count - 1].append(text, style)
            case .code(let text): lines[lines.count - 1].append(text, Style(.code, style.attributes))
            case .emphasis(let inner): add(inner, style.italic, to: &lines)
            case .strong(let inner):
                add(inner, Style(style.role == .normal ? .emphasis : style.role, style.attributes).bold, to: &lines)
            case .link(let inner, let target):
                add(inner, Style(.link, style.attributes).underlined, to: &lines)
                // A link cannot be followed here, so that its target is said.
                if inner.plain != target, !target.isEmpty { lines[lines.count - 1].append(" <\(target)>", .dim) }
            case .softBreak: lines[lines.count - 1].append(" ", style)
            case .lineBreak: lines.append(Line())
            }
        }
    }

    /// Lines as they stand, set off by two columns; what is too long goes on in the next row, further to the right.
    private func code(_ text: String) -> [Line] {
        var text = text
        if text.hasSuffix("\n") { text.removeLast() }
        return Line.lines(text, .code).flatMap { (Line("  ") + $0).wrapped(to: max(1, width), indent: 6) }
    }

    private func list(_ list: TextList) -> [Line] {
        var lines: [Line] = []
        let last = (list.start ?? 0) &+ list.items.count
        let markWidth = list.start == nil ? 2 : "\(last)".count + 2
        for (index, item) in list.items.enumerated() {
            if !list.isTight, index > 0 { lines.append(Line()) }
            let mark = list.start.map { "\($0 &+ index)." } ?? "•"
            let inner = Prose(width: max(1, width - markWidth))
            let rows = list.isTight ? item.flatMap { inner.lines($0) } : inner.lines(item)
            for (row, line) in rows.enumerated() {
                lines.append(Line(row == 0 ? mark : "", .accent).padded(to: markWidth) + line)
            }
        }
        return lines
    }
}
