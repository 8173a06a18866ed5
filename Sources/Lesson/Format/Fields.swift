/// The inside of an `ask` or `task` block: lines `key: value`, each with indented lines that belong to it.
///
/// A comment that stands directly over a key belongs to the key.
struct Fields {
    struct Field {
        var key: String
        var line: Int
        /// What stands behind the colon, if anything, and the indented lines: never blank, without blanks at either end.
        var lines: [(line: Int, text: String)]
        /// The comment over the key, without its signs.
        var comment: String

        var joined: String { lines.map(\.text).joined(separator: " ") }
    }

    struct Trouble: Error {
        var line: Int
        var message: String
    }

    private(set) var fields: [Field] = []

    /// - Parameters:
    ///   - firstLine: where the text starts in the file.
    ///   - keys: the keys that may stand here.
    init(_ text: String, firstLine: Int, block: String, keys: [String]) throws(Trouble) {
        var comment: [String] = []
        var number = firstLine - 1
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let content = line.trimmed
            if content.isEmpty {
                comment = []
            } else if line.first == "#" {
                comment.append(content.drop { $0 == "#" }.trimmed)
            } else if line.first?.isWhitespace == true {
                guard !fields.isEmpty else {
                    throw Trouble(line: number, message: "an indented line continues a key, and no key stands over it")
                }
                fields[fields.count - 1].lines.append((number, content))
            } else {
                let key = content.prefix { $0 != ":" && !$0.isWhitespace }
                guard content.dropFirst(key.count).first == ":", keys.contains(String(key)) else {
                    let known = keys.map { $0 + ":" }.joined(separator: ", ")
                    throw Trouble(
                        line: number,
                        message: "a line of the \(block) block starts with \(known), or is indented to continue one")
                }
                let value = content.dropFirst(key.count + 1).trimmed
                fields.append(
                    Field(
                        key: String(key), line: number, lines: value.isEmpty ? [] : [(number, value)],
                        comment: comment.joined(separator: " ").trimmed))
                comment = []
            }
        }
    }

    func all(_ key: String) -> [Field] { fields.filter { $0.key == key } }

    /// The only field of that key; nil where there is none.
    func one(_ key: String) throws(Trouble) -> Field? {
        let found = all(key)
        if found.count > 1 { throw Trouble(line: found[1].line, message: "'\(key):' stands twice in this block") }
        return found.first
    }
}
