import CTraceFS

/// A rule of a print format that gives a field's number a name, under the conditions that lead to it.
struct PrintNaming: Sendable {
    enum Rule: Sendable {
        /// `__print_symbolic`: the number is one of these.
        case symbols(PrintExpression, [UInt64: String])
        /// `__print_flags`: the number is made of these bits.
        case flags(PrintExpression, [(bits: UInt64, name: String)], delimiter: String)
        /// A word between `?` and `:` that is printed in the field's stead or beside it.
        case word(String)
    }

    /// By index.
    var field: Int
    /// All must come out as said: what stands in `a ? b : c` speaks only where `a` lets it.
    var conditions: [(expression: PrintExpression, holds: Bool)]
    var rule: Rule

    /// The name; nil where the conditions do not hold or the number has none.
    ///
    /// - Parameter mask: the bits that the field has, since a format writes -1 for a 32-bit number of ones too.
    func name(mask: UInt64, _ number: (Int) -> Int64?) -> String? {
        for condition in conditions {
            guard let value = condition.expression.value(number), (value != 0) == condition.holds else { return nil }
        }
        switch rule {
        case .word(let word): return word
        case .symbols(let expression, let names):
            guard let value = expression.value(number) else { return nil }
            return names[UInt64(bitPattern: value) & mask]
        case .flags(let expression, let names, let delimiter):
            guard let value = expression.value(number) else { return nil }
            var rest = UInt64(bitPattern: value) & mask
            var found: [String] = []
            for (bits, name) in names where bits != 0 && rest & bits == bits {
                found.append(name)
                rest &= ~bits
            }
            if rest != 0, !found.isEmpty { found.append("0x" + String(rest, radix: 16)) }
            return found.isEmpty ? nil : found.joined(separator: delimiter)
        }
    }

    /// Whether the name can stand for the number, rather than beside it.
    var replacesNumber: Bool { if case .word = rule { false } else { true } }
}

/// What a print format tells of its fields beyond their types.
struct PrintReading {
    var namings: [PrintNaming] = []
    /// Fields that are printed in hexadecimal, or in decimal; the others are not said.
    var isHexadecimal: [Int: Bool] = [:]
    /// How many bytes of an array are meant, by `__print_hex`.
    var lengths: [Int: PrintExpression] = [:]

    private let fields: [String: Int]
    private let masks: [UInt64]

    /// - Parameters:
    ///   - fields: index by name.
    ///   - masks: the bits of each field, by index.
    init(_ print: tep_print_fmt, fields: [String: Int], masks: [UInt64]) {
        self.fields = fields
        self.masks = masks
        var argument = UnsafePointer(print.args)
        var conversions = Self.conversions(print.format.map { String(cString: $0) } ?? "")[...]
        while let current = argument {
            let conversion = conversions.popFirst()
            if let conversion, case .field(let index)? = PrintExpression(current, fields),
                isHexadecimal[index] == nil, conversion != "s"
            {
                isHexadecimal[index] = conversion == "x" || conversion == "X" || conversion == "p"
            }
            read(current, [])
            argument = UnsafePointer(current.pointee.next)
        }
    }

    /// The conversion letters of a printf format, in order; those behind a `*`, which takes two arguments, are left out.
    static func conversions(_ format: String) -> [Character] {
        var letters: [Character] = []
        var isInside = false
        for character in format {
            if !isInside {
                isInside = character == "%"
            } else if character == "%" {
                isInside = false
            } else if character == "*" {
                return letters
            } else if character.isLetter, !"hlLqjzt".contains(character) {
                letters.append(character)
                isInside = false
            }
        }
        return letters
    }

    private mutating func read(
        _ argument: UnsafePointer<tep_print_arg>?, _ conditions: [(expression: PrintExpression, holds: Bool)]
    ) {
        guard let argument else { return }
        switch argument.pointee.type {
        case TEP_PRINT_TYPE:
            read(argument.pointee.typecast.item, conditions)
        case TEP_PRINT_OP:
            guard argument.pointee.op.op.map({ String(cString: $0) }) == "?", let branches = argument.pointee.op.right,
                let condition = PrintExpression(argument.pointee.op.left, fields)
            else { return }
            read(branches.pointee.op.left, conditions + [(condition, true)])
            read(branches.pointee.op.right, conditions + [(condition, false)])
        case TEP_PRINT_SYMBOL:
            guard let expression = PrintExpression(argument.pointee.symbol.field, fields),
                let field = expression.firstField
            else { return }
            let pairs = Self.names(argument.pointee.symbol.symbols, mask: masks[field])
            let names = Dictionary(pairs.map { ($0.bits, $0.name) }) { first, _ in first }
            namings.append(PrintNaming(field: field, conditions: conditions, rule: .symbols(expression, names)))
        case TEP_PRINT_FLAGS:
            guard let expression = PrintExpression(argument.pointee.flags.field, fields),
                let field = expression.firstField
            else { return }
            let names = Self.names(argument.pointee.flags.flags, mask: masks[field])
            let delimiter = argument.pointee.flags.delim.map { String(cString: $0) } ?? "|"
            let rule = PrintNaming.Rule.flags(expression, names, delimiter: delimiter)
            namings.append(PrintNaming(field: field, conditions: conditions, rule: rule))
        case TEP_PRINT_ATOM:
            guard let field = conditions.last?.expression.firstField, let atom = argument.pointee.atom.atom,
                let word = Self.word(String(cString: atom))
            else { return }
            namings.append(PrintNaming(field: field, conditions: conditions, rule: .word(word)))
        case TEP_PRINT_HEX, TEP_PRINT_HEX_STR:
            guard case .field(let index)? = PrintExpression(argument.pointee.hex.field, fields) else { return }
            lengths[index] = PrintExpression(argument.pointee.hex.size, fields)
        default:
            return
        }
    }

    private static func names(
        _ first: UnsafeMutablePointer<tep_print_flag_sym>?, mask: UInt64
    ) -> [(bits: UInt64, name: String)] {
        var names: [(bits: UInt64, name: String)] = []
        var next = first
        while let symbol = next {
            if let value = symbol.pointee.value, let text = symbol.pointee.str,
                let number = PrintExpression.number(String(cString: value)), text[0] != 0
            {
                names.append((UInt64(bitPattern: number) & mask, String(cString: text)))
            }
            next = symbol.pointee.next
        }
        return names
    }

    /// Without the signs around it; nil where no letter is left, or where it is a number.
    static func word(_ text: String) -> String? {
        let signs: Set<Character> = [" ", ",", "(", ")", "[", "]", ":"]
        let start = text.drop { signs.contains($0) }
        let word = String(start.prefix(start.count - start.reversed().prefix { signs.contains($0) }.count))
        return word.contains(where: \.isLetter) && PrintExpression.number(word) == nil ? word : nil
    }
}
