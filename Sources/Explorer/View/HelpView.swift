import Command
import Screen
import Timeline

/// The help over the screen, made from the table of commands.
enum HelpView {
    /// The frame of the help on a screen.
    static func frame(width: Int, height: Int) -> Rect {
        Rect(width: width, height: max(0, height - 1)).inset(x: width > 90 ? 4 : 1, y: height > 30 ? 2 : 0)
            .centered(width: 110, height: height)
    }

    static func lines(_ page: HelpPage, width: Int) -> [Line] {
        var lines: [Line] = []
        for section in page.sections {
            if !lines.isEmpty { lines.append(Line()) }
            if !section.title.isEmpty { lines.append(Line(section.title, .heading)) }
            if !section.text.isEmpty { lines += Line(section.text).wrapped(to: width) }
            let keysWidth = section.rows.map { Text.width($0.keys) }.max() ?? 0
            let keys = min(keysWidth, 18)
            let terms = min(section.rows.map { Text.width($0.term) }.max() ?? 0, max(12, width * 2 / 5))
            for row in section.rows { lines += self.lines(row, keys: keys, terms: terms, width: width) }
        }
        return page == CommandTable.help ? lines + strip(width: width) : lines
    }

    /// What the marks of the timeline strip mean.
    private static func strip(width: Int) -> [Line] {
        let rows = StripIndex.Mark.allCases.reversed().map { mark in
            Line("  ") + Line(String(mark.character), mark.style) + Line("  \(mark.meaning)", .dim)
        }
        return [Line(), Line("The timeline strip", .heading)]
            + Line("A tick for each event; where there is little room one for several, the most telling.")
            .wrapped(to: width) + rows.map { $0.truncated(to: width) }
    }

    /// Term, keys and meaning in columns; a term or keys too long for theirs push the rest to the next row.
    private static func lines(_ row: HelpPage.Row, keys: Int, terms: Int, width: Int) -> [Line] {
        let indent = 2 + terms + 2 + (keys > 0 ? keys + 2 : 0)
        var head = Line("  ")
        head += Line(row.term, .emphasis).padded(to: max(terms, Text.width(row.term)))
        if keys > 0 {
            head.append("  ")
            head += Line(row.keys, .key).padded(to: max(keys, Text.width(row.keys)))
        }
        head.append("  ")
        guard width - indent >= 16 else {
            return head.trimmed.wrapped(to: width, indent: 4)
                + Line("    " + row.summary, .dim).wrapped(to: width, indent: 4)
        }
        let text = Line(row.summary, .dim).wrapped(to: width - indent)
        let margin = Line(String(repeating: " ", count: indent))
        guard head.width <= indent, let first = text.first else {
            return [head.trimmed.truncated(to: width)] + text.map { margin + $0 }
        }
        return [head + first] + text.dropFirst().map { margin + $0 }
    }

    static func lines(_ content: HelpOverlay.Content, _ timeline: Timeline, width: Int) -> [Line] {
        switch content {
        case .page(let page): lines(page, width: width)
        case .branches: BranchesView.lines(timeline, width: width)
        case .comparison(let branch):
            BranchComparison(timeline, with: branch, exits: ComparisonView.limit)
                .map { ComparisonView.lines($0, width: width) } ?? [Line("branch \(branch) is no longer kept", .dim)]
        }
    }

    static func title(_ content: HelpOverlay.Content) -> String {
        switch content {
        case .page(let page): "Help: \(page.title)"
        case .branches: "Branches"
        case .comparison(let branch): "This branch beside branch \(branch)"
        }
    }

    static func draw(_ help: HelpOverlay, _ timeline: Timeline, on canvas: inout Canvas) {
        let frame = frame(width: canvas.width, height: canvas.height)
        let inside = Screen.Pane.inside(frame).inset(x: 1)
        let lines = lines(help.content, timeline, width: inside.width)
        let scroll = Scroll(offset: help.scroll, visible: inside.height, total: lines.count)
        let seen = scroll.isNeeded ? "\(scroll.rows.upperBound) of \(scroll.total) lines" : nil
        Screen.Pane(Line(title(help.content)), note: seen, isFocused: true, scroll: scroll)
            .draw(on: &canvas, in: frame)
        canvas.within(inside) { $0.put(lines[scroll.rows]) }
    }
}

extension Model {
    var helpHeight: Int { Screen.Pane.inside(HelpView.frame(width: width, height: height)).height }
    var helpWidth: Int { Screen.Pane.inside(HelpView.frame(width: width, height: height)).inset(x: 1).width }
}
