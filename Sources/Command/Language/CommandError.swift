/// Why a line could not be read, and where.
public struct CommandError: Error, Hashable, Sendable {
    /// Where the trouble starts: Unicode scalars from the start of the line, from 0.
    public var column: Int
    /// How many scalars are concerned; 0 where something is missing.
    public var length: Int
    /// One line, without the position.
    public var message: String
    /// The nearest word that would have been known.
    public var suggestion: String?

    public init(column: Int, length: Int = 0, message: String, suggestion: String? = nil) {
        self.column = column
        self.length = length
        self.message = message
        self.suggestion = suggestion
    }

    init(_ range: Range<Int>, _ message: String, suggestion: String? = nil) {
        self.init(column: range.lowerBound, length: range.count, message: message, suggestion: suggestion)
    }
}

extension CommandError: CustomStringConvertible {
    /// The message with its suggestion, without the position: for a screen that marks the place itself.
    public var hint: String { suggestion.map { "\(message); did you mean '\($0)'?" } ?? message }

    /// The whole error in one line; columns count from 1, as editors do.
    public var description: String { "column \(column &+ 1): \(hint)" }
}
