/// Reads the text of the function_graph tracer, with absolute times and the task in each line.
///
/// Linux, kernel/trace/trace_functions_graph.c: `TIME | CPU) TASK-PID | DURATION | FUNCTION`, two blanks a level.
struct GraphText {
    /// One call of a function.
    struct Call: Equatable {
        var thread: Int32
        var depth: Int
        var function: String
        /// Microseconds on the trace's clock, the finest that the text has.
        var microseconds: UInt64
        /// Nanoseconds; nil while the return was not read.
        var duration: UInt64?
    }

    private(set) var calls: [Call] = []
    /// Calls that have not returned, by thread.
    private var open: [Int32: [Int]] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") { read(line) }
    }

    private mutating func read(_ line: Substring) {
        let columns = line.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false)
        guard columns.count == 4, let moment = Self.microseconds(columns[0]), let thread = Self.thread(columns[1])
        else { return }
        let text = columns[3]
        let indent = text.prefix { $0 == " " }.count
        guard indent >= 2 else { return }
        let depth = indent / 2 - 1
        let duration = Self.nanoseconds(columns[2])
        let rest = text.dropFirst(indent)
        if rest.hasPrefix("}") {
            while let last = open[thread]?.popLast() {
                guard calls[last].depth >= depth else { break }
                if calls[last].depth == depth {
                    calls[last].duration = duration
                    break
                }
            }
            return
        }
        let name = rest.prefix { $0 != "(" && $0 != " " }
        // What is no call, such as an interrupt's frame, has other signs.
        guard let first = name.first, first.isLetter || first == "_", rest.contains("(") else { return }
        calls.append(
            Call(
                thread: thread, depth: depth, function: String(name), microseconds: moment, duration: duration))
        if rest.hasSuffix("{") { open[thread, default: []].append(calls.count - 1) }
    }

    /// `2251.659123`
    private static func microseconds(_ text: Substring) -> UInt64? {
        let parts = text.filter { $0 != " " }.split(separator: ".")
        guard parts.count == 2, parts[1].count == 6, let seconds = UInt64(parts[0]), let rest = UInt64(parts[1]) else {
            return nil
        }
        return seconds &* 1_000_000 &+ rest
    }

    /// `0)  CPU 0/K-123`; a task's name may hold anything but its number stands last.
    private static func thread(_ text: Substring) -> Int32? {
        text.split(separator: "-").last.flatMap { Int32(String($0.filter { $0 != " " })) }
    }

    /// `! 123.456 us`: a sign for long ones, and microseconds with up to three decimals.
    private static func nanoseconds(_ text: Substring) -> UInt64? {
        let words = text.split(separator: " ")
        guard words.last == "us", let number = words.dropLast().last else { return nil }
        let parts = number.split(separator: ".")
        guard let whole = parts.first.flatMap({ UInt64($0) }) else { return nil }
        let digits = parts.count > 1 ? String((String(parts[1]) + "000").prefix(3)) : "0"
        return whole &* 1000 &+ (UInt64(digits) ?? 0)
    }

    /// The root functions' calls of a thread that lie between two moments, each with what it called.
    func road(
        from roots: [String], thread: Int32, between begin: UInt64, and end: UInt64
    ) -> ArraySlice<Call> {
        let mine = calls.filter { $0.thread == thread }
        // The text cuts to whole microseconds.
        guard
            let first = mine.firstIndex(where: {
                roots.contains($0.function) && $0.microseconds &+ 1 >= begin / 1000 && $0.microseconds <= end / 1000
            })
        else { return [] }
        let after = mine[(first + 1)...].firstIndex { $0.depth <= mine[first].depth } ?? mine.endIndex
        return mine[first..<after]
    }
}
