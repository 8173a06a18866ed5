/// On which side a short text leaves its room free.
public enum Alignment: Sendable {
    case left, right, center
}

/// Which end of a long text is given up for the ellipsis.
public enum Truncation: Sendable {
    /// Keeps the beginning.
    case end
    /// Keeps the end, as suits paths.
    case start
    /// Keeps both ends, as suits long numbers and symbols.
    case middle
}

/// Measures and cuts plain text by terminal columns.
///
/// Every function returns text that is safe to print: controls are shown as pictures (`␛` for escape), so that
/// nothing a guest prints can steer the terminal.
public enum Text {
    /// The columns that the text takes on one row.
    public static func width(_ text: String) -> Int {
        // Each ASCII byte is one column, a control being shown as its picture.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        var columns = 0
        for glyph in Glyphs(text) { columns += Int(glyph.width) }
        return columns
    }

    /// The text as a row of cells shows it, with visible replacements for what must not be printed.
    public static func sanitised(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var result = ""
        for glyph in Glyphs(text) { glyph.append(to: &result) }
        return result
    }

    /// A text of several lines as a terminal can be given it: made safe, with its line breaks and tabs kept.
    public static func printable(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A }) { return text }
        return text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
            .map { line in
                line.split(separator: "\t", omittingEmptySubsequences: false).map { sanitised(String($0)) }
                    .joined(separator: "\t")
            }
            .joined(separator: "\n")
    }

    /// The text in at most `columns`, with `…` where something was left out.
    public static func truncated(_ text: String, to columns: Int, keeping: Truncation = .end) -> String {
        let line = Line(text).truncated(to: columns, keeping: keeping)
        return line.plain
    }

    /// The text in exactly `columns`, cut or filled with spaces; at most `Grid.maximumWidth`.
    public static func padded(_ text: String, to columns: Int, _ alignment: Alignment = .left) -> String {
        Line(text).padded(to: columns, alignment).plain
    }

    /// The text in rows of at most `columns`, broken at spaces where there are any; none if `columns` is below one.
    public static func wrapped(_ text: String, to columns: Int) -> [String] {
        Line.lines(text).flatMap { $0.wrapped(to: columns) }.map(\.plain)
    }
}
