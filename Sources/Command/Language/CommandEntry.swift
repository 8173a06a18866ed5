/// One line of the command table: how a command is written, what it does, which keys give it and what it needs.
public struct CommandEntry: Sendable {
    public let verb: Verb
    /// Other words for the same command; the verb's own are canonical.
    public let aliases: [String]
    public let arguments: [Argument]
    public let category: Category
    /// One line.
    public let summary: String
    /// What one would ask next; may be empty.
    public let details: String
    /// A line that parses to this command.
    public let example: String
    public let keys: [KeyBinding]
    public let needs: Needs
    /// Puts read arguments together; nil where they are not the ones that `arguments` asks for.
    let make: @Sendable (ArgumentReader) -> Command?

    /// The heading under which the help lists it.
    public enum Category: String, CaseIterable, Sendable {
        case stepping = "Stepping"
        case machine = "The machine"
        case looking = "Looking and changing"
        case time = "Time"
        case panes = "Panes"
        case lesson = "Lessons"
        case program = "The program"
    }

    /// What stands behind the words of a command.
    public struct Argument: Hashable, Sendable {
        public let kind: Kind
        /// What the usage line calls it.
        public let name: String
        public let isOptional: Bool

        public enum Kind: Hashable, Sendable {
            case unit
            case number(ClosedRange<Int>)
            case expression
            case pane
            case access
            /// The word `user`.
            case user
            case direction
            case register
            case equals
            case onOff
            case ioctlTarget
            case request
            /// The word `readonly`.
            case readOnly
            case text(Text)
        }

        /// What a free text names, which completion asks for.
        public enum Text: Hashable, Sendable {
            case mark, lesson, file, topic, search, line
        }

        static func required(_ kind: Kind, _ name: String) -> Argument {
            Argument(kind: kind, name: name, isOptional: false)
        }

        static func optional(_ kind: Kind, _ name: String) -> Argument {
            Argument(kind: kind, name: name, isOptional: true)
        }

        static let equals = required(.equals, "=")
        /// How often something is done.
        static let times = optional(.number(1...1_000_000_000), "COUNT")
    }

    init(
        _ verb: Verb, aliases: [String] = [], _ arguments: [Argument] = [], _ category: Category, _ summary: String,
        details: String = "", example: String? = nil, keys: [KeyBinding] = [], needs: Needs = [],
        make: @escaping @Sendable (ArgumentReader) -> Command?
    ) {
        self.verb = verb
        self.aliases = aliases
        self.arguments = arguments
        self.category = category
        self.summary = summary
        self.details = details
        self.example = example ?? verb.rawValue
        self.keys = keys
        self.needs = needs
        self.make = make
    }

    /// How it is written: `step [UNIT] [COUNT]`.
    public var usage: String {
        ([verb.rawValue] + arguments.map { $0.isOptional ? "[\($0.name)]" : $0.name }).joined(separator: " ")
    }
}

extension Command {
    /// The command's line in the table.
    public var entry: CommandEntry? { CommandTable.entry(for: verb) }

    /// Why the command makes no sense now; nil where it does.
    public func obstacle(in situation: Situation) -> String? {
        guard let entry else { return nil }
        var needs = entry.needs
        // At the gate the machine goes on call by call.
        if case .step(.ioctl, _) = self, situation.isAtGate { needs.remove(.standing) }
        return needs.obstacle(in: situation)
    }

    /// The expressions in it, for a check of their names.
    public var expressions: [Expression] {
        switch self {
        case .until(let expression), .breakAt(let expression), .watch(let expression), .memory(let expression),
            .disassemble(let expression), .print(let expression), .expect(let expression), .whoWrote(let expression, _),
            .walk(let expression, _, _), .walkPhysical(let expression), .set(_, let expression):
            [expression]
        case .deleteBreak(let expression): expression.map { [$0] } ?? []
        case .poke(let address, let value, _): [address, value]
        case .slot(_, let start, _, _): [start]
        case .ioctl(_, _, let argument): argument.map { [$0] } ?? []
        default: []
        }
    }
}
