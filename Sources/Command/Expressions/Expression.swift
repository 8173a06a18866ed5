/// A question about the machine: facts, numbers, words and operators, as in `exit.reason == io && exit.port == 0x3f8`.
///
/// Operators, from the loosest: `||`, `&&`, comparisons (`== != < <= > >=`, which do not chain), `|`, `^`, `&`,
/// `<< >>`, `+ -`, `* / %`, and the prefixes `! - ~`. So `mem8[x] & 1 == 1` asks for the bit, unlike in C.
///
/// A word may hold a hyphen before a letter (`internal-error`, `kvm-vcpu`, `4-level`): a minus that subtracts something
/// named stands between spaces.
public indirect enum Expression: Hashable, Sendable {
    /// A number and how it was written; the notation does not change what it comes to.
    case integer(UInt64, Notation = .decimal)
    /// A quoted text.
    case text(String)
    case boolean(Bool)
    /// A bare word: the address of the guest's symbol of that name, or, where there is none, the word itself as a text.
    case word(String)
    case fact(FactReference)
    /// Guest memory read at a guest virtual address, little-endian; `bytes` is 1, 2, 4 or 8.
    case memory(bytes: Int, at: Expression)
    /// A name with dots, or with an argument, that no fact has. It comes to a symbol's address or to unknown.
    case unknownFact(name: String, argument: String?)
    case call(Function, [Expression])
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)

    /// How a number was written, kept so that an expression can be shown as its writer meant it.
    public enum Notation: Hashable, Sendable {
        case decimal, hexadecimal, binary
        /// `'A'`
        case character
    }

    /// An address, shown in hexadecimal.
    public static func address(_ address: UInt64) -> Expression { .integer(address, .hexadecimal) }
}

/// An operator that stands before its operand.
public enum UnaryOperator: String, CaseIterable, Hashable, Sendable {
    /// True for false and 0.
    case not = "!"
    /// Two's complement.
    case negate = "-"
    /// Every bit turned over.
    case complement = "~"
}

/// An operator between two operands.
public enum BinaryOperator: String, CaseIterable, Hashable, Sendable {
    case or = "||"
    case and = "&&"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case bitOr = "|"
    case bitXor = "^"
    case bitAnd = "&"
    case shiftLeft = "<<"
    case shiftRight = ">>"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"

    /// How tightly it binds; a greater number binds tighter.
    var precedence: Int {
        switch self {
        case .or: 1
        case .and: 2
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 3
        case .bitOr: 4
        case .bitXor: 5
        case .bitAnd: 6
        case .shiftLeft, .shiftRight: 7
        case .add, .subtract: 8
        case .multiply, .divide, .remainder: 9
        }
    }

    /// Whether it compares two values and so answers yes or no.
    public var isComparison: Bool { precedence == Self.equal.precedence }
}

/// A function that an expression may call.
public enum Function: String, CaseIterable, Hashable, Sendable {
    /// `contains(console, "text")`: whether the first text holds the second.
    case contains
    /// `known(exit.port)`: whether there is a value at all.
    case known
    /// `symbol(console)`: the address of a guest symbol, also where a fact has the same name.
    case symbol

    /// How many arguments it takes.
    public var arity: Int { self == .contains ? 2 : 1 }

    /// One line for help and completion.
    public var summary: String {
        switch self {
        case .contains: "whether the first text holds the second"
        case .known: "whether the value is known here"
        case .symbol: "the address of a guest symbol"
        }
    }

    /// A use of it that parses.
    public var example: String {
        switch self {
        case .contains: "contains(console, \"5\")"
        case .known: "known(exit.port)"
        case .symbol: "symbol(message)"
        }
    }
}
