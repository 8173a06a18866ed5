public import Command

/// A real machine, or a made-up one, on which a lesson is checked.
public protocol LessonStage {
    /// Takes down any machine and prepares the lesson's own.
    mutating func open(_ lesson: Lesson) throws
    /// Carries out one command and comes back when it is done.
    ///
    /// `step` and `until` are done when the vCPU stands again; `pause` when all do. `continue` is done as soon as the
    /// guest has had some milliseconds, for a `pause` behind it should meet a guest that has run. An errno that the
    /// kernel answered is `.done` too. `expect` and commands that arrange panes never come here.
    mutating func perform(_ command: Command) throws -> LessonPlayer.Outcome
    /// What is known now.
    var facts: any FactSource { get }
}

/// What a check found.
public struct LessonReport: Sendable {
    /// The lesson's name.
    public var lesson: String
    /// By line.
    public var findings: [LessonError] = []
    public var steps = 0
    public var asks = 0
    public var tasks = 0
    public var expectations = 0

    public init(lesson: String) { self.lesson = lesson }

    public var isGood: Bool { findings.isEmpty }

    /// One line: `02-enter-exit: 7 steps, 2 asks, 1 task, 9 expectations: all hold`.
    public var summary: String {
        func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        let contents = [
            count(steps, "step"), count(asks, "ask"), count(tasks, "task"), count(expectations, "expectation"),
        ].joined(separator: ", ")
        return "\(lesson): \(contents): " + (isGood ? "all hold" : count(findings.count, "finding"))
    }

    mutating func add(_ lesson: Lesson, _ line: Int, _ message: String) {
        let finding = LessonError(file: lesson.file, line: line, message: message)
        if !findings.contains(finding) { findings.append(finding) }
    }

    mutating func sort() { findings.sort { $0.line < $1.line } }
}
