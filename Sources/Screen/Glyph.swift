/// What fills one cell, or two: a scalar that takes room and up to two marks that combine with it.
///
/// Text is cut into glyphs by the rule that terminals and `wcwidth` follow, one column count per scalar, and not by
/// grapheme clusters: a terminal that does not know an emoji sequence would otherwise shift the rest of the row. So a
/// family joined by U+200D is shown as its members, and a flag as its two letters.
///
/// A glyph is safe to print. Controls, bidirectional overrides, private and unassigned scalars never pass; a visible
/// replacement of one column stands in their place.
struct Glyph: Hashable, Sendable {
    var base: Unicode.Scalar
    /// Zero where there is no mark.
    var firstMark: UInt32 = 0
    var secondMark: UInt32 = 0
    /// Columns: 1 or 2; 0 only in the right half of a wide cell.
    var width: UInt8

    static let space = Glyph(base: " ", width: 1)
    static let replacement = Glyph(base: "\u{FFFD}", width: 1)

    func append(to text: inout String) {
        text.unicodeScalars.append(base)
        if firstMark != 0, let mark = Unicode.Scalar(firstMark) { text.unicodeScalars.append(mark) }
        if secondMark != 0, let mark = Unicode.Scalar(secondMark) { text.unicodeScalars.append(mark) }
    }
}

/// The glyphs of a text from left to right, made safe on the way.
struct Glyphs: Sequence, IteratorProtocol {
    private var scalars: String.UnicodeScalarView.Iterator
    private var ahead: Unicode.Scalar?

    init(_ text: String) {
        scalars = text.unicodeScalars.makeIterator()
        ahead = scalars.next()
    }

    mutating func next() -> Glyph? {
        while let scalar = ahead {
            ahead = scalars.next()
            switch ScalarClass(scalar) {
            case .dropped: continue
            case .mark:
                // A mark with nothing to stand on is shown on the circle that manuals use for it.
                var glyph = Glyph(base: "\u{25CC}", width: 1)
                glyph.firstMark = scalar.value
                takeMarks(into: &glyph)
                return glyph
            case .spacing(let shown, let width):
                var glyph = Glyph(base: shown, width: width)
                if let ahead, ahead.value >= 0x300 { takeMarks(into: &glyph) }
                return glyph
            }
        }
        return nil
    }

    private mutating func takeMarks(into glyph: inout Glyph) {
        while let scalar = ahead {
            switch ScalarClass(scalar) {
            case .spacing: return
            case .dropped: break
            case .mark:
                // A cell holds two marks; a pile of hundreds would only smear over its neighbours.
                if glyph.firstMark == 0 {
                    glyph.firstMark = scalar.value
                } else if glyph.secondMark == 0 {
                    glyph.secondMark = scalar.value
                }
            }
            ahead = scalars.next()
        }
    }
}

/// How one scalar takes part in a row of cells.
enum ScalarClass: Equatable {
    /// Takes columns, perhaps as another scalar that stands in for it.
    case spacing(Unicode.Scalar, width: UInt8)
    /// Combines with what stands before it.
    case mark
    /// Neither seen nor harmful where scalars are shown one by one: joiners and variation selectors.
    case dropped

    init(_ scalar: Unicode.Scalar) {
        let value = scalar.value
        if value < 0x7F {
            self = value >= 0x20 ? .spacing(scalar, width: 1) : .spacing(Self.controlPicture(value), width: 1)
            return
        }
        if value < 0x300 {
            switch value {
            case 0x7F: self = .spacing("\u{2421}", width: 1)
            case 0x80...0x9F, 0xAD: self = .spacing("\u{FFFD}", width: 1)
            default: self = .spacing(scalar, width: 1)
            }
            return
        }
        if (0x2500..<0x25FD).contains(value) {
            self = .spacing(scalar, width: 1)
            return
        }
        switch value {
        case 0x200B...0x200D, 0x2060, 0xFE00...0xFE0F, 0xE0100...0xE01EF: self = .dropped
        case 0x1160...0x11FF, 0xD7B0...0xD7C6, 0xD7CB...0xD7FB: self = .mark
        case 0x1F1E6...0x1F1FF:
            self = .spacing(Unicode.Scalar(UInt8(truncatingIfNeeded: value &- 0x1F1E6 &+ 0x41)), width: 1)
        default: self = Self.byProperties(scalar)
        }
    }

    private static func byProperties(_ scalar: Unicode.Scalar) -> ScalarClass {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return .mark
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            return .spacing("\u{FFFD}", width: 1)
        default: break
        }
        let wide = properties.isEmojiPresentation || WideScalars.contains(scalar.value)
        return .spacing(scalar, width: wide ? 2 : 1)
    }

    /// U+2400 and up picture the C0 controls in their order.
    private static func controlPicture(_ value: UInt32) -> Unicode.Scalar {
        Unicode.Scalar(0x2400 &+ value) ?? "\u{FFFD}"
    }
}

/// Scalars whose East Asian Width is Wide or Fullwidth.
///
/// Swift's scalar properties lack that property but know Emoji_Presentation, which covers every wide pictograph; what
/// is left are these blocks, taken from EastAsianWidth.txt with gaps closed where they are unassigned, and with the
/// circled numbers and hexagrams between the ideographs, which C libraries and terminals show wide too.
enum WideScalars {
    private static let ranges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF,
        0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x1B2FB, 0x1F200...0x1F265, 0x20000...0x3FFFD,
    ]

    static func contains(_ value: UInt32) -> Bool {
        guard value >= 0x1100 else { return false }
        for range in ranges where value <= range.upperBound { return value >= range.lowerBound }
        return false
    }
}
