import CTraceFS
import Glibc

/// An expression of a tracepoint's print format, such as `REC->exit_reason & 0xffff`, freed from the C tree.
indirect enum PrintExpression: Sendable, Equatable {
    case number(Int64)
    /// By its index among the format's fields.
    case field(Int)
    /// `-`, `~` or `!`.
    case prefix(String, PrintExpression)
    case infix(String, PrintExpression, PrintExpression)
    case choice(PrintExpression, PrintExpression, PrintExpression)

    /// nil for what is not made of numbers, fields and the operators below.
    init?(_ argument: UnsafePointer<tep_print_arg>?, _ fields: [String: Int]) {
        guard let argument else { return nil }
        switch argument.pointee.type {
        case TEP_PRINT_ATOM:
            guard let atom = argument.pointee.atom.atom, let value = Self.number(String(cString: atom)) else {
                return nil
            }
            self = .number(value)
        case TEP_PRINT_FIELD:
            guard let name = argument.pointee.field.name, let index = fields[String(cString: name)] else { return nil }
            self = .field(index)
        case TEP_PRINT_TYPE:
            self.init(argument.pointee.typecast.item, fields)
        case TEP_PRINT_OP:
            self.init(operator: argument, fields)
        default:
            return nil
        }
    }

    private init?(operator argument: UnsafePointer<tep_print_arg>, _ fields: [String: Int]) {
        guard let name = argument.pointee.op.op.map({ String(cString: $0) }), let right = argument.pointee.op.right
        else { return nil }
        if name == "?" {
            guard right.pointee.type == TEP_PRINT_OP,
                let condition = PrintExpression(argument.pointee.op.left, fields),
                let yes = PrintExpression(right.pointee.op.left, fields),
                let no = PrintExpression(right.pointee.op.right, fields)
            else { return nil }
            self = .choice(condition, yes, no)
            return
        }
        guard let operand = PrintExpression(right, fields) else { return nil }
        let left = argument.pointee.op.left
        // The library gives a prefix operator an empty left side.
        if left == nil || left?.pointee.type == TEP_PRINT_NULL {
            self = .prefix(name, operand)
        } else if let left = PrintExpression(left, fields) {
            self = .infix(name, left, operand)
        } else {
            return nil
        }
    }

    /// A C number with its prefix and suffix.
    static func number(_ text: String) -> Int64? {
        let digits = String(text.prefix { !"uUlL".contains($0) })
        let isNegative = digits.hasPrefix("-")
        let magnitude = isNegative ? digits.dropFirst() : digits[...]
        let value =
            magnitude.lowercased().hasPrefix("0x")
            ? UInt64(magnitude.dropFirst(2), radix: 16) : UInt64(magnitude, radix: 10)
        guard let value else { return nil }
        return isNegative ? 0 &- Int64(bitPattern: value) : Int64(bitPattern: value)
    }

    /// The field of which it speaks first.
    var firstField: Int? {
        switch self {
        case .number: nil
        case .field(let index): index
        case .prefix(_, let operand): operand.firstField
        case .infix(_, let left, let right): left.firstField ?? right.firstField
        case .choice(let condition, let yes, let no): condition.firstField ?? yes.firstField ?? no.firstField
        }
    }

    /// In C's meaning, on 64-bit signed numbers; nil where C gives none, such as a division by zero.
    ///
    /// - Parameter field: a field's number by its index; nil where the record is too short for it.
    func value(_ field: (Int) -> Int64?) -> Int64? {
        switch self {
        case .number(let value): return value
        case .field(let index): return field(index)
        case .prefix(let name, let operand):
            guard let value = operand.value(field) else { return nil }
            switch name {
            case "-": return 0 &- value
            case "~": return ~value
            case "!": return value == 0 ? 1 : 0
            default: return nil
            }
        case .infix(let name, let left, let right):
            guard let left = left.value(field), let right = right.value(field) else { return nil }
            return Self.apply(name, left, right)
        case .choice(let condition, let yes, let no):
            guard let decision = condition.value(field) else { return nil }
            return (decision != 0 ? yes : no).value(field)
        }
    }

    private static func apply(_ name: String, _ left: Int64, _ right: Int64) -> Int64? {
        switch name {
        case "+": left &+ right
        case "-": left &- right
        case "*": left &* right
        case "/": right == 0 ? nil : left.dividedReportingOverflow(by: right).partialValue
        case "%": right == 0 ? nil : left.remainderReportingOverflow(dividingBy: right).partialValue
        case "&": left & right
        case "|": left | right
        case "^": left ^ right
        case "<<": left &<< right
        case ">>": left &>> right
        case "&&": left != 0 && right != 0 ? 1 : 0
        case "||": left != 0 || right != 0 ? 1 : 0
        case "==": left == right ? 1 : 0
        case "!=": left != right ? 1 : 0
        case "<": left < right ? 1 : 0
        case "<=": left <= right ? 1 : 0
        case ">": left > right ? 1 : 0
        case ">=": left >= right ? 1 : 0
        default: nil
        }
    }
}
