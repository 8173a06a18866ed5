public import Command
public import Screen

/// The command line while it is open.
public struct Palette: Equatable, Sendable {
    public internal(set) var field: InputField
    /// The candidate that Tab is on; nil while the person types.
    public internal(set) var selection: Int?
    /// Where in the history the person is; nil for the line of their own.
    var historyIndex: Int?
    /// The line of their own, while the history is looked at.
    var draft = ""
    /// What is wrong with the line that was entered.
    public internal(set) var error: CommandError?
    /// The completion that Tab goes through, made from the line before the first Tab.
    var cycle: Cycle?
    /// The search back through the history that Ctrl-R began.
    var recall: Recall?

    /// What is looked for in earlier lines, and the one that was found.
    struct Recall: Equatable, Sendable {
        var needle = ""
        /// The place in the history of the line that is shown; nil where none holds the text.
        var found: Int?
        /// Whether no line further back holds the text.
        var isMissing = false
        /// The line of the person's own, to which a cancelled search goes back.
        var own: InputField
    }

    struct Cycle: Equatable, Sendable {
        var line: String
        var completion: Completion
    }

    init(_ text: String = "") { field = InputField(text) }

    /// What could stand at the cursor.
    func completion(_ vocabulary: Vocabulary) -> Completion {
        cycle?.completion
            ?? CommandTable.complete(field.text, at: field.textBeforeCursor.unicodeScalars.count, with: vocabulary)
    }

    /// Carries out a key; true if the line was changed or looked at in another way.
    mutating func handle(_ key: Key, history: [String], vocabulary: Vocabulary) -> Bool {
        if recall != nil, handleInRecall(key, history) { return true }
        switch key {
        case .control("r"):
            recall = Recall(own: field)
            settle()
            return true
        case .tab: return complete(by: 1, vocabulary)
        case .backTab: return complete(by: -1, vocabulary)
        case .up, .control("p"): return recall(by: -1, history)
        case .down, .control("n"): return recall(by: 1, history)
        default:
            guard field.handle(key) else { return false }
            settle()
            return true
        }
    }

    /// After an edit, completion and history start anew.
    private mutating func settle() {
        selection = nil
        cycle = nil
        historyIndex = nil
        error = nil
    }

    /// Carries out a key of the search back; false for one that ends the search and means what it always does.
    private mutating func handleInRecall(_ key: Key, _ history: [String]) -> Bool {
        guard var search = recall else { return false }
        var before = search.found ?? history.count
        switch key {
        case .character(let character):
            search.needle.append(character)
            before = min(history.count, before + 1)
        case .backspace, .control("h"):
            if !search.needle.isEmpty { search.needle.removeLast() }
            before = history.count
        case .control("r"): break
        default:
            recall = nil
            return false
        }
        let found = history[..<before].lastIndex { !search.needle.isEmpty && $0.contains(search.needle) }
        if let found {
            search.found = found
            field = InputField(history[found])
        } else if search.needle.isEmpty {
            search.found = nil
            field = search.own
        }
        search.isMissing = found == nil && !search.needle.isEmpty
        recall = search
        return true
    }

    /// Gives up the search back; false where none is under way.
    mutating func cancelRecall() -> Bool {
        guard let search = recall else { return false }
        field = search.own
        recall = nil
        return true
    }

    mutating func insert(_ text: String) {
        field.insert(text)
        settle()
    }

    private mutating func complete(by step: Int, _ vocabulary: Vocabulary) -> Bool {
        error = nil
        let completion = completion(vocabulary)
        let count = completion.candidates.count
        guard count > 0 else { return true }
        let line = cycle?.line ?? field.text
        if selection == nil, count > 1, let prefix = completion.commonPrefix {
            put(prefix, over: completion.range, of: line)
            cycle = nil
            return true
        }
        let next = selection.map { ($0 + step + count) % count } ?? (step > 0 ? 0 : count - 1)
        put(completion.candidates[next].text, over: completion.range, of: line)
        if count == 1 {
            // Settled: a blank leads on to what comes next.
            let isFolder = completion.candidates[next].text.hasSuffix("/")
            if field.cursor == field.text.count, !isFolder { field.insert(" ") }
            settle()
        } else {
            cycle = Cycle(line: line, completion: completion)
            selection = next
        }
        return true
    }

    /// Puts text in the place of a part of the line, and the cursor behind it.
    private mutating func put(_ text: String, over range: Range<Int>, of line: String) {
        let scalars = Array(line.unicodeScalars)
        let range = range.clamped(to: 0..<scalars.count)
        var head = String.UnicodeScalarView(scalars[..<range.lowerBound])
        head.append(contentsOf: text.unicodeScalars)
        let tail = String(String.UnicodeScalarView(scalars[range.upperBound...]))
        field = InputField(String(head) + tail)
        for _ in 0..<tail.count { _ = field.handle(.left) }
    }

    private mutating func recall(by step: Int, _ history: [String]) -> Bool {
        guard !history.isEmpty else { return true }
        if historyIndex == nil {
            guard step < 0 else { return true }
            draft = field.text
        }
        let index = (historyIndex ?? history.count) + step
        selection = nil
        cycle = nil
        error = nil
        if index >= history.count {
            historyIndex = nil
            field = InputField(draft)
        } else {
            historyIndex = max(0, index)
            field = InputField(history[max(0, index)])
        }
        return true
    }
}
