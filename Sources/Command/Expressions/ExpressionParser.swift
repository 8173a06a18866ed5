/// Reads an expression by operator precedence (Pratt's method) and stops at the first token that cannot go on.
struct ExpressionParser {
    var lexer: Lexer
    private var size = 0
    private var depth = 0

    /// Bounds on an expression, so that evaluating and releasing its tree needs little stack.
    private static let largestSize = 256
    private static let greatestDepth = 64

    init(_ lexer: Lexer) { self.lexer = lexer }

    mutating func expression(tighterThan limit: Int = 0) throws(CommandError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        var left = try operand()
        while case .sign(let text) = try lexer.peek().kind, let sign = BinaryOperator(rawValue: text),
            sign.precedence > limit
        {
            let token = try lexer.next()
            let right = try expression(tighterThan: sign.precedence)
            left = .binary(sign, left, right)
            if sign.isComparison, case .sign(let next) = try lexer.peek().kind,
                BinaryOperator(rawValue: next)?.isComparison == true
            {
                let second = try lexer.peek()
                throw CommandError(
                    token.range.lowerBound..<second.range.upperBound,
                    "comparisons do not chain: join two of them with &&")
            }
        }
        return left
    }

    private mutating func operand() throws(CommandError) -> Expression {
        let token = try lexer.next()
        size += 1
        if size > Self.largestSize { throw CommandError(token.range, "the expression is too long") }
        if depth > Self.greatestDepth { throw CommandError(token.range, "the expression is nested too deeply") }
        switch token.kind {
        case .number(let number, let notation): return .integer(number, notation)
        case .text(let text): return .text(text)
        case .word(let word): return try named(word, at: token.range)
        case .sign("("):
            let inner = try expression()
            try close(")", openedAt: token.range)
            return inner
        case .sign(let text):
            if let sign = UnaryOperator(rawValue: text) {
                depth += 1
                defer { depth -= 1 }
                return .unary(sign, try operand())
            }
            throw CommandError(token.range, "a number, a fact or a word should stand before '\(text)'")
        case .end: throw CommandError(token.range, "a number, a fact or a word is missing here")
        }
    }

    private mutating func named(_ word: String, at range: Range<Int>) throws(CommandError) -> Expression {
        if word == "true" || word == "false" { return .boolean(word == "true") }
        let bracket = try lexer.peek()
        switch bracket.kind {
        case .sign("["): return try memory(word, at: range)
        case .sign("("):
            if let function = Function(rawValue: word) { return try call(function, at: range) }
            return try factWithArgument(word, at: range)
        default: break
        }
        if let reference = FactTable.reference(named: word) {
            switch FactTable.entry(for: reference.id)?.argument {
            case .address: throw CommandError(range, "\(word) takes an address in square brackets: \(word)[0x1000]")
            case .required(let list):
                throw CommandError(range, "\(word) takes a word in parentheses: one \(list.name)")
            case .number(let what):
                throw CommandError(range, "\(word) takes the number of a \(what) in parentheses: \(word)(1)")
            default: return .fact(reference)
            }
        }
        if word.hasPrefix("$") {
            if let register = RegisterName.debugger(word) { return .fact(.register(register)) }
            // A symbol may begin so too; what is nearly a register is none.
            if let near = Nearest.word(to: String(word.dropFirst()), among: RegisterName.all.map(\.name)) {
                throw CommandError(range, "there is no register '\(word)'", suggestion: "$" + near)
            }
        }
        return word.contains(".") ? .unknownFact(name: word, argument: nil) : .word(word)
    }

    private mutating func memory(_ word: String, at range: Range<Int>) throws(CommandError) -> Expression {
        guard let bytes = FactID(rawValue: word)?.memoryBytes else {
            throw CommandError(
                range, "only mem8, mem16, mem32 and mem64 take square brackets",
                suggestion: Nearest.word(to: word, among: ["mem8", "mem16", "mem32", "mem64"]))
        }
        let open = try lexer.next()
        let address = try expression()
        try close("]", openedAt: open.range)
        return .memory(bytes: bytes, at: address)
    }

    private mutating func call(_ function: Function, at range: Range<Int>) throws(CommandError) -> Expression {
        let open = try lexer.next()
        var arguments = [try expression()]
        while try lexer.peek().kind == .sign(",") {
            _ = try lexer.next()
            arguments.append(try expression())
        }
        try close(")", openedAt: open.range)
        guard arguments.count == function.arity else {
            throw CommandError(
                range,
                "\(function.rawValue) takes \(function.arity) argument\(function.arity == 1 ? "" : "s"), as in "
                    + function.example)
        }
        return .call(function, arguments)
    }

    private mutating func factWithArgument(_ name: String, at range: Range<Int>) throws(CommandError) -> Expression {
        let open = try lexer.next()
        let token = try lexer.next()
        let argument: String
        switch token.kind {
        case .word(let word), .text(let word): argument = word
        case .number: argument = lexer.text(token.range)
        case .sign, .end: throw CommandError(token.range, "a word should stand in the parentheses behind \(name)")
        }
        try close(")", openedAt: open.range)
        guard var reference = FactTable.reference(named: name) else {
            return .unknownFact(name: name, argument: argument)
        }
        switch FactTable.entry(for: reference.id)?.argument {
        case .optional, .required:
            reference.argument = .word(argument)
            return .fact(reference)
        case .number(let what):
            guard case .number(let value, _) = token.kind, let number = Int(exactly: value) else {
                throw CommandError(token.range, "\(name) takes the number of a \(what): \(name)(1)")
            }
            reference.argument = .number(number)
            return .fact(reference)
        default: throw CommandError(range, "\(name) takes nothing in parentheses")
        }
    }

    private mutating func close(_ bracket: String, openedAt open: Range<Int>) throws(CommandError) {
        let token = try lexer.next()
        guard token.kind == .sign(bracket) else {
            throw CommandError(token.range, "'\(bracket)' is missing; it was opened in column \(open.lowerBound &+ 1)")
        }
    }
}

extension Expression {
    /// Reads a whole text as one expression.
    ///
    /// - Throws: an error that says in which column the text stops making sense.
    public init(parsing text: String) throws(CommandError) {
        let lexer = Lexer(text)
        if lexer.scalars.count > Lexer.longestLine { throw CommandError(column: 0, message: "the line is too long") }
        var parser = ExpressionParser(lexer)
        let expression = try parser.expression()
        let rest = try parser.lexer.next()
        guard rest.kind == .end, parser.lexer.isAtEnd else {
            throw CommandError(rest.range, "an operator should stand before '\(lexer.text(rest.range))'")
        }
        self = expression
    }
}
