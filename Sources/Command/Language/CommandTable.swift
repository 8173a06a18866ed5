/// The one table of commands; parser, help, completion and key hints are made from it.
public enum CommandTable {
    /// In the order in which the help shows them.
    public static let entries: [CommandEntry] = stepping + machine + looking + time + panes + lessons + program

    /// A command's line in the table.
    public static func entry(for verb: Verb) -> CommandEntry? { byVerb[verb] }

    /// The command that a key gives; nil where the key has no meaning of its own.
    public static func command(for chord: KeyChord) -> Command? { byChord[chord]?.command }

    /// The keys that give a command, the handiest first.
    public static func keys(for command: Command) -> [KeyChord] {
        command.entry?.keys.filter { $0.command == command }.map(\.chord) ?? []
    }

    private static let byVerb = Dictionary(entries.map { ($0.verb, $0) }, uniquingKeysWith: { first, _ in first })

    private static let byChord: [KeyChord: KeyBinding] = Dictionary(
        entries.flatMap(\.keys).map { ($0.chord, $0) },
        uniquingKeysWith: { first, _ in first })

    /// By canonical words and by aliases.
    static let byWords: [String: CommandEntry] = {
        var table: [String: CommandEntry] = [:]
        for entry in entries {
            for words in [entry.verb.rawValue] + entry.aliases { table[words] = entry }
        }
        return table
    }()
}
