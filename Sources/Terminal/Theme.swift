import CCurses
import Screen

/// How many colours a screen may use.
public enum ColourDepth: Int, Sendable, Comparable {
    case none = 0
    case eight = 8
    case full = 256

    public static func < (left: ColourDepth, right: ColourDepth) -> Bool { left.rawValue < right.rawValue }
}

/// What each role looks like at a depth.
///
/// The background is always the terminal's own. The 256-colour foregrounds are of middling lightness, so that they
/// stand out from black and from white alike; of the eight old colours those are left out that vanish on either.
struct Theme {
    struct Look: Equatable {
        /// -1 is the terminal's own.
        var colour: Int16
        var attributes: attr_t
    }

    let depth: ColourDepth

    func look(_ role: Role) -> Look {
        switch depth {
        case .none: Look(colour: -1, attributes: Self.monochrome(role))
        case .eight: Look(colour: Self.eight(role), attributes: Self.emphasis(role))
        case .full: Look(colour: Self.full(role), attributes: Self.emphasis(role))
        }
    }

    static func full(_ role: Role) -> Int16 {
        switch role {
        case .normal, .code, .title, .emphasis, .selection, .lit: -1
        case .border, .dim: 243
        case .focusedBorder: 32
        case .changed: 163
        case .accent: 31
        case .good: 28
        case .warning: 166
        case .bad: 160
        case .key: 30
        case .userMode: 28
        case .kernelMode: 130
        case .guestMode: 98
        case .address: 67
        case .heading: 31
        case .link: 62
        }
    }

    static func eight(_ role: Role) -> Int16 {
        switch role {
        case .normal, .code, .title, .emphasis, .selection, .lit, .border, .dim, .address: -1
        case .focusedBorder, .accent, .key, .heading, .guestMode, .link: Int16(COLOR_CYAN)
        case .good, .userMode: Int16(COLOR_GREEN)
        case .changed, .kernelMode: Int16(COLOR_MAGENTA)
        case .warning, .bad: Int16(COLOR_RED)
        }
    }

    /// Attributes that go with colours.
    private static func emphasis(_ role: Role) -> attr_t {
        switch role {
        case .title, .emphasis, .focusedBorder, .changed, .warning, .bad, .key, .heading: kvmscope_attr_bold()
        case .selection: kvmscope_attr_reverse()
        case .lit: kvmscope_attr_reverse() | kvmscope_attr_bold()
        case .link: kvmscope_attr_underline()
        default: 0
        }
    }

    private static func monochrome(_ role: Role) -> attr_t {
        switch role {
        case .dim, .border: kvmscope_attr_dim()
        case .warning, .bad: kvmscope_attr_bold() | kvmscope_attr_underline()
        default: emphasis(role)
        }
    }

    static func attributes(_ attributes: Attributes) -> attr_t {
        var result: attr_t = 0
        if attributes.contains(.bold) { result |= kvmscope_attr_bold() }
        if attributes.contains(.underline) { result |= kvmscope_attr_underline() }
        if attributes.contains(.reverse) { result |= kvmscope_attr_reverse() }
        if attributes.contains(.italic) { result |= kvmscope_attr_italic() }
        return result
    }
}
