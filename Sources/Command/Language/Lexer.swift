/// One piece of a line, and where it stands (in Unicode scalars).
struct Token: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case word(String)
        case number(UInt64, Expression.Notation)
        case text(String)
        /// An operator, bracket, comma or `=`.
        case sign(String)
        /// `;`, a line break, a comment or the end of the line.
        case end
    }

    var kind: Kind
    var range: Range<Int>
}

/// Cuts a line into tokens, on demand, so that a free text can be taken raw from where the lexer stands.
struct Lexer {
    let scalars: [Unicode.Scalar]
    private(set) var position = 0

    init(_ line: String) { scalars = Array(line.unicodeScalars) }

    init(_ scalars: [Unicode.Scalar], at position: Int = 0) {
        self.scalars = scalars
        self.position = position
    }

    /// Long lines are refused, which bounds the work and the depth of everything behind.
    static let longestLine = 4096

    func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range.clamped(to: scalars.indices)])
        return String(text)
    }

    private func scalar(at index: Int) -> Unicode.Scalar? { scalars.indices.contains(index) ? scalars[index] : nil }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }

    private static func endsCommand(_ scalar: Unicode.Scalar) -> Bool {
        scalar == ";" || scalar == "#" || scalar == "\n" || scalar == "\r"
    }

    /// Whether nothing but blanks and a comment follows.
    var isAtEnd: Bool {
        var copy = self
        copy.skipSpaces()
        guard let scalar = copy.scalar(at: copy.position) else { return true }
        if scalar == "#" { return !scalars[copy.position...].contains { $0 == "\n" || $0 == "\r" } }
        return false
    }

    /// Moves past one semicolon.
    mutating func skipSeparator() {
        skipSpaces()
        if scalar(at: position) == ";" { position += 1 }
    }

    mutating func skipSpaces() {
        while let scalar = scalar(at: position), Self.isSpace(scalar) { position += 1 }
    }

    /// The next token without moving past it.
    func peek() throws(CommandError) -> Token {
        var copy = self
        return try copy.next()
    }

    mutating func next() throws(CommandError) -> Token {
        skipSpaces()
        let start = position
        guard let first = scalar(at: start), !Self.endsCommand(first) else {
            return Token(kind: .end, range: start..<start)
        }
        if Spelling.isDigit(first) { return try numberOrWord() }
        if Spelling.startsWord(first) { return word() }
        if first == "\"" { return try quotedText() }
        if first == "'" { return try characterLiteral() }
        if let second = scalar(at: start + 1) {
            let two = String(first) + String(second)
            if ["||", "&&", "==", "!=", "<=", ">=", "<<", ">>"].contains(two) { return sign(two) }
        }
        let one = String(first)
        if "!<>+-*/%&|^~()[],=".unicodeScalars.contains(first) { return sign(one) }
        throw CommandError(start..<start + 1, "'\(one)' has no meaning here")
    }

    /// The rest of the command as one text: quoted, or as it stands up to `;`, a line break or ` #`.
    ///
    /// - Returns: nil where nothing is left.
    mutating func rest() throws(CommandError) -> (text: String, range: Range<Int>)? {
        skipSpaces()
        let start = position
        if scalar(at: start) == "\"" {
            let token = try quotedText()
            guard case .text(let text) = token.kind else { return nil }
            return (text, token.range)
        }
        var end = start
        while let scalar = scalar(at: position), scalar != ";", scalar != "\n", scalar != "\r" {
            if scalar == "#", position == start || Self.isSpace(scalars[position - 1]) { break }
            position += 1
            if !Self.isSpace(scalar) { end = position }
        }
        return end == start ? nil : (text(start..<end), start..<end)
    }

    /// Moves past one sign, if it comes next.
    mutating func skip(sign: String) {
        guard let token = try? peek(), token.kind == .sign(sign) else { return }
        _ = try? next()
    }

    /// Takes what stands behind a slash right here, as gdb's `/8i`; nil where there is no slash.
    mutating func slashed() -> String? {
        guard scalar(at: position) == "/" else { return nil }
        let start = position + 1
        position = start
        while let scalar = scalar(at: position), Spelling.isDigit(scalar) || scalar.properties.isAlphabetic {
            position += 1
        }
        return text(start..<position)
    }

    private mutating func sign(_ text: String) -> Token {
        let start = position
        position += text.unicodeScalars.count
        return Token(kind: .sign(text), range: start..<position)
    }

    private mutating func word() -> Token {
        let start = position
        while let scalar = scalar(at: position) {
            let joins = scalar == "-" && self.scalar(at: position + 1).map { $0.properties.isAlphabetic } == true
            guard joins || Spelling.continuesWord(scalar) else { break }
            position += 1
        }
        return Token(kind: .word(text(start..<position)), range: start..<position)
    }

    private mutating func numberOrWord() throws(CommandError) -> Token {
        let start = position
        while let scalar = scalar(at: position), Spelling.continuesWord(scalar) { position += 1 }
        let written = text(start..<position)
        let isPlain = written.unicodeScalars.allSatisfy(Spelling.isDigit)
        if isPlain, scalar(at: position) == "-", scalar(at: position + 1).map({ $0.properties.isAlphabetic }) == true {
            position = start
            // A digit cannot start a word, so take the digits first: 4-level.
            while let scalar = scalar(at: position), Spelling.isDigit(scalar) { position += 1 }
            return word(after: start)
        }
        let (number, notation) = try Self.number(written, at: start..<position)
        return Token(kind: .number(number, notation), range: start..<position)
    }

    private mutating func word(after start: Int) -> Token {
        let end = word().range.upperBound
        return Token(kind: .word(text(start..<end)), range: start..<end)
    }

    /// Decimal, `0x…` and `0b…`, with `_` between digits and a suffix K, M or G (1024, 1024², 1024³).
    private static func number(
        _ written: String, at range: Range<Int>
    ) throws(CommandError) -> (UInt64, Expression.Notation) {
        var digits = written.lowercased().filter { $0 != "_" }
        var radix = 10
        var notation = Expression.Notation.decimal
        if digits.hasPrefix("0x") {
            (radix, notation) = (16, .hexadecimal)
            digits.removeFirst(2)
        } else if digits.hasPrefix("0b") {
            (radix, notation) = (2, .binary)
            digits.removeFirst(2)
        }
        var factor: UInt64 = 1
        switch digits.last {
        case "k": factor = 1 << 10
        case "m": factor = 1 << 20
        case "g": factor = 1 << 30
        default: break
        }
        if factor > 1 { digits.removeLast() }
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.hexDigitValue.map { $0 < radix } == true }) else {
            throw CommandError(range, "'\(written)' is not a number: write 4096, 0x1000, 0b101 or 4K")
        }
        guard let number = UInt64(digits, radix: radix) else {
            throw CommandError(range, "'\(written)' does not fit in 64 bits")
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        if overflow { throw CommandError(range, "'\(written)' does not fit in 64 bits") }
        return (product, notation)
    }

    private mutating func quotedText() throws(CommandError) -> Token {
        let start = position
        position += 1
        var text = String.UnicodeScalarView()
        while let scalar = scalar(at: position), scalar != "\n" {
            position += 1
            if scalar == "\"" { return Token(kind: .text(String(text)), range: start..<position) }
            text.append(scalar == "\\" ? try escape() : scalar)
        }
        throw CommandError(start..<position, "the text has no closing quotation mark")
    }

    private mutating func characterLiteral() throws(CommandError) -> Token {
        let start = position
        position += 1
        guard var value = scalar(at: position), value != "'" else {
            throw CommandError(start..<position, "a character stands between single quotation marks, as 'A'")
        }
        position += 1
        if value == "\\" { value = try escape() }
        guard scalar(at: position) == "'" else {
            throw CommandError(
                start..<position, "one character stands between single quotation marks; a text takes \"…\"")
        }
        position += 1
        let number = UInt64(value.value)
        let notation: Expression.Notation = Spelling.characterLiteral(number) == nil ? .hexadecimal : .character
        return Token(kind: .number(number, notation), range: start..<position)
    }

    /// Reads what follows a backslash.
    private mutating func escape() throws(CommandError) -> Unicode.Scalar {
        let start = position - 1
        guard let letter = scalar(at: position) else {
            throw CommandError(start..<position, "nothing follows the '\\'")
        }
        position += 1
        if let scalar = Spelling.escape(letter: letter) { return scalar }
        if letter == "u", scalar(at: position) == "{" {
            var end = position + 1
            while let digit = scalar(at: end), digit != "}", end - position < 8 { end += 1 }
            let digits = text(position + 1..<end)
            if scalar(at: end) == "}", let code = UInt32(digits, radix: 16), let result = Unicode.Scalar(code) {
                position = end + 1
                return result
            }
        }
        throw CommandError(
            start..<position, "'\\\(letter)' is no escape: there are \\n \\t \\r \\0 \\\" \\' \\\\ \\u{…}")
    }
}
