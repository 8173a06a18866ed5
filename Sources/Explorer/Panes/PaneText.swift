import Screen

/// How panes turn what they have drawn or listed into the lines of their place.
enum PaneText {
    /// The mark of what changed since the last stop; it stands beside the role, never instead of it.
    static let mark = "•"

    /// From this height on the content is wanted whole, as linear text, and nothing is filled up to a place.
    static let unlimited = 512

    /// Says what is not known, why, and what would make it known.
    static func unknown(
        _ what: String, why: String, remedy: String = "", width: Int, height: Int = unlimited
    ) -> [Line] {
        var line = Line(what, .warning)
        line.append(": " + why, .dim)
        if !remedy.isEmpty { line.append("; " + remedy, .dim) }
        return Array(line.wrapped(to: width).prefix(max(0, height)))
    }

    /// The lines with the footer at the bottom of the place, so that it does not move as lines are added.
    static func withFooter(_ lines: [Line], _ footer: [Line], height: Int) -> [Line] {
        guard height > 0 else { return [] }
        if height >= unlimited { return lines + footer }
        guard height > footer.count + 1 else { return Array(lines.prefix(height)) }
        return filled(lines, height: height - footer.count) + footer
    }

    /// Cut or filled with empty lines to exactly this height, unless all is wanted.
    static func filled(_ lines: [Line], height: Int) -> [Line] {
        if height >= unlimited { return lines }
        let height = max(0, height)
        return Array(lines.prefix(height)) + Array(repeating: Line(), count: max(0, height - lines.count))
    }

    /// The part of a long text that a place shows.
    static func scrolled(_ lines: [Line], by offset: Int, height: Int) -> [Line] {
        if height >= unlimited { return lines }
        return Array(lines[Scroll(offset: offset, visible: height, total: lines.count).rows])
    }

    /// A table in a place of its own, its columns where they always are.
    static func table(_ table: Table, width: Int, height: Int, offset: Int = 0) -> [Line] {
        if height >= unlimited { return table.lines.map(\.trimmed) }
        var canvas = Canvas(Grid(width: width, height: min(height, table.count + 1)))
        table.draw(on: &canvas, offset: offset)
        return canvas.grid.lines
    }

    /// Two blocks of lines side by side with a rule between.
    static func beside(_ left: [Line], _ right: [Line], leftWidth: Int, width: Int, height: Int) -> [Line] {
        let rows = min(height, max(left.count, right.count))
        return (0..<max(0, rows)).map { row in
            var line = (row < left.count ? left[row] : Line()).padded(to: leftWidth)
            line.append(" │ ", .border)
            if row < right.count { line += right[row].truncated(to: max(0, width - leftWidth - 3)) }
            return line
        }
    }

    /// A guest's name without the folders before it.
    static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// A rule with a heading in it, between two parts of a pane.
    static func rule(_ heading: String, width: Int) -> Line {
        var line = Line("── ", .border)
        line.append(heading, .heading)
        line.append(" " + String(repeating: "─", count: max(0, width - 4 - Text.width(heading))), .border)
        return line.truncated(to: max(0, width))
    }

    /// A name in a column of its own and a text beside it, broken under itself.
    static func entry(_ name: String, _ text: Line, nameWidth: Int, width: Int) -> [Line] {
        guard width > nameWidth + 8 else {
            return (Line(name + " ", .dim) + text).wrapped(to: max(1, width), indent: 2)
        }
        return text.wrapped(to: width - nameWidth - 1).enumerated().map { row, part in
            Line(row == 0 ? name : "", .dim).padded(to: nameWidth) + Line(" ") + part
        }
    }
}

extension Line {
    /// Broken into at most so many rows; the last of them ends in an ellipsis where there would be more.
    func wrapped(to width: Int, rows: Int) -> [Line] {
        let all = wrapped(to: width)
        guard all.count > rows, rows > 0 else { return Array(all.prefix(max(0, rows))) }
        let last = all[(rows - 1)...].reduce(Line()) { $0.isEmpty ? $1 : $0 + Line(" ") + $1 }
        return all.prefix(rows - 1) + [last.truncated(to: width)]
    }

    /// The line without spaces at its end.
    var trimmed: Line {
        var line = self
        while let last = line.spans.last {
            let text = last.text.reversed().drop { $0 == " " }
            if text.isEmpty {
                line.spans.removeLast()
            } else {
                line.spans[line.spans.count - 1].text = String(text.reversed())
                break
            }
        }
        return line
    }
}

extension Grid {
    /// The rows as styled lines without spaces at their end: a drawing as a pane's content.
    var lines: [Line] {
        (0..<height).map { y in
            var line = Line()
            for cell in row(y) where cell.width > 0 { line.append(cell.text, cell.style) }
            return line.trimmed
        }
    }
}
