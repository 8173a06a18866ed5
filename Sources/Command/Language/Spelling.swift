/// How words, texts and characters are written in the language; the lexer reads what this writes.
enum Spelling {
    static func startsWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "." || scalar == "$" || scalar.properties.isAlphabetic
    }

    /// The hyphen is not among these: it belongs to a word only before a letter.
    static func continuesWord(_ scalar: Unicode.Scalar) -> Bool {
        startsWord(scalar) || scalar == ":" || isDigit(scalar)
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    /// Whether the lexer reads the text as one word that is not a number.
    static func isWord(_ text: String) -> Bool {
        var lexer = Lexer(text)
        guard let token = try? lexer.next(), case .word(let word) = token.kind else { return false }
        return word == text && token.range.upperBound == text.unicodeScalars.count
    }

    /// A fact's argument: bare where it is a word, else quoted.
    static func argument(_ text: String) -> String { isWord(text) ? text : quoted(text) }

    /// A text in double quotes, with `\n`, `\t`, `\r`, `\"`, `\\` and `\u{…}` for other control characters.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if let letter = escapeLetter(of: scalar) {
                result += "\\" + String(letter)
            } else if scalar == "\"" || scalar == "\\" {
                result += "\\" + String(scalar)
            } else if isControl(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// A character in single quotes, nil where the number is no printable ASCII character and has no short escape.
    static func characterLiteral(_ number: UInt64) -> String? {
        guard number < 0x7f, let scalar = Unicode.Scalar(UInt32(number)) else { return nil }
        if let letter = escapeLetter(of: scalar) { return "'\\\(letter)'" }
        if scalar == "'" || scalar == "\\" { return "'\\\(scalar)'" }
        return number >= 0x20 ? "'\(scalar)'" : nil
    }

    static func escapeLetter(of scalar: Unicode.Scalar) -> Character? {
        switch scalar {
        case "\n": "n"
        case "\t": "t"
        case "\r": "r"
        case "\0": "0"
        default: nil
        }
    }

    static func escape(letter: Unicode.Scalar) -> Unicode.Scalar? {
        switch letter {
        case "n": "\n"
        case "t": "\t"
        case "r": "\r"
        case "0": "\0"
        case "\"", "'", "\\": letter
        default: nil
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
