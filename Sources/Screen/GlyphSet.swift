/// Which characters a terminal can be trusted to have.
public enum GlyphSet: Sendable {
    case unicode
    /// The Linux console, whose font holds little more than code page 437: no round corners, no eighth blocks.
    case console
    case ascii
}

extension Grid {
    /// The same picture in ASCII alone: `+ - |` for frames, `> < ^ v` for arrows, `#` for blocks, `~` for an ellipsis,
    /// `*` for a bullet; `?` for what has no likeness.
    public var asciiFallback: Grid { fallback(.ascii) }

    /// The same picture with the characters of a set; every cell stays in its place.
    public func fallback(_ set: GlyphSet) -> Grid {
        guard set != .unicode else { return self }
        var grid = self
        grid.mapGlyphs { glyph in
            if glyph.base.isASCII, glyph.firstMark == 0 { return glyph }
            let base = set == .ascii ? Likeness.ascii(glyph.base) : Likeness.console(glyph.base)
            var result = glyph
            result.base = base
            if base.isASCII {
                result.width = 1
                result.firstMark = 0
                result.secondMark = 0
            }
            return result
        }
        return grid
    }
}

extension Line {
    /// The line in ASCII alone, for `--plain --ascii`; see `Grid.asciiFallback`.
    public var asciiFallback: Line {
        Line(
            glyphs: styledGlyphs.flatMap { item in
                var glyph = item.glyph
                guard !glyph.base.isASCII || glyph.firstMark != 0 else { return [item] }
                glyph = Glyph(base: Likeness.ascii(glyph.base), width: 1)
                let rest = StyledGlyph(glyph: .space, style: item.style)
                // As many columns as before, so that what was aligned stays so.
                return [StyledGlyph(glyph: glyph, style: item.style)]
                    + Array(repeating: rest, count: Int(item.glyph.width) - 1)
            })
    }
}

/// The nearest thing to a character in a poorer set.
enum Likeness {
    static func ascii(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.isASCII { return scalar }
        switch scalar {
        case "─", "╌", "┄", "┈", "╴", "╶", "–", "—", "−", "‐", "‑": return "-"
        case "━", "═": return "="
        case "│", "┃", "║", "┆", "┊", "╎", "╵", "╷", "▕": return "|"
        case "╱": return "/"
        case "╲": return "\\"
        case "╳", "×", "✗", "✘": return "x"
        case "▶", "▸", "►", "→", "❯", "›", "»", "⇒", "⟶", "≥": return ">"
        case "◀", "◂", "◄", "←", "❮", "‹", "«", "⇐", "⟵", "≤": return "<"
        case "▲", "▴", "↑": return "^"
        case "▼", "▾", "↓": return "v"
        case "•", "●", "◆", "∙", "★", "⏺": return "*"
        case "○", "◇", "◦", "☐": return "o"
        case "…": return "~"
        case "·", "░", "▁", "▂": return "."
        case "▒", "▃", "▄": return ":"
        case "✓", "✔", "±": return "+"
        case "‘", "’", "′": return "'"
        case "“", "”", "″": return "\""
        case "≈": return "~"
        case "≠": return "!"
        case "µ", "μ": return "u"
        case "\u{A0}", "\u{3000}": return " "
        case "␣": return "_"
        default: break
        }
        switch scalar.value {
        case 0x2500...0x257F: return "+"
        // The two thinnest eighths only begin a bar; all that is thicker counts as filled.
        case 0x258E...0x258F: return "."
        case 0x2580...0x259F: return "#"
        case 0x25A0...0x25AB: return "#"
        case 0x2000...0x200A, 0x202F: return " "
        default: return "?"
        }
    }

    static func console(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar {
        case "╭": "┌"
        case "╮": "┐"
        case "╯": "┘"
        case "╰": "└"
        case "┏": "╔"
        case "┓": "╗"
        case "┛": "╝"
        case "┗": "╚"
        case "━": "═"
        case "┃": "║"
        case "╌", "┄", "┈": "─"
        case "┆", "┊", "╎": "│"
        case "╱": "/"
        case "╲": "\\"
        case "▉", "▊": "█"
        case "▋", "▍": "▌"
        case "▎", "▏": " "
        case "▁", "▂": "_"
        case "▃", "▅": "▄"
        case "▆", "▇": "█"
        case "▶", "▸": "►"
        case "◀", "◂": "◄"
        case "▴": "▲"
        case "▾": "▼"
        case "●": "•"
        case "✓", "✔": "√"
        case "✗", "✘": "x"
        case "❯": ">"
        default: (0x2400...0x2426).contains(scalar.value) ? "?" : scalar
        }
    }
}
