extension CommandTable {
    /// What could stand at the cursor of a line that is being written.
    ///
    /// - Parameter cursor: in Unicode scalars from the start of the line; what stands behind it is left alone.
    public static func complete(
        _ line: String, at cursor: Int? = nil, with vocabulary: Vocabulary = Vocabulary()
    ) -> Completion {
        let all = Array(line.unicodeScalars)
        let end = max(0, min(cursor ?? all.count, all.count))
        let scalars = Array(all[..<end])
        guard scalars.count <= Lexer.longestLine else { return Completion(range: end..<end, candidates: []) }
        return Completer(scalars: scalars, vocabulary: vocabulary).completion()
    }
}

extension CommandTable {
    /// What is typed so far of a file's name, where the line's command takes one.
    public static func typedFile(in line: String) -> String? {
        var lexer = Lexer(line)
        guard lexer.scalars.count <= Lexer.longestLine, let entry = try? match(&lexer),
            entry.arguments.first?.kind == .text(.file), lexer.position < lexer.scalars.count
        else { return nil }
        lexer.skipSpaces()
        return lexer.text(lexer.position..<lexer.scalars.count)
    }
}

/// Reads the line up to the cursor as the parser does, and stops where the word under the cursor starts.
private struct Completer {
    let scalars: [Unicode.Scalar]
    let vocabulary: Vocabulary
    /// Where the word starts that the cursor is in.
    let start: Int

    init(scalars: [Unicode.Scalar], vocabulary: Vocabulary) {
        self.scalars = scalars
        self.vocabulary = vocabulary
        var start = scalars.count
        while start > 0, Spelling.continuesWord(scalars[start - 1]) || scalars[start - 1] == "-" { start -= 1 }
        self.start = start
    }

    private var partial: String { text(from: start) }

    private func text(from start: Int) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[min(start, scalars.count)...])
        return String(text)
    }

    private func offer(
        _ words: [(String, String)], expected: String? = nil, from start: Int? = nil
    ) -> Completion {
        let start = start ?? self.start
        let typed = text(from: start)
        let fitting = words.filter { $0.0.hasPrefix(typed) }
        return Completion(
            range: start..<scalars.count,
            candidates: fitting.map { Completion.Candidate(text: $0.0, summary: $0.1) }, expected: expected)
    }

    func completion() -> Completion {
        var lexer = Lexer(Array(scalars[..<start]))
        guard let first = try? lexer.peek() else { return offer([]) }
        if first.kind == .end {
            // A comment takes no completion; an empty beginning takes any command.
            lexer.skipSpaces()
            return lexer.position == start ? commands() : offer([])
        }
        guard let entry = try? CommandTable.match(&lexer) else {
            if case .word(let word) = first.kind { return offer(seconds(of: word)) }
            return offer([])
        }
        var result = arguments(of: entry, lexer)
        if lexer.isAtEnd, entry.verb.words.count == 1 {
            let seconds = offer(seconds(of: entry.verb.rawValue)).candidates
            result.candidates =
                seconds + result.candidates.filter { candidate in !seconds.contains { $0.text == candidate.text } }
        }
        return result
    }

    private func commands() -> Completion {
        var words: [(String, String)] = []
        for entry in CommandTable.entries {
            for (index, spelling) in ([entry.verb.rawValue] + entry.aliases).enumerated() {
                let summary = index == 0 ? entry.summary : "the same as \(entry.verb.rawValue)"
                // An alias is offered once something of it is typed.
                if index > 0, partial.isEmpty { continue }
                let word = spelling.prefix { $0 != " " }
                if word == spelling {
                    words.append((spelling, summary))
                } else if CommandTable.byWords[String(word)] == nil {
                    words.append((spelling, summary))
                }
            }
        }
        return offer(words, expected: "COMMAND")
    }

    private func seconds(of word: String) -> [(String, String)] {
        CommandTable.entries.compactMap { entry in
            let words = entry.verb.words
            return words.count == 2 && words[0] == word ? (words[1], entry.summary) : nil
        }
    }

    private func arguments(of entry: CommandEntry, _ start: Lexer) -> Completion {
        var lexer = start
        var reader = ArgumentReader()
        for (index, argument) in entry.arguments.enumerated() {
            if case .text(let kind) = argument.kind { return text(kind, argument, from: lexer) }
            if lexer.isAtEnd {
                var result = candidates(for: argument)
                if entry.verb == .ioctl, argument.kind == .expression {
                    // The kernel's headers name the numbers that some requests take.
                    result.candidates += offer(vocabulary.capabilities.map { ($0, "a capability of KVM") }).candidates
                }
                if argument.isOptional {
                    for later in entry.arguments.dropFirst(index + 1) {
                        result.candidates += candidates(for: later).candidates
                    }
                }
                return result
            }
            if argument.kind == .expression {
                var parser = ExpressionParser(lexer)
                // An expression that breaks off at the cursor wants an operand there; one that ends may be over.
                guard (try? parser.expression()) != nil else { return operand(expected: argument.name) }
                lexer = parser.lexer
                if lexer.isAtEnd, index == entry.arguments.count - 1 { return offer([]) }
                continue
            }
            guard (try? reader.read(argument, of: entry, with: &lexer)) != nil else { return offer([]) }
        }
        return offer([])
    }

    private func candidates(for argument: CommandEntry.Argument) -> Completion {
        switch argument.kind {
        case .unit:
            offer(StepUnit.allCases.map { ($0.rawValue, $0.summary) }, expected: argument.name)
        case .pane: offer(Pane.allCases.map { ($0.rawValue, $0.summary) }, expected: argument.name)
        case .access:
            offer(
                Command.AccessKind.allCases.map { ($0.rawValue, "the access wants to \($0.rawValue)") },
                expected: argument.name)
        case .user: offer([("user", "the access comes from user mode")], expected: argument.name)
        case .direction:
            offer(Command.Direction.allCases.map { ($0.rawValue, "move \($0.rawValue)") }, expected: argument.name)
        case .onOff: offer([("on", "switch it on"), ("off", "switch it off")], expected: argument.name)
        case .readOnly: offer([("readonly", "a write of the guest leaves it for the VMM")], expected: argument.name)
        case .ioctlTarget:
            offer(IoctlTarget.allCases.map { ($0.rawValue, $0.summary) }, expected: argument.name)
        case .request: offer(WordList.ioctls.words.map { ($0.word, $0.summary) }, expected: argument.name)
        case .equals: offer([("=", "the new value follows")], expected: argument.name)
        case .register:
            offer(
                RegisterName.all.map { ($0.name, $0.name == $0.whole ? "" : "part of \($0.whole)") },
                expected: argument.name)
        case .number: offer(numbers(for: argument), expected: argument.name)
        case .expression: operand(expected: argument.name)
        case .text: offer([], expected: argument.name)
        }
    }

    private func numbers(for argument: CommandEntry.Argument) -> [(String, String)] {
        guard argument.kind == .number(0...4095) else { return [] }
        return (0..<max(0, min(vocabulary.vcpus, 64))).map { (String($0), "vCPU \($0)") }
    }

    private func text(_ kind: CommandEntry.Argument.Text, _ argument: CommandEntry.Argument, from lexer: Lexer)
        -> Completion
    {
        var lexer = lexer
        lexer.skipSpaces()
        let begin = min(lexer.position, scalars.count)
        let words: [(String, String)] =
            switch kind {
            case .mark: vocabulary.marks.map { ($0, "a mark") }
            case .lesson: vocabulary.lessons.map { ($0, "a lesson") }
            case .topic: HelpTopic.all.map { ($0.name, $0.summary) }
            case .file:
                vocabulary.files.map { ($0, $0.hasSuffix("/") ? "a folder" : "a file that is there") }
            case .search, .line: []
            }
        return offer(words, expected: argument.name, from: begin)
    }

    /// Facts, functions and symbols; the words of a fact that stands before a comparison; a fact's own arguments.
    private func operand(expected: String) -> Completion {
        if let list = listBeforeCursor() {
            return offer(list.words.map { ($0.word, $0.summary) }, expected: list.name)
        }
        // Register names by the hundred would bury the rest, so they come once their prefix is typed.
        let typedRegister = partial.hasPrefix("reg.") || partial.contains(".") && partial.hasPrefix("vcpu")
        var words = FactTable.names(vcpus: vocabulary.vcpus).filter { name, _ in
            typedRegister || FactTable.reference(named: name)?.id != .register
        }.map { ($0.name, $0.summary) }
        if !typedRegister {
            words.append(("reg.", "a register of the vCPU in view"))
            words += Function.allCases.map { ("\($0.rawValue)(", $0.summary) }
        }
        words += vocabulary.symbols.map { ($0, "a symbol of the guest") }
        return offer(words, expected: expected)
    }

    private func listBeforeCursor() -> WordList? {
        var lexer = Lexer(Array(scalars[..<start]))
        var tokens: [Token] = []
        while let token = try? lexer.next(), token.kind != .end { tokens.append(token) }
        guard tokens.count >= 2, case .sign(let sign) = tokens[tokens.count - 1].kind else { return nil }
        if sign == "(" {
            guard case .word(let name) = tokens[tokens.count - 2].kind, let fact = FactTable.reference(named: name)
            else {
                return nil
            }
            switch FactTable.entry(for: fact.id)?.argument {
            case .optional(let list), .required(let list): return list
            default: return nil
            }
        }
        guard sign == "==" || sign == "!=", case .word(let name) = tokens[tokens.count - 2].kind,
            let fact = FactTable.reference(named: name), case .word(let list) = FactTable.entry(for: fact.id)?.type
        else { return nil }
        return list
    }
}
