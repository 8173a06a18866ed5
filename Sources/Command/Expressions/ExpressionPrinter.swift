extension Expression: CustomStringConvertible {
    /// The canonical text: parsing it gives this expression again.
    public var description: String {
        switch self {
        case .integer(let number, let notation): notation.text(of: number)
        case .text(let text): Spelling.quoted(text)
        case .boolean(let flag): flag ? "true" : "false"
        case .word(let word): Spelling.isWord(word) ? word : Spelling.quoted(word)
        case .fact(let reference): reference.description
        case .memory(let bytes, let address): "mem\(bytes &* 8)[\(address)]"
        case .unknownFact(let name, let argument):
            if let argument { "\(name)(\(Spelling.argument(argument)))" } else { name }
        case .call(let function, let arguments):
            "\(function.rawValue)(\(arguments.map(\.description).joined(separator: ", ")))"
        case .unary(let sign, let operand):
            if case .binary = operand { "\(sign.rawValue)(\(operand))" } else { "\(sign.rawValue)\(operand)" }
        case .binary(let sign, let left, let right):
            "\(left.text(inside: sign, onRight: false)) \(sign.rawValue) \(right.text(inside: sign, onRight: true))"
        }
    }

    private func text(inside outer: BinaryOperator, onRight: Bool) -> String {
        guard case .binary(let sign, _, _) = self else { return description }
        let needsParentheses =
            sign.precedence < outer.precedence
            || sign.precedence == outer.precedence && (onRight || outer.isComparison)
        return needsParentheses ? "(\(self))" : description
    }
}

extension Expression.Notation {
    func text(of number: UInt64) -> String {
        switch self {
        case .decimal: String(number)
        case .hexadecimal: "0x" + String(number, radix: 16)
        case .binary: "0b" + String(number, radix: 2)
        case .character: Spelling.characterLiteral(number) ?? "0x" + String(number, radix: 16)
        }
    }
}
