extension Line {
    /// The line in at most `columns`, with `…` where something was left out.
    public func truncated(to columns: Int, keeping: Truncation = .end) -> Line {
        guard columns > 0 else { return Line() }
        guard width > columns else { return self }
        let glyphs = styledGlyphs
        let room = columns - 1
        let ellipsis = Glyph(base: "…", width: 1)
        switch keeping {
        case .end:
            let kept = Self.prefix(glyphs, columns: room)
            return Line(glyphs: kept + [StyledGlyph(glyph: ellipsis, style: kept.last?.style ?? .normal)])
        case .start:
            let kept = Self.suffix(glyphs, columns: room)
            return Line(glyphs: [StyledGlyph(glyph: ellipsis, style: kept.first?.style ?? .normal)] + kept)
        case .middle:
            let head = Self.prefix(glyphs, columns: room - room / 2)
            let tail = Self.suffix(glyphs, columns: room / 2)
            let style = head.last?.style ?? tail.first?.style ?? .normal
            return Line(glyphs: head + [StyledGlyph(glyph: ellipsis, style: style)] + tail)
        }
    }

    /// The line in exactly `columns`, cut or filled with spaces; at most `Grid.maximumWidth`.
    public func padded(to columns: Int, _ alignment: Alignment = .left) -> Line {
        let columns = min(columns, Grid.maximumWidth)
        var line = truncated(to: columns)
        let room = columns - line.width
        guard room > 0 else { return line }
        let before =
            switch alignment {
            case .left: 0
            case .right: room
            case .center: room / 2
            }
        if before > 0 { line.spans.insert(Span(String(repeating: " ", count: before)), at: 0) }
        if room > before { line.append(String(repeating: " ", count: room - before)) }
        return line
    }

    /// The line in rows of at most `columns`, broken at spaces and beside wide characters, inside a word only where
    /// the word alone is longer than a row.
    ///
    /// Rows after the first begin with `indent` spaces, if that leaves at least half of the row. An empty line is one
    /// empty row; there are no rows if `columns` is below one.
    public func wrapped(to columns: Int, indent: Int = 0) -> [Line] {
        guard columns > 0 else { return [] }
        guard width > columns else { return [self] }
        let indent = indent > 0 && indent <= columns / 2 ? indent : 0
        let margin = Array(repeating: StyledGlyph(glyph: .space, style: .normal), count: indent)
        var rows: [Line] = []
        var row: [StyledGlyph] = []
        var used = 0
        // Where the row may be cut: glyphs before that index stay, and spaces at the cut are dropped.
        var cut: Int?
        var hasWord = false
        for var item in styledGlyphs {
            if Int(item.glyph.width) > columns { item.glyph = .replacement }
            let isSpace = item.glyph.base == " "
            while used + Int(item.glyph.width) > columns {
                // A space may hang over the edge: it is dropped with the break that follows.
                if isSpace { break }
                if item.glyph.width == 2 { cut = row.count }
                let at = cut ?? row.count
                rows.append(Line(glyphs: Self.withoutTrailingSpaces(row[..<at])))
                row = margin + row[at...].drop { $0.glyph.base == " " }
                used = row.reduce(0) { $0 + Int($1.glyph.width) }
                cut = nil
                hasWord = row.count > margin.count
                if used + Int(item.glyph.width) > columns, row.count <= margin.count {
                    row = []
                    used = 0
                }
            }
            let startsRow = row.count <= (rows.isEmpty ? 0 : margin.count)
            if isSpace, startsRow, !rows.isEmpty { continue }
            row.append(item)
            used += Int(item.glyph.width)
            if !isSpace { hasWord = true }
            if hasWord, isSpace || item.glyph.width == 2 { cut = row.count }
        }
        let last = Self.withoutTrailingSpaces(row[...])
        if !last.isEmpty || rows.isEmpty { rows.append(Line(glyphs: last)) }
        return rows
    }

    private static func prefix(_ glyphs: [StyledGlyph], columns: Int) -> [StyledGlyph] {
        var used = 0
        var end = 0
        while end < glyphs.count, used + Int(glyphs[end].glyph.width) <= columns {
            used += Int(glyphs[end].glyph.width)
            end += 1
        }
        return Array(glyphs[..<end])
    }

    private static func suffix(_ glyphs: [StyledGlyph], columns: Int) -> [StyledGlyph] {
        var used = 0
        var start = glyphs.count
        while start > 0, used + Int(glyphs[start - 1].glyph.width) <= columns {
            start -= 1
            used += Int(glyphs[start].glyph.width)
        }
        return Array(glyphs[start...])
    }

    private static func withoutTrailingSpaces(_ glyphs: ArraySlice<StyledGlyph>) -> ArraySlice<StyledGlyph> {
        var end = glyphs.endIndex
        while end > glyphs.startIndex, glyphs[end - 1].glyph.base == " " { end -= 1 }
        return glyphs[..<end]
    }
}
