/// Something that `help TOPIC` explains.
public struct HelpTopic: Hashable, Sendable {
    public let name: String
    public let summary: String

    /// Commands, panes, facts and the two lists, as completion offers them.
    public static var all: [HelpTopic] {
        CommandTable.entries.map { HelpTopic(name: $0.verb.rawValue, summary: $0.summary) }
            + Pane.allCases.filter { CommandTable.byWords[$0.rawValue] == nil }
            .map { HelpTopic(name: $0.rawValue, summary: $0.summary) }
            + [
                HelpTopic(name: "facts", summary: "all facts that an expression can ask for"),
                HelpTopic(name: "keys", summary: "all keys"),
                HelpTopic(name: "expressions", summary: "operators, numbers and functions"),
            ]
            + FactTable.entries.filter {
                CommandTable.byWords[$0.id.rawValue] == nil && Pane(rawValue: $0.id.rawValue) == nil
            }
            .map { HelpTopic(name: $0.id.rawValue, summary: $0.summary) }
    }
}

/// A page of help: a title and sections of rows, for any width of screen.
public struct HelpPage: Hashable, Sendable {
    public let title: String
    public let sections: [Section]

    init(title: String, sections: [Section]) {
        (self.title, self.sections) = (title, sections)
    }

    /// A list of what a run has, in the form of a page of help.
    public init(title: String, text: String, rows: [(term: String, summary: String)]) {
        let rows = rows.map { Row(term: $0.term, keys: "", summary: $0.summary) }
        self.init(title: title, sections: [Section(title: "", text: text, rows: rows)])
    }

    public struct Section: Hashable, Sendable {
        public let title: String
        /// Free text under the title; may be empty.
        public let text: String
        public let rows: [Row]
    }

    public struct Row: Hashable, Sendable {
        /// What one writes or presses.
        public let term: String
        /// The keys for it, in words; may be empty.
        public let keys: String
        public let summary: String
    }
}

extension HelpPage: CustomStringConvertible {
    /// The page as plain lines, with the terms in one column.
    public var description: String {
        var lines = [title]
        for section in sections {
            lines.append("")
            if !section.title.isEmpty { lines.append(section.title) }
            if !section.text.isEmpty { lines.append(section.text) }
            let width = min(section.rows.map(\.term.count).max() ?? 0, 34)
            for row in section.rows {
                let padding = String(repeating: " ", count: max(0, width - row.term.count))
                let keys = row.keys.isEmpty ? "" : "  (\(row.keys))"
                lines.append("  \(row.term)\(padding)  \(row.summary)\(keys)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension CommandTable {
    /// Every command by category.
    public static var help: HelpPage {
        HelpPage(
            title: "Commands",
            sections: CommandEntry.Category.allCases.compactMap { category in
                let rows = entries.filter { $0.category == category }.map { entry in
                    HelpPage.Row(term: entry.usage, keys: keyText(of: entry), summary: entry.summary)
                }
                return rows.isEmpty ? nil : HelpPage.Section(title: category.rawValue, text: "", rows: rows)
            })
    }

    /// The page for a command, a pane, a fact, `keys`, `facts` or `expressions`; nil where there is no such topic.
    public static func help(on topic: String) -> HelpPage? {
        let topic = topic.split(separator: " ").joined(separator: " ")
        switch topic {
        case "": return help
        case "keys": return keysPage
        case "facts": return factsPage
        case "expressions": return expressionsPage
        default: break
        }
        var sections: [HelpPage.Section] = []
        if let entry = byWords[topic] { sections += self.sections(for: entry) }
        if let pane = Pane(rawValue: topic) {
            let keys = keys(for: .focus(pane)).map(\.description).joined(separator: " ")
            sections.append(
                HelpPage.Section(
                    title: "The pane \(pane.title)", text: "",
                    rows: [HelpPage.Row(term: "show \(pane.rawValue)", keys: keys, summary: pane.summary)]))
        }
        if let id = FactTable.reference(named: topic)?.id ?? FactID(rawValue: topic),
            let entry = FactTable.entry(for: id)
        {
            sections += self.sections(for: entry)
        }
        return sections.isEmpty ? nil : HelpPage(title: topic, sections: sections)
    }

    /// The nearest topic to one that does not exist.
    public static func nearestTopic(to topic: String) -> String? {
        Nearest.word(to: topic, among: HelpTopic.all.map(\.name))
    }

    private static func keyText(of entry: CommandEntry) -> String {
        var labels: [String] = []
        for key in entry.keys where !labels.contains(key.chord.description) {
            labels.append(key.chord.description)
        }
        return labels.joined(separator: " ")
    }

    private static func sections(for entry: CommandEntry) -> [HelpPage.Section] {
        var rows = [HelpPage.Row(term: entry.usage, keys: "", summary: entry.summary)]
        for alias in entry.aliases { rows.append(HelpPage.Row(term: alias, keys: "", summary: "the same")) }
        rows.append(HelpPage.Row(term: entry.example, keys: "", summary: "an example"))
        var sections = [HelpPage.Section(title: "The command \(entry.verb.rawValue)", text: entry.details, rows: rows)]
        if entry.arguments.contains(where: { $0.kind == .unit }) {
            let units = StepUnit.allCases
            sections.append(
                HelpPage.Section(
                    title: "Units", text: "",
                    rows: units.map { HelpPage.Row(term: $0.rawValue, keys: "", summary: $0.summary) }))
        }
        let keys = entry.keys
        if !keys.isEmpty {
            sections.append(
                HelpPage.Section(
                    title: "Keys", text: "",
                    rows: keys.map {
                        HelpPage.Row(term: $0.chord.description, keys: "", summary: $0.command.description)
                    }))
        }
        return sections
    }

    private static func sections(for entry: FactEntry) -> [HelpPage.Section] {
        var sections = [
            HelpPage.Section(
                title: "The fact \(entry.pattern)", text: "Observed by: \(entry.source). Its value: \(entry.typeName).",
                rows: [
                    HelpPage.Row(term: entry.pattern, keys: "", summary: entry.summary),
                    HelpPage.Row(term: entry.example, keys: "", summary: "an example"),
                ])
        ]
        func list(_ words: WordList, _ title: String) {
            sections.append(
                HelpPage.Section(
                    title: title, text: "",
                    rows: words.words.map { HelpPage.Row(term: $0.word, keys: "", summary: $0.summary) }))
        }
        if case .word(let words) = entry.type { list(words, "Values") }
        switch entry.argument {
        case .optional(let words), .required(let words): list(words, "In parentheses")
        case .none, .number, .address: break
        }
        return sections
    }

    private static var keysPage: HelpPage {
        HelpPage(
            title: "Keys",
            sections: CommandEntry.Category.allCases.compactMap { category in
                let keys = entries.filter { $0.category == category }.flatMap(\.keys)
                let rows = keys.map { key in
                    HelpPage.Row(term: key.chord.description, keys: "", summary: key.command.description)
                }
                return rows.isEmpty ? nil : HelpPage.Section(title: category.rawValue, text: "", rows: rows)
            })
    }

    private static var factsPage: HelpPage {
        HelpPage(
            title: "Facts",
            sections: [
                HelpPage.Section(
                    title: "", text: "Each can stand in print, expect, until and in every address.",
                    rows: FactTable.entries.map { HelpPage.Row(term: $0.pattern, keys: "", summary: $0.summary) })
            ])
    }

    private static var expressionsPage: HelpPage {
        func rows(_ pairs: KeyValuePairs<String, String>) -> [HelpPage.Row] {
            pairs.map { HelpPage.Row(term: $0.key, keys: "", summary: $0.value) }
        }
        return HelpPage(
            title: "Expressions",
            sections: [
                HelpPage.Section(
                    title: "Operators, from the loosest to the tightest", text: "",
                    rows: rows([
                        "||": "or", "&&": "and", "== != < <= > >=": "comparison, without a sign; they do not chain",
                        "|": "bits of either", "^": "bits of one", "&": "bits of both", "<< >>": "shift",
                        "+ -": "add, subtract",
                        "* / %": "multiply, divide, remainder", "! - ~": "not, negative, all bits turned over",
                    ])),
                HelpPage.Section(
                    title: "Numbers and words",
                    text:
                        "A hyphen before a letter belongs to the word: put spaces round a minus that subtracts a name.",
                    rows: rows([
                        "4096  0x1000  0b101  4K 2M 1G": "numbers; 'A' is the code of a character",
                        "message": "a symbol of the guest, else the word itself", "\"two words\"": "a text",
                        "mem64[reg.rsp + 8]": "guest memory, little-endian: mem8, mem16, mem32, mem64",
                    ])),
                HelpPage.Section(
                    title: "Functions", text: "",
                    rows: Function.allCases.map { HelpPage.Row(term: $0.example, keys: "", summary: $0.summary) }),
            ])
    }
}
