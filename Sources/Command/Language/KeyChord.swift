/// A key that a person presses, as the command table knows it, apart from any terminal.
public enum KeyChord: Hashable, Sendable {
    /// A character as typed, capitals included; the space bar is `" "`.
    case character(Character)
    /// A letter with Control held.
    case control(Character)
    case named(Name)

    public enum Name: String, CaseIterable, Hashable, Sendable {
        case enter = "Enter"
        case escape = "Esc"
        case tab = "Tab"
        case backTab = "Shift-Tab"
        case up = "Up"
        case down = "Down"
        case left = "Left"
        case right = "Right"
        case home = "Home"
        case end = "End"
        case pageUp = "PgUp"
        case pageDown = "PgDn"
        case insert = "Ins"
        case delete = "Del"
        case backspace = "Backspace"
        case f1 = "F1"
    }
}

extension KeyChord: CustomStringConvertible {
    /// The label on the key, in ASCII.
    public var description: String {
        switch self {
        case .character(" "): "Space"
        case .character(let character): String(character)
        case .control(let letter): "Ctrl-\(letter.uppercased())"
        case .named(let name): name.rawValue
        }
    }
}

/// A key and the command that it gives.
public struct KeyBinding: Hashable, Sendable {
    public let chord: KeyChord
    public let command: Command
    /// What the footer calls it: one or two short words.
    public let label: String

    init(_ chord: KeyChord, _ command: Command, _ label: String) {
        self.chord = chord
        self.command = command
        self.label = label
    }

    init(_ character: Character, _ command: Command, _ label: String) {
        self.init(.character(character), command, label)
    }

    init(_ name: KeyChord.Name, _ command: Command, _ label: String) {
        self.init(.named(name), command, label)
    }
}
