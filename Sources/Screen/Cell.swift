/// One place on the screen: what is written there, and how.
///
/// Sixteen bytes without references, so that a grid is copied and compared as plain memory.
public struct Cell: Hashable, Sendable {
    var glyph: Glyph
    public var style: Style

    init(glyph: Glyph, style: Style) {
        self.glyph = glyph
        self.style = style
    }

    /// The first visible character of the text; a space if there is none.
    public init(_ text: String, _ style: Style = .normal) {
        var glyphs = Glyphs(text)
        self.init(glyph: glyphs.next() ?? .space, style: style)
    }

    public static let blank = Cell(glyph: .space, style: .normal)

    /// Columns: 1, or 2 for a wide character; 0 in the cell that a wide character to the left covers.
    public var width: Int { Int(glyph.width) }

    /// The scalar that takes the room, without its marks.
    public var scalar: Unicode.Scalar { glyph.base }

    /// The scalars in the cell, safe to print: one, and up to two marks.
    public var text: String {
        guard glyph.width > 0 else { return "" }
        var text = ""
        glyph.append(to: &text)
        return text
    }

    /// Hands over the scalars' numbers without making a string: the base, and the marks or zero.
    public var scalarValues: (UInt32, UInt32, UInt32) { (glyph.base.value, glyph.firstMark, glyph.secondMark) }

    static func covered(_ style: Style) -> Cell { Cell(glyph: Glyph(base: " ", width: 0), style: style) }
}
