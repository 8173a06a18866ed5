extension Expression {
    /// Works the expression out against a source of facts; what cannot be known is `.unknown`, never a guess.
    ///
    /// `&&` and `||` know their answer from one side where that side decides it.
    public func value(in source: some FactSource) -> Value {
        switch self {
        case .integer(let number, _): return .integer(number)
        case .text(let text): return .text(text)
        case .boolean(let flag): return .boolean(flag)
        case .word(let word): return source.address(ofSymbol: word).map(Value.integer) ?? .text(word)
        case .fact(let reference): return source.value(of: reference)
        case .memory(let bytes, let address):
            guard let id = FactID(memoryBytes: bytes) else {
                return .unknown("memory is read 1, 2, 4 or 8 bytes at a time")
            }
            switch address.value(in: source) {
            case .integer(let address): return source.value(of: FactReference(id, argument: .address(address)))
            case let other: return other.refused("an address")
            }
        case .unknownFact(let name, let argument):
            if argument == nil, let address = source.address(ofSymbol: name) { return .integer(address) }
            return .unknown("there is no fact \(name)")
        case .call(let function, let arguments): return function.value(arguments, in: source)
        case .unary(let sign, let operand): return sign.value(operand.value(in: source))
        case .binary(let sign, let left, let right):
            switch sign {
            case .and, .or: return sign.logic(left.value(in: source), { right.value(in: source) })
            default: break
            }
            let first = left.value(in: source)
            let second = right.value(in: source)
            if sign.isComparison {
                return sign.compare(left.read(first, beside: second), right.read(second, beside: first))
            }
            return sign.arithmetic(first, second)
        }
    }

    /// Whether the expression holds; nil where that is not known.
    public func holds(in source: some FactSource) -> Bool? { value(in: source).truth }

    /// A bare word beside a text is that word, even where the guest has a symbol of the same name.
    private func read(_ value: Value, beside other: Value) -> Value {
        if case .word(let word) = self, case .text = other { .text(word) } else { value }
    }
}

extension Value {
    /// The reason why this value cannot stand where something else is needed.
    func refused(_ needed: String) -> Value {
        switch self {
        case .unknown: self
        case .text(let text): .unknown("'\(text)' is no symbol of the guest and not \(needed)")
        case .integer, .boolean: .unknown("\(needed) is needed here, and this is \(kindName)")
        }
    }
}

extension UnaryOperator {
    func value(_ operand: Value) -> Value {
        switch (self, operand) {
        case (.not, _): operand.truth.map { .boolean(!$0) } ?? operand.refused("a yes or no")
        case (.negate, .integer(let number)): .integer(0 &- number)
        case (.complement, .integer(let number)): .integer(~number)
        case (.negate, _), (.complement, _): operand.refused("a number")
        }
    }
}

extension BinaryOperator {
    func logic(_ left: Value, _ right: () -> Value) -> Value {
        let decides = self == .or
        if left.truth == decides { return .boolean(decides) }
        let second = right()
        if second.truth == decides { return .boolean(decides) }
        guard left.truth != nil else { return left.refused("a yes or no") }
        guard second.truth != nil else { return second.refused("a yes or no") }
        return .boolean(!decides)
    }

    func compare(_ left: Value, _ right: Value) -> Value {
        switch (left, right) {
        case (.unknown, _): left
        case (_, .unknown): right
        case (.integer(let a), .integer(let b)): .boolean(holds(a, b))
        case (.text(let a), .text(let b)):
            switch self {
            case .equal: .boolean(WordList.isSame(a, b))
            case .notEqual: .boolean(!WordList.isSame(a, b))
            default: .unknown("texts are equal or not; they have no order here")
            }
        case (.boolean(let a), .boolean(let b)): .boolean(holds(a ? 1 : 0, b ? 1 : 0))
        default: .unknown("\(left.kindName) (\(left)) cannot be compared with \(right.kindName) (\(right))")
        }
    }

    private func holds(_ a: UInt64, _ b: UInt64) -> Bool {
        switch self {
        case .equal: a == b
        case .notEqual: a != b
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        default: false
        }
    }

    func arithmetic(_ left: Value, _ right: Value) -> Value {
        guard case .integer(let a) = left else { return left.refused("a number") }
        guard case .integer(let b) = right else { return right.refused("a number") }
        switch self {
        case .add: return .integer(a &+ b)
        case .subtract: return .integer(a &- b)
        case .multiply: return .integer(a &* b)
        case .divide: return b == 0 ? .unknown("division by zero") : .integer(a / b)
        case .remainder: return b == 0 ? .unknown("division by zero") : .integer(a % b)
        case .bitAnd: return .integer(a & b)
        case .bitOr: return .integer(a | b)
        case .bitXor: return .integer(a ^ b)
        // Swift's shifts give 0 where more bits are shifted than there are.
        case .shiftLeft: return .integer(a << b)
        case .shiftRight: return .integer(a >> b)
        default: return .unknown("'\(rawValue)' does not calculate")
        }
    }
}

extension Function {
    func value(_ arguments: [Expression], in source: some FactSource) -> Value {
        guard arguments.count == arity, let first = arguments.first, let last = arguments.last else {
            return .unknown("\(rawValue) takes \(arity) argument\(arity == 1 ? "" : "s")")
        }
        switch self {
        case .known: return .boolean(first.value(in: source).unknownReason == nil)
        case .symbol:
            let name: String
            switch first {
            case .word(let word), .text(let word): name = word
            default: name = first.description
            }
            return source.address(ofSymbol: name).map(Value.integer) ?? .unknown("the guest has no symbol '\(name)'")
        case .contains:
            guard case .text(let whole) = first.value(in: source) else {
                return first.value(in: source).refused("a text")
            }
            let part: String
            switch (last, last.value(in: source)) {
            case (.word(let word), _): part = word
            case (_, .text(let text)): part = text
            case (_, let other): return other.refused("a text")
            }
            if Self.find(part, in: whole) { return .boolean(true) }
            if case .fact(let fact) = first, source.isOnlyTheEnd(fact) {
                return .unknown("it is not in the part of \(first) that was kept, and the beginning is gone")
            }
            return .boolean(false)
        }
    }

    /// Bytes within bytes: a guest's output need not be whole characters.
    private static func find(_ part: String, in whole: String) -> Bool {
        let needle = Array(part.utf8)
        guard let head = needle.first else { return true }
        let text = Array(whole.utf8)
        guard text.count >= needle.count else { return false }
        return (0...(text.count - needle.count)).contains { start in
            text[start] == head && text[start..<start + needle.count].elementsEqual(needle)
        }
    }
}
