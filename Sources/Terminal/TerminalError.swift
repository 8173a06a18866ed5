/// Why no screen can be shown; described in one line that also says what to do.
public enum TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `stream` is "standard input" or "standard output".
    case notATerminal(stream: String)
    /// TERM is not set.
    case noType
    /// The terminal database does not have this TERM.
    case unknownType(String)
    /// The terminal cannot put its cursor at a place.
    case cannotPosition(String)
    /// The process has a screen up already.
    case alreadyOpen
    case system(call: String, errno: Int32, message: String)

    public var description: String {
        switch self {
        case .notATerminal(let stream):
            "\(stream) is not a terminal, so there is no screen to draw on: run in a terminal, or use --plain or trace"
        case .noType:
            "TERM is not set, so the terminal's language is unknown: set it, as in TERM=xterm-256color, or use --plain"
        case .unknownType(let name):
            "TERM=\(name) is not in the terminal database: \(Self.remedy(name))"
        case .cannotPosition(let name):
            "TERM=\(name) cannot place its cursor, so there is no screen to draw on: use another terminal, or --plain"
        case .alreadyOpen:
            "the terminal shows a screen already: close that one first"
        case .system(let call, _, let message):
            "\(call) failed on the terminal: \(message); run in a terminal, or use --plain"
        }
    }

    /// What makes a terminal of this name usable: those of today understand all that is sent to xterm's.
    private static func remedy(_ name: String) -> String {
        let usual = "run it as TERM=xterm-256color kvmscope …"
        let families = [
            "kitty", "foot", "ghostty", "wezterm", "alacritty", "rio", "contour", "konsole", "iterm", "vte",
        ]
        guard families.contains(where: { name.lowercased().contains($0) }) else {
            return "\(usual), install ncurses-term, or use --plain"
        }
        return "\(usual), or copy its entry from a machine that has it: infocmp -x \(name) | ssh HOST tic -x -"
    }
}
