/// A name or a word in an expression that cannot be right, however the guest behaves.
public struct FactProblem: Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in one line.
    public let message: String
    /// The nearest name that exists.
    public let suggestion: String?

    public var description: String { suggestion.map { "\(message); did you mean '\($0)'?" } ?? message }
}

extension FactTable {
    /// Looks for names that do not exist and comparisons that can never hold, without asking any source.
    ///
    /// - Parameter symbols: the guest's symbols; nil where they are not known, and then no bare word is refused.
    public static func check(_ expression: Expression, symbols: Set<String>?) -> [FactProblem] {
        var checker = FactChecker(symbols: symbols)
        _ = checker.type(of: expression)
        return checker.problems
    }

    /// The same for every expression of a command; an address must be a number, a condition must not be a text.
    public static func check(_ command: Command, symbols: Set<String>?) -> [FactProblem] {
        var checker = FactChecker(symbols: symbols)
        switch command {
        case .print(let expression): _ = checker.type(of: expression)
        case .expect(let condition), .until(let condition):
            if case .text = checker.type(of: condition) { checker.report("\(condition) is a text, not a condition") }
        // The kernel's headers name these numbers.
        case .ioctl(_, _, .word(let name)?) where name.hasPrefix("KVM_CAP_"): break
        default: for expression in command.expressions { checker.needNumber(expression) }
        }
        return checker.problems
    }
}

/// Goes through an expression once and keeps what it finds.
private struct FactChecker {
    let symbols: Set<String>?
    var problems: [FactProblem] = []

    init(symbols: Set<String>?) { self.symbols = symbols }

    enum Kind {
        case number, text, boolean
        case word(WordList)
        /// A bare word that is no symbol, so a text that may name something.
        case bareWord(String)
        case unclear
    }

    mutating func report(_ message: String, suggestion: String? = nil) {
        problems.append(FactProblem(message: message, suggestion: suggestion))
    }

    mutating func type(of expression: Expression) -> Kind {
        switch expression {
        case .integer: return .number
        case .text: return .text
        case .boolean: return .boolean
        case .word(let word):
            guard let symbols else { return .unclear }
            return symbols.contains(word) ? .number : .bareWord(word)
        case .fact(let reference): return type(of: reference)
        case .memory(_, let address):
            needNumber(address)
            return .number
        case .unknownFact(let name, let argument):
            if argument == nil, symbols?.contains(name) == true { return .number }
            report(
                "there is no fact \(name)",
                suggestion: Nearest.word(to: name, among: FactTable.names(vcpus: 1).map(\.name)))
            return .unclear
        case .call(let function, let arguments):
            check(function, arguments)
            return function == .symbol ? .number : .boolean
        case .unary(.not, let operand):
            needCondition(operand)
            return .boolean
        case .unary(_, let operand):
            needNumber(operand)
            return .number
        case .binary(let sign, let left, let right):
            if sign == .and || sign == .or {
                needCondition(left)
                needCondition(right)
                return .boolean
            }
            if sign.isComparison {
                compare(left, right)
                return .boolean
            }
            needNumber(left)
            needNumber(right)
            return .number
        }
    }

    private mutating func type(of reference: FactReference) -> Kind {
        guard let entry = FactTable.entry(for: reference.id) else { return .unclear }
        switch entry.argument {
        case .optional(let list), .required(let list):
            if let word = reference.word { need(word, in: list) }
        case .none, .number, .address: break
        }
        switch entry.type {
        case .integer: return .number
        case .text: return .text
        case .boolean: return .boolean
        case .word(let list): return .word(list)
        }
    }

    private mutating func need(_ word: String, in list: WordList) {
        guard !list.contains(word) else { return }
        report("there is no \(list.name) '\(word)'", suggestion: Nearest.word(to: word, among: list.words.map(\.word)))
    }

    private mutating func compare(_ left: Expression, _ right: Expression) {
        // A word beside an enumerated fact is one of its words, whatever symbols the guest has.
        if case .word(let word) = right, case .word(let list) = listed(left) {
            _ = type(of: left)
            return need(word, in: list)
        }
        if case .word(let word) = left, case .word(let list) = listed(right) {
            _ = type(of: right)
            return need(word, in: list)
        }
        let first = type(of: left)
        let second = type(of: right)
        switch (first, second) {
        case (.word(let list), .text):
            if case .text(let word) = right { need(word, in: list) }
        case (.text, .word(let list)):
            if case .text(let word) = left { need(word, in: list) }
        case (.number, .bareWord), (.bareWord, .number):
            needNumber(left, first)
            needNumber(right, second)
        case (.number, .text), (.text, .number), (.number, .word), (.word, .number), (.boolean, .number),
            (.number, .boolean), (.boolean, .text), (.text, .boolean), (.boolean, .word), (.word, .boolean),
            (.boolean, .bareWord), (.bareWord, .boolean):
            report("\(left) and \(right) can never be compared: one is \(name(first)), the other \(name(second))")
        default: break
        }
    }

    private func listed(_ expression: Expression) -> Kind {
        guard case .fact(let reference) = expression, case .word(let list) = FactTable.entry(for: reference.id)?.type
        else {
            return .unclear
        }
        return .word(list)
    }

    private func name(_ kind: Kind) -> String {
        switch kind {
        case .number: "a number"
        case .text, .bareWord, .unclear: "a text"
        case .boolean: "true or false"
        case .word(let list): "one \(list.name)"
        }
    }

    mutating func needNumber(_ expression: Expression) { needNumber(expression, type(of: expression)) }

    private mutating func needNumber(_ expression: Expression, _ kind: Kind) {
        switch kind {
        case .number, .unclear: break
        case .bareWord(let word):
            let known = (symbols ?? []).union(RegisterName.all.map { "reg.\($0.name)" })
            let register = RegisterName.named(word).map { "reg.\($0.name)" }
            report(
                "the guest has no symbol '\(word)'",
                suggestion: register ?? Nearest.word(to: word, among: known.sorted()))
        case .text, .boolean, .word: report("\(expression) is \(name(kind)), and a number is needed")
        }
    }

    private mutating func needCondition(_ expression: Expression) {
        let kind = type(of: expression)
        switch kind {
        case .text, .word, .bareWord: report("\(expression) is a text, not a condition")
        case .number, .boolean, .unclear: break
        }
    }

    private mutating func check(_ function: Function, _ arguments: [Expression]) {
        guard arguments.count == function.arity, let first = arguments.first, let last = arguments.last else {
            return report("\(function.rawValue) takes \(function.arity) argument\(function.arity == 1 ? "" : "s")")
        }
        switch function {
        case .known: _ = type(of: first)
        case .symbol:
            let name: String
            if case .text(let text) = first { name = text } else { name = first.description }
            if let symbols, !symbols.contains(name) {
                report("the guest has no symbol '\(name)'", suggestion: Nearest.word(to: name, among: symbols.sorted()))
            }
        case .contains:
            for argument in [first, last] {
                if case .word = argument { continue }
                switch type(of: argument) {
                case .number, .boolean: report("\(argument) is no text, and contains looks into a text")
                default: break
                }
            }
        }
    }
}
