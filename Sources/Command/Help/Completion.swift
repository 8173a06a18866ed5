/// The names that only the running program knows, for completion.
public struct Vocabulary: Hashable, Sendable {
    public var symbols: [String]
    public var lessons: [String]
    public var marks: [String]
    /// Of the folder that the line names; a folder ends with a slash.
    public var files: [String]
    public var vcpus: Int
    /// `KVM_CAP_…`, which an ioctl's argument can name.
    public var capabilities: [String] = []

    public init(
        symbols: [String] = [], lessons: [String] = [], marks: [String] = [], files: [String] = [], vcpus: Int = 1
    ) {
        self.symbols = symbols
        self.lessons = lessons
        self.marks = marks
        self.files = files
        self.vcpus = vcpus
    }
}

/// What could stand where the cursor is.
public struct Completion: Hashable, Sendable {
    /// The part of the line that a candidate replaces, in Unicode scalars.
    public var range: Range<Int>
    /// Best first; empty where nothing fits or where anything may be written.
    public var candidates: [Candidate]
    /// What is expected here, for instance `ADDRESS`; nil where the command is complete.
    public var expected: String?

    public struct Candidate: Hashable, Sendable {
        /// The text that takes the range's place.
        public let text: String
        /// What it means, in one line.
        public let summary: String
    }
}

extension Completion {
    /// The longest beginning that all candidates share; nil where that adds nothing.
    public var commonPrefix: String? {
        guard var prefix = candidates.first?.text else { return nil }
        for candidate in candidates.dropFirst() { prefix = prefix.commonPrefix(with: candidate.text) }
        return prefix.unicodeScalars.count > range.count ? prefix : nil
    }

    /// The line with a candidate put in, and where the cursor is then.
    public func applying(_ candidate: Candidate, to line: String) -> (line: String, cursor: Int) {
        let scalars = Array(line.unicodeScalars)
        let range = range.clamped(to: 0..<scalars.count)
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars[..<range.lowerBound])
        result.append(contentsOf: candidate.text.unicodeScalars)
        let cursor = result.count
        result.append(contentsOf: scalars[range.upperBound...])
        return (String(result), cursor)
    }
}

extension String {
    /// The beginning that both have, in whole scalars.
    fileprivate func commonPrefix(with other: String) -> String {
        var result = String.UnicodeScalarView()
        for (a, b) in zip(unicodeScalars, other.unicodeScalars) {
            guard a == b else { break }
            result.append(a)
        }
        return String(result)
    }
}
