internal import Command
internal import Glibc

/// Proves that a lesson says what is so: by its text alone, and by playing it.
public enum LessonCheck {
    /// Reads the lesson in a folder and checks its text; nothing is run.
    public static func check(directory: String) -> LessonReport {
        let reading = Lesson.read(directory: directory)
        let name = directory.split(separator: "/").last.map(String.init) ?? directory
        // What could be read is looked at too, so that all can be mended at once.
        var report = reading.lesson.map { check($0) } ?? LessonReport(lesson: name)
        report.findings += reading.errors
        report.sort()
        return report
    }

    /// Looks at every name that the lesson uses and at what it should hold.
    ///
    /// - Parameter symbols: the guest's symbols; nil where they are not known, and then no bare word is refused.
    public static func check(_ lesson: Lesson, symbols: Set<String>? = nil) -> LessonReport {
        var report = LessonReport(lesson: lesson.name)
        report.steps = lesson.steps.count
        if access(lesson.guestFile, R_OK) != 0 {
            report.add(lesson, 1, "the guest \(lesson.machine.guest) does not stand beside lesson.md")
        }
        for part in lesson.steps.flatMap(\.parts) {
            for line in part.script?.commands ?? [] { check(line, of: lesson, symbols, &report) }
            switch part {
            case .prose: break
            case .script(let script):
                if let condition = script.condition { check(condition, script.line, of: lesson, symbols, &report) }
            case .ask(let ask):
                report.asks += 1
                for choice in ask.choices {
                    check(choice.condition, choice.line, of: lesson, symbols, &report)
                    if let other = ask.choices.first(where: {
                        $0.line < choice.line && $0.condition == choice.condition
                    }) {
                        report.add(lesson, choice.line, "the choice in line \(other.line) has the same condition")
                    }
                }
            case .task(let task):
                report.tasks += 1
                check(task.goal, task.line, of: lesson, symbols, &report)
                for hint in task.hints {
                    if let condition = hint.condition { check(condition, hint.line, of: lesson, symbols, &report) }
                }
            }
        }
        report.sort()
        return report
    }

    private static func check(
        _ line: Lesson.Script.Line, of lesson: Lesson, _ symbols: Set<String>?, _ report: inout LessonReport
    ) {
        if case .expect = line.command { report.expectations += 1 }
        if let why = line.command.reasonNotInLesson {
            report.add(lesson, line.line, "'\(line.command)' cannot stand in a lesson: \(why)")
        }
        for problem in FactTable.check(line.command, symbols: symbols) { report.add(lesson, line.line, "\(problem)") }
    }

    private static func check(
        _ condition: Expression, _ line: Int, of lesson: Lesson, _ symbols: Set<String>?, _ report: inout LessonReport
    ) {
        // `expect` asks the same of its expression as a goal, a choice or a hint does: to be a condition.
        for problem in FactTable.check(.expect(condition), symbols: symbols) { report.add(lesson, line, "\(problem)") }
    }
}

extension Command {
    /// Why a lesson's script may not hold the command; nil where it may.
    var reasonNotInLesson: String? {
        switch self {
        case .lesson: "it is the reader who turns the pages"
        case .quit, .redraw, .cancel, .palette, .help, .mouse, .search, .searchNext, .searchPrevious, .record:
            "it belongs to the person at the keyboard"
        case .toggleRun: "what it does depends on the moment; write continue or pause"
        default: nil
        }
    }
}

extension Expression {
    /// The bare words in it, which may be symbols of the guest.
    var words: Set<String> {
        switch self {
        case .word(let word): [word]
        case .unknownFact(let name, _): [name]
        case .memory(_, let address): address.words
        case .call(_, let arguments): arguments.reduce(into: []) { $0.formUnion($1.words) }
        case .unary(_, let operand): operand.words
        case .binary(_, let left, let right): left.words.union(right.words)
        case .integer, .text, .boolean, .fact: []
        }
    }
}
