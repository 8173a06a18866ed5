/// What hands that know gdb write, where it means the same here.
///
/// Words alone, as `b` and `c`, are aliases in the command table. Here stand those that are put together otherwise than
/// ours: `si 3`, `x/8i $rip`, `info registers`, `print/x $rax`, `b *0x1000`.
enum DebuggerWords {
    /// The command that such words give, with the lexer behind it; nil, and the lexer as it was, for all others.
    static func command(_ lexer: inout Lexer) throws(CommandError) -> Command? {
        var ahead = lexer
        guard case .word(let word)? = try? ahead.next().kind else { return nil }
        let command: Command?
        switch word {
        case "si", "stepi", "ni", "nexti": command = try step(&ahead)
        case "x": command = try examine(&ahead)
        case "info", "i": command = try info(&ahead)
        case "disas": command = .disassemble(try address(&ahead))
        case "p", "print": command = try printed(&ahead)
        case "b", "break", "watch": command = try dereferenced(word, &ahead)
        default: return nil
        }
        if command != nil { lexer = ahead }
        return command
    }

    /// A call is stepped into by `ni` too.
    private static func step(_ lexer: inout Lexer) throws(CommandError) -> Command {
        let token = try lexer.peek()
        guard case .number(let number, _) = token.kind else { return .step(.instruction) }
        guard let count = Int(exactly: number), (1...1_000_000_000).contains(count) else {
            throw CommandError(token.range, "COUNT should be from 1 to 1000000000")
        }
        _ = try lexer.next()
        return .step(.instruction, count: count)
    }

    /// `x/8i` are instructions, all other forms are bytes; how many are seen the pane decides.
    private static func examine(_ lexer: inout Lexer) throws(CommandError) -> Command {
        let form = lexer.slashed() ?? ""
        let address = try address(&lexer)
        return form.hasSuffix("i") ? .disassemble(address) : .memory(address)
    }

    private static func address(_ lexer: inout Lexer) throws(CommandError) -> Expression {
        lexer.skip(sign: "*")
        if try lexer.peek().kind == .end, let rip = RegisterName.named("rip") { return .fact(.register(rip)) }
        return try expression(&lexer)
    }

    private static func info(_ lexer: inout Lexer) throws(CommandError) -> Command {
        let token = try lexer.next()
        guard case .word(let topic) = token.kind, topic.count > 0 else {
            throw CommandError(token.range, "behind 'info' should stand registers, threads or files")
        }
        func names(_ words: String...) -> Bool { words.contains { $0.hasPrefix(topic) } }
        if names("registers", "all-registers") {
            // All of them are seen where the pane has the whole screen.
            guard case .word? = try? lexer.peek().kind else { return .zoom(.code) }
            return .print(try register(&lexer))
        }
        if names("threads", "inferiors") { return .show(.threads) }
        if names("files", "proc") { return .show(.descriptors) }
        if names("symbol", "line", "source") { return .show(.code) }
        if names("mem") { return .show(.map) }
        throw CommandError(
            token.range, "'info \(topic)' is not known here: registers, threads, files or mem can stand behind 'info'")
    }

    /// A register by its bare name, as `info registers rax` has it.
    private static func register(_ lexer: inout Lexer) throws(CommandError) -> Expression {
        let token = try lexer.next()
        guard case .word(let name) = token.kind, let register = RegisterName.debugger(name) else {
            throw CommandError(
                token.range, "there is no register '\(lexer.text(token.range))'",
                suggestion: Nearest.word(to: lexer.text(token.range), among: RegisterName.all.map(\.name)))
        }
        return .fact(.register(register))
    }

    /// `print/x`: a number is always shown in both notations.
    private static func printed(_ lexer: inout Lexer) throws(CommandError) -> Command? {
        guard lexer.slashed() != nil else { return nil }
        return .print(try expression(&lexer))
    }

    /// `b *0x1000`: gdb's star says that an address follows, which is always so here.
    private static func dereferenced(_ word: String, _ lexer: inout Lexer) throws(CommandError) -> Command? {
        guard try lexer.peek().kind == .sign("*") else { return nil }
        lexer.skip(sign: "*")
        let address = try expression(&lexer)
        return word == "watch" ? .watch(address) : .breakAt(address)
    }

    private static func expression(_ lexer: inout Lexer) throws(CommandError) -> Expression {
        var parser = ExpressionParser(lexer)
        let expression = try parser.expression()
        lexer = parser.lexer
        return expression
    }
}

extension RegisterName {
    /// A register as gdb names it, with or without its `$`: `rax`, `$pc`, `$sp`.
    static func debugger(_ name: String) -> RegisterName? {
        let isMarked = name.hasPrefix("$")
        let name = isMarked ? String(name.dropFirst()) : name
        switch name {
        case "pc": return named("rip")
        // gdb's are the whole registers of a 64-bit program.
        case "sp" where isMarked: return named("rsp")
        case "fp": return named("rbp")
        default: return named(name)
        }
    }
}
