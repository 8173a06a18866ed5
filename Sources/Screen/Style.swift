/// What a piece of text means; the terminal alone decides what colour that is.
///
/// A role is never the only bearer of a fact: whoever uses `changed` or `bad` also writes a mark or a word, since the
/// screen must read the same without colours.
public enum Role: UInt8, Sendable, CaseIterable {
    case normal, title, border, focusedBorder, dim, emphasis
    /// Differs from the last stop.
    case changed
    case accent, good, warning, bad
    /// The key in a key hint.
    case key
    /// The three columns of the flowchart.
    case userMode, kernelMode, guestMode
    case code, address
    case selection
    /// The node of the flowchart in which a vCPU is now.
    case lit
    case heading, link

    /// The letter that stands for the role in a golden text; no two roles share one.
    public var letter: Character {
        switch self {
        case .normal: "."
        case .title: "t"
        case .border: "b"
        case .focusedBorder: "B"
        case .dim: "d"
        case .emphasis: "e"
        case .changed: "c"
        case .accent: "a"
        case .good: "g"
        case .warning: "w"
        case .bad: "x"
        case .key: "k"
        case .userMode: "U"
        case .kernelMode: "K"
        case .guestMode: "G"
        case .code: "o"
        case .address: "@"
        case .selection: "s"
        case .lit: "L"
        case .heading: "h"
        case .link: "l"
        }
    }
}

/// Ways to set text apart that work on a terminal without colours too.
public struct Attributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let bold = Attributes(rawValue: 1)
    public static let underline = Attributes(rawValue: 2)
    public static let reverse = Attributes(rawValue: 4)
    public static let italic = Attributes(rawValue: 8)
}

/// A role and its attributes: all that a cell says about its look.
public struct Style: Hashable, Sendable {
    public var role: Role
    public var attributes: Attributes

    public init(_ role: Role, _ attributes: Attributes = []) {
        self.role = role
        self.attributes = attributes
    }

    /// The same role with more attributes.
    public func with(_ more: Attributes) -> Style { Style(role, attributes.union(more)) }

    public var bold: Style { with(.bold) }
    public var underlined: Style { with(.underline) }
    public var reversed: Style { with(.reverse) }
    public var italic: Style { with(.italic) }

    public static let normal = Style(.normal)
    public static let title = Style(.title)
    public static let border = Style(.border)
    public static let focusedBorder = Style(.focusedBorder)
    public static let dim = Style(.dim)
    public static let emphasis = Style(.emphasis)
    public static let changed = Style(.changed)
    public static let accent = Style(.accent)
    public static let good = Style(.good)
    public static let warning = Style(.warning)
    public static let bad = Style(.bad)
    public static let key = Style(.key)
    public static let userMode = Style(.userMode)
    public static let kernelMode = Style(.kernelMode)
    public static let guestMode = Style(.guestMode)
    public static let code = Style(.code)
    public static let address = Style(.address)
    public static let selection = Style(.selection)
    public static let lit = Style(.lit)
    public static let heading = Style(.heading)
    public static let link = Style(.link)
}
