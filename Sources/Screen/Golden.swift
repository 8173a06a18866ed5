extension Grid {
    /// The rows as text without trailing spaces, each ended by a line feed.
    public var text: String {
        var result = ""
        for y in 0..<height {
            result += rowText(y)
            result += "\n"
        }
        return result
    }

    /// Text and looks of the grid, in a form to be kept in a file and compared by a test.
    ///
    /// First the size and the cursor, then each row behind a `|`. If any role but `normal` is used, `roles` follows
    /// with one letter a column (`Role.letter`), and if any attribute is used, `attributes` with a hexadecimal digit a
    /// column (1 bold, 2 underline, 4 reverse, 8 italic, added up). Rows lose what is empty at their end.
    public var golden: String {
        var result = "\(width)x\(height)"
        if let cursor { result += " cursor \(cursor.x),\(cursor.y)" }
        result += "\n"
        for y in 0..<height { result += "|" + rowText(y) + "\n" }
        if cells.contains(where: { $0.style.role != .normal }) {
            result += "roles\n"
            for y in 0..<height { result += Self.layer(row(y).map(\.style.role.letter)) }
        }
        if cells.contains(where: { !$0.style.attributes.isEmpty }) {
            result += "attributes\n"
            for y in 0..<height {
                result += Self.layer(
                    row(y).map { cell in
                        let attributes = cell.style.attributes.rawValue & 15
                        return attributes == 0 ? "." : Character(String(attributes, radix: 16))
                    })
            }
        }
        return result
    }

    /// Says where two golden texts first differ, or nil if they are equal.
    public static func difference(_ actual: String, _ expected: String) -> String? {
        guard actual != expected else { return nil }
        let actual = actual.split(separator: "\n", omittingEmptySubsequences: false)
        let expected = expected.split(separator: "\n", omittingEmptySubsequences: false)
        for index in 0..<max(actual.count, expected.count) {
            let here = index < actual.count ? String(actual[index]) : "(ends)"
            let there = index < expected.count ? String(expected[index]) : "(ends)"
            if here != there { return "line \(index + 1) is\n\(here)\nbut should be\n\(there)" }
        }
        return nil
    }

    private func rowText(_ y: Int) -> String {
        var result = ""
        var spaces = 0
        for cell in row(y) where cell.width > 0 {
            if cell.glyph == .space {
                spaces += 1
            } else {
                result += String(repeating: " ", count: spaces)
                spaces = 0
                cell.glyph.append(to: &result)
            }
        }
        return result
    }

    private static func layer(_ letters: [Character]) -> String {
        var letters = letters
        while letters.last == "." { letters.removeLast() }
        return "|" + String(letters) + "\n"
    }
}
