/// A key as a person thinks of it, whatever bytes the terminal sent for it.
public enum Key: Hashable, Sendable {
    case character(Character)
    case enter, escape, tab, backTab
    case up, down, left, right
    case pageUp, pageDown, home, end
    case insert, backspace, delete
    /// F1 is 1.
    case function(Int)
    /// Control with a lower-case letter or one of `@ \ ] ^ _`.
    case control(Character)
    /// Alt (Meta) with a character.
    case alt(Character)
}

/// What was done with the mouse, and where.
public struct Mouse: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        /// 1 is the left button, 2 the middle, 3 the right.
        case press(Int)
        case release
        case drag(Int)
        case wheelUp, wheelDown
    }

    /// Column and row from zero.
    public let x: Int
    public let y: Int
    public let action: Action

    public init(x: Int, y: Int, _ action: Action) {
        self.x = x
        self.y = y
        self.action = action
    }
}

/// All that can come in from a terminal.
public enum InputEvent: Hashable, Sendable {
    case key(Key)
    case mouse(Mouse)
    /// Text pasted as a whole, line breaks included; not yet made safe.
    case paste(String)
    /// The terminal has this size now, and wants to be drawn anew.
    case resize(width: Int, height: Int)
    /// Ctrl-C: the person wants out.
    case interrupted
    /// SIGTERM: the system wants the program to end.
    case terminated
    /// SIGHUP, or the terminal is gone: there is nobody to draw for.
    case hangup
}
