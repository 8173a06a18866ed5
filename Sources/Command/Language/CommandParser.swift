extension Command {
    /// Reads one line as one command; a comment may follow behind `#`.
    ///
    /// - Throws: an error that names the column and, where there is one, the nearest known word.
    public init(parsing line: String) throws(CommandError) {
        var lexer = Lexer(line)
        guard let command = try Self.next(from: &lexer) else {
            throw CommandError(column: lexer.position, message: "a command is missing; 'help' lists them")
        }
        guard lexer.isAtEnd else {
            throw CommandError(column: lexer.position, length: 1, message: "one command at a time can stand here")
        }
        self = command
    }

    /// A command of a script and the line that it stands on, from 1.
    public struct Line: Hashable, Sendable {
        public let number: Int
        public let command: Command
    }

    /// An error in a script and the line that it stands on, from 1.
    public struct ScriptError: Error, Hashable, Sendable, CustomStringConvertible {
        public let line: Int
        public let error: CommandError
        public var description: String { "line \(line), \(error)" }
    }

    /// Reads commands that stand on lines of their own or between semicolons; blank lines and comments are passed over.
    public static func script(_ text: String) throws(ScriptError) -> [Line] {
        var lines: [Line] = []
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            var lexer = Lexer(String(line))
            do {
                while !lexer.isAtEnd {
                    if let command = try next(from: &lexer) { lines.append(Line(number: number, command: command)) }
                    lexer.skipSeparator()
                }
            } catch {
                throw ScriptError(line: number, error: error)
            }
        }
        return lines
    }

    /// Reads up to the end of one command and leaves the lexer there; nil where there is none.
    private static func next(from lexer: inout Lexer) throws(CommandError) -> Command? {
        if lexer.scalars.count > Lexer.longestLine { throw CommandError(column: 0, message: "the line is too long") }
        let start = lexer
        let first = try lexer.peek()
        if first.kind == .end {
            lexer.skipSpaces()
            return nil
        }
        if let command = try DebuggerWords.command(&lexer) {
            let rest = try lexer.peek()
            guard rest.kind == .end else {
                throw CommandError(rest.range, "'\(lexer.text(rest.range))' is too much here")
            }
            lexer.skipSpaces()
            return command
        }
        guard let entry = try CommandTable.match(&lexer) else {
            let word = start.text(first.range)
            throw CommandError(
                first.range, "there is no command '\(word)'",
                suggestion: Nearest.word(to: word, among: CommandTable.firstWords))
        }
        var reader = ArgumentReader()
        for argument in entry.arguments { try reader.read(argument, of: entry, with: &lexer) }
        let rest = try lexer.peek()
        guard rest.kind == .end else {
            throw CommandError(rest.range, "'\(lexer.text(rest.range))' is too much: \(entry.usage)")
        }
        lexer.skipSpaces()
        guard let command = entry.make(reader) else {
            throw CommandError(first.range, "this is not how it is written: \(entry.usage)")
        }
        return command
    }
}

extension CommandTable {
    /// Takes the longest words that name a command, or nothing.
    static func match(_ lexer: inout Lexer) throws(CommandError) -> CommandEntry? {
        var ahead = lexer
        guard case .word(let first) = try ahead.next().kind else { return nil }
        let afterFirst = ahead
        // A second word may be something else altogether, so a token that cannot be read is no error yet.
        if let token = try? ahead.next(), case .word(let second) = token.kind, let entry = byWords["\(first) \(second)"]
        {
            lexer = ahead
            return entry
        }
        guard let entry = byWords[first] else {
            let seconds = continuations(ofWord: first)
            guard !seconds.isEmpty else { return nil }
            let token = try afterFirst.peek()
            let word = afterFirst.text(token.range)
            throw CommandError(
                token.range, "behind '\(first)' should stand \(seconds.sorted().joined(separator: " or "))",
                suggestion: Nearest.word(to: word, among: seconds))
        }
        lexer = afterFirst
        return entry
    }

    /// The words that, behind a verb, make another verb of it.
    static func continuations(of verb: Verb) -> Set<String> {
        verb.words.count == 1 ? continuations(ofWord: verb.rawValue) : []
    }

    static func continuations(ofWord word: String) -> Set<String> {
        Set(Verb.allCases.map(\.words).filter { $0.count == 2 && $0.first == word }.compactMap(\.last))
    }

    static let firstWords = Set(byWords.keys.compactMap { $0.split(separator: " ").first.map(String.init) }).sorted()
}
