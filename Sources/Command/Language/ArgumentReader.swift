/// Reads what stands behind a command's words, argument by argument, as the table says.
struct ArgumentReader {
    private(set) var unit: StepUnit?
    private(set) var numbers: [Int] = []
    private(set) var expressions: [Expression] = []
    private(set) var pane: Pane?
    private(set) var access: Command.AccessKind?
    private(set) var isUser = false
    private(set) var isReadOnly = false
    private(set) var direction: Command.Direction?
    private(set) var register: RegisterName?
    private(set) var isOn: Bool?
    private(set) var ioctlTarget: IoctlTarget?
    private(set) var request: IoctlRequest?
    private(set) var text: String?

    var expression: Expression? { expressions.first }
    var number: Int? { numbers.first }

    /// Reads one argument, or leaves the lexer where it is if the argument is optional and not there.
    mutating func read(
        _ argument: CommandEntry.Argument, of entry: CommandEntry, with lexer: inout Lexer
    ) throws(CommandError) {
        if case .text = argument.kind {
            guard let rest = try lexer.rest() else {
                if argument.isOptional { return }
                throw missing(argument, of: entry, at: lexer.position)
            }
            text = rest.text
            return
        }
        let token = try lexer.peek()
        if token.kind == .end {
            if argument.isOptional { return }
            throw missing(argument, of: entry, at: token.range.lowerBound)
        }
        switch argument.kind {
        case .text: break
        case .expression:
            var parser = ExpressionParser(lexer)
            expressions.append(try parser.expression())
            lexer = parser.lexer
        case .number(let range):
            guard case .number(let number, _) = token.kind else {
                if argument.isOptional { return }
                let seconds = CommandTable.continuations(of: entry.verb)
                let others = seconds.isEmpty ? "" : ", or one of: \(seconds.sorted().joined(separator: ", "))"
                throw CommandError(
                    token.range, "\(argument.name) should be a number\(others)",
                    suggestion: Nearest.word(to: lexer.text(token.range), among: seconds))
            }
            guard let number = Int(exactly: number), range.contains(number) else {
                throw CommandError(
                    token.range, "\(argument.name) should be from \(range.lowerBound) to \(range.upperBound)")
            }
            numbers.append(number)
            _ = try lexer.next()
        case .equals:
            guard token.kind == .sign("=") else {
                throw CommandError(token.range, "'=' should stand here: \(entry.usage)")
            }
            _ = try lexer.next()
        case .unit:
            if case .number = token.kind, argument.isOptional { return }
            unit = try choice(of: StepUnit.allCases, "a unit of steps", token, &lexer)
        case .pane:
            pane = try choice(
                of: Pane.allCases, "a pane", or: CommandTable.continuations(of: entry.verb), token, &lexer)
        case .readOnly:
            guard token.kind == .word("readonly") else {
                throw CommandError(token.range, "only 'readonly' can stand here: \(entry.usage)")
            }
            isReadOnly = true
            _ = try lexer.next()
        case .direction: direction = try choice(of: Command.Direction.allCases, "a direction", token, &lexer)
        case .access:
            if token.kind == .word("user") { return }
            access = try choice(of: Command.AccessKind.allCases, "a kind of access", token, &lexer)
        case .user:
            guard token.kind == .word("user") else {
                throw CommandError(token.range, "only 'user' can stand here: \(entry.usage)")
            }
            isUser = true
            _ = try lexer.next()
        case .onOff:
            guard case .word(let word) = token.kind, word == "on" || word == "off" else {
                throw CommandError(token.range, "'on' or 'off' should stand here")
            }
            isOn = word == "on"
            _ = try lexer.next()
        case .ioctlTarget: ioctlTarget = try choice(of: IoctlTarget.allCases, "a descriptor", token, &lexer)
        case .request: request = try request(token, &lexer)
        case .register:
            guard case .word(var name) = token.kind else {
                throw CommandError(token.range, "a register should stand here")
            }
            if name == "reg" {
                _ = try lexer.next()
                guard case .word(let word) = try lexer.peek().kind else {
                    throw CommandError(token.range, "a register should stand behind 'reg'")
                }
                name = word
            } else if name.hasPrefix("reg.") {
                name.removeFirst("reg.".count)
            } else if name.hasPrefix("$") {
                name = RegisterName.debugger(name)?.name ?? String(name.dropFirst())
            }
            let place = try lexer.next().range
            guard let found = RegisterName.named(name) else {
                throw CommandError(
                    place, "there is no register '\(name)'",
                    suggestion: Nearest.word(to: name, among: RegisterName.all.map(\.name)))
            }
            register = found
        }
    }

    private func choice<Choice: RawRepresentable<String>>(
        of choices: [Choice], _ what: String, or others: Set<String> = [], _ token: Token, _ lexer: inout Lexer
    ) throws(CommandError) -> Choice {
        guard case .word(let word) = token.kind else {
            throw CommandError(
                token.range, "\(what) should stand here: \(choices.map(\.rawValue).joined(separator: ", "))")
        }
        guard let found = choices.first(where: { $0.rawValue == word }) else {
            let suggestion = Nearest.word(to: word, among: choices.map(\.rawValue) + others)
            let known = suggestion == nil ? ": there are \(choices.map(\.rawValue).joined(separator: ", "))" : ""
            throw CommandError(token.range, "'\(word)' is not \(what)\(known)", suggestion: suggestion)
        }
        _ = try lexer.next()
        return found
    }

    private func request(_ token: Token, _ lexer: inout Lexer) throws(CommandError) -> IoctlRequest {
        switch token.kind {
        case .number(let number, _):
            guard let number = UInt32(exactly: number) else {
                throw CommandError(token.range, "a request is a number of 32 bits")
            }
            _ = try lexer.next()
            return .number(number)
        case .word(let name) where WordList.ioctls.words.contains { $0.word == name }:
            _ = try lexer.next()
            return .named(name)
        default:
            throw CommandError(
                token.range, "a request should stand here: a name as KVM_GET_REGS, or a number",
                suggestion: Nearest.word(to: lexer.text(token.range), among: WordList.ioctls.words.map(\.word)))
        }
    }

    private func missing(
        _ argument: CommandEntry.Argument, of entry: CommandEntry, at position: Int
    ) -> CommandError {
        CommandError(column: position, message: "\(argument.name) is missing: \(entry.usage)")
    }
}
