/// A key and what it does now, for the footer.
public struct KeyHint: Hashable, Sendable {
    /// One key, or a step's key and the key back: `s/S`.
    public let keys: String
    public let label: String
    /// What the first key gives, for a click on the hint.
    public let command: Command
}

extension CommandTable {
    /// The keys that make sense now, the most useful first; a footer shows as many as fit.
    public static func hints(in situation: Situation) -> [KeyHint] {
        var hints: [KeyHint] = []
        func add(_ command: Command, with other: Command? = nil, as label: String? = nil) {
            guard command.obstacle(in: situation) == nil, let entry = command.entry,
                let key = entry.keys.first(where: { $0.command == command })
            else { return }
            var keys = key.chord.description
            if let other, other.obstacle(in: situation) == nil, let second = CommandTable.keys(for: other).first {
                keys += "/\(second)"
            }
            hints.append(KeyHint(keys: keys, label: label ?? key.label, command: command))
        }
        if situation.hasQuestion { add(.lesson(.answer(1)), with: .lesson(.answer(2)), as: "answer") }
        if situation.focus == .translation { add(.step(.level), with: .back(.level)) }
        if situation.machine == .running {
            if situation.isAtGate { add(.step(.ioctl)) }
            add(.toggleRun, as: "pause")
        } else {
            add(.step(.exit), with: .back(.exit))
            add(.step(.instruction), with: .back(.instruction))
            if situation.machine == .none {
                add(.step(.ioctl), with: .back(.ioctl))
                add(.step(.transition), with: .back(.transition))
            } else {
                add(.step(.transition), with: .back(.transition))
                add(.step(.ioctl), with: .back(.ioctl))
            }
            add(.toggleRun, as: "run")
        }
        if situation.focus.map(\.hasAddresses) == true { add(.walkHere) }
        add(.lesson(.next), with: .lesson(.previous))
        add(.lesson(.hint))
        if !situation.isAtEnd { add(.goTo(.end)) }
        add(.focusNext)
        add(.zoom(nil))
        add(.palette(nil))
        add(.help(nil))
        add(.quit)
        return hints
    }
}
