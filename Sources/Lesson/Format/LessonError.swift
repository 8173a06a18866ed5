/// Why a lesson cannot be used, and the line that is to blame.
public struct LessonError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The lesson's file as it was named to us.
    public var file: String
    /// Counted from 1; 0 where the whole file is meant.
    public var line: Int
    /// One line: what is wrong and what should stand there.
    public var message: String

    public init(file: String, line: Int, message: String) {
        self.file = file
        self.line = line
        // A parser's message may hold line breaks of its own; a list of errors keeps one line for each.
        self.message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// In the form that compilers use, which editors can follow.
    public var description: String { "\(file):\(max(line, 1)): \(message)" }
}
