/// What people most often write that YAML takes for something else, in words that say what to write.
enum FrontMatterSlip {
    /// Looked for only where the text is no YAML, so that nothing that YAML allows is refused.
    ///
    /// - Parameter lines: the YAML without its fences; its first line is the file's second.
    static func first(in lines: [Substring]) -> FrontMatter.Trouble? {
        for (number, line) in lines.enumerated() {
            if let message = message(line) { return FrontMatter.Trouble(line: number + 2, message: message) }
        }
        return nil
    }

    private static func message(_ line: Substring) -> String? {
        if line.contains("\t") { return "a tab stands here, where YAML takes blanks only" }
        let text = line.trimmed
        guard !text.hasPrefix("#"), let colon = text.firstIndex(of: ":") else { return nil }
        let key = String(text[..<colon])
        guard FrontMatter.Key(rawValue: key) != nil else { return nil }
        if line.first?.isWhitespace == true { return "'\(key):' stands at the start of its line, without blanks" }
        let rest = text[text.index(after: colon)...]
        guard rest.isEmpty || rest.first?.isWhitespace == true else { return "behind '\(key):' stands a blank" }
        return message(key, rest.trimmed)
    }

    private static func message(_ key: String, _ value: String) -> String? {
        guard let first = value.first else { return nil }
        if first == "\"" || first == "'" {
            let isClosed = value.count > 1 && value.dropFirst().contains(first)
            return isClosed ? nil : "the quote behind '\(key):' is not closed"
        }
        if first == "[" { return value.contains("]") ? nil : "a list begins with [ and ends with ]" }
        let quoted = value.replacing("\"", with: "\\\"")
        if value.contains(": ") || value.hasSuffix(":") {
            return "a value with a colon in it stands in quotes: \(key): \"\(quoted)\""
        }
        if "@`%&*!|>{}],?".contains(first) || value.hasPrefix("- ") {
            return "a value that begins with \(first) stands in quotes: \(key): \"\(quoted)\""
        }
        return nil
    }
}
