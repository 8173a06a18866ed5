import Command
import Lesson
import Screen

/// The rows of a lesson's step at one width.
struct LessonText {
    private(set) var lines: [Line] = []
    /// The row from which on the reader has seen nothing yet.
    private(set) var newest = 0
    /// The rows of each choice of the question that waits for its answer.
    private(set) var choices: [Range<Int>] = []
    /// The rows of what was said last, where it was said since then.
    private(set) var said: Range<Int>?
    /// Differs whenever the lesson has gone on.
    let version: Int
    private let width: Int
    private let prose: Prose
    private let isReplay: Bool

    /// - Parameter isReplay: whether a recording stands in for the machine.
    init(_ scene: LessonScene, width: Int, isReplay: Bool = false) {
        self.isReplay = isReplay
        self.width = max(1, width)
        prose = Prose(width: self.width)
        let remarks = scene.blocks.reduce(0) { $0 + $1.remarks.count + ($1.isDone ? 1 : 0) }
        version = (scene.number &* 1000 &+ scene.blocks.count) &* 1000 &+ remarks
        var title = Line(scene.title, .title)
        title.append("  \(scene.number)/\(scene.count)", .dim)
        if scene.isFreePlay { title.append("  free play: `lesson resume` goes back", .warning) }
        add(title.wrapped(to: self.width))
        if !scene.introduction.isEmpty {
            gap()
            add(prose.lines(scene.introduction))
        }
        gap()
        add(Line(scene.step, .heading).with(.bold).wrapped(to: self.width))
        for block in scene.blocks { add(block) }
        gap()
        add(prompt(scene).wrapped(to: self.width))
    }

    private mutating func add(_ more: [Line]) { lines += more }

    private mutating func gap() { if let last = lines.last, !last.isEmpty { lines.append(Line()) } }

    private mutating func add(_ block: LessonScene.Block) {
        switch block.part {
        case .prose(let blocks):
            gap()
            add(prose.lines(blocks))
        case .script(let script): add(script, block)
        case .ask(let ask): add(ask, block)
        case .task(let task): add(task, block)
        }
        if block.isDone, block.part.wasActedOn { newest = lines.count }
        for remark in block.remarks {
            let start = lines.count
            add(remark)
            said = start..<lines.count
        }
    }

    private mutating func add(_ script: Lesson.Script, _ block: LessonScene.Block) {
        // Where one failed the others have been carried out too, or never will be.
        let isOver = block.isDone || block.shortfall != nil
        // Which panes were brought up can be seen on the screen.
        let commands = script.commands.enumerated().filter { !isOver || !$0.element.command.onlyArrangesPanes }
        if !commands.isEmpty { gap() }
        for (number, command) in commands {
            let text = command.command.description
            var line = Line("▸ ", .accent) + Line(text, .code)
            if block.shortfall?.reasons[number] != nil {
                line = Line("✗ ", .bad) + Line(text, .bad)
            } else if let end = block.shortfall?.undoneFrom, number >= end {
                line = Line("– ", .dim) + Line(text + "  not carried out", .dim)
            } else if isOver {
                line = Line("✓ ", .good) + Line(text, .dim)
            }
            add(line.wrapped(to: width, indent: 4))
        }
    }

    private mutating func add(_ ask: Lesson.Ask, _ block: LessonScene.Block) {
        gap()
        add([PaneText.rule("prediction", width: width)])
        add(prose.wrapped(ask.question))
        choices = []
        for (index, choice) in ask.choices.enumerated() {
            let start = lines.count
            defer { if block.answer == nil { choices.append(start..<lines.count) } }
            let isAnswer = block.answer?.choice == index
            let isRight = block.answer?.right == index
            let mark = isRight ? "✓" : isAnswer ? (block.answer?.right == nil ? "▸" : "✗") : " "
            var head = Line(mark + " ", isRight ? .good : isAnswer ? .bad : .normal)
            if isAnswer, block.answer?.right == nil { head = Line("▸ ", .accent) }
            head.append("\(index + 1)", .key)
            let key = CommandTable.keys(for: .lesson(.answer(index + 1))).first.map { "[\($0)]" } ?? ""
            head.append(" " + Text.padded(key, to: 4), .dim)
            let indent = head.width
            let rows = Prose(width: max(1, width - indent)).wrapped(choice.text, isAnswer ? .emphasis : .normal)
            for (row, line) in rows.enumerated() {
                var shown = row == 0 ? head + line : Line(String(repeating: " ", count: indent)) + line
                if row == rows.count - 1, let note = note(isAnswer: isAnswer, isRight: isRight) {
                    shown.append("  " + note, .dim)
                }
                add(shown.wrapped(to: width, indent: indent))
            }
        }
    }

    private func note(isAnswer: Bool, isRight: Bool) -> String? {
        switch (isAnswer, isRight) {
        case (true, true): "your answer, and what the guest showed"
        case (true, false): "your answer"
        case (false, true): "what the guest showed"
        case (false, false): nil
        }
    }

    private mutating func add(_ task: Lesson.Task, _ block: LessonScene.Block) {
        gap()
        add([PaneText.rule(state(of: block), width: width)])
        add(prose.wrapped(task.text))
        var goal = Line("goal: ", .dim)
        goal.append("\(task.goal)", .code)
        add(goal.wrapped(to: width, indent: 6))
    }

    private func state(of task: LessonScene.Block) -> String {
        if task.shortfall != nil { return "task ✗ failed" }
        return task.isDone ? "task ✓ done" : "task, open"
    }

    private mutating func add(_ remark: LessonRemark) {
        let (mark, style): (String, Style) =
            switch remark.kind {
            case .verdict(isRight: true?): ("✓ ", .good)
            case .verdict(isRight: false?): ("✗ ", .bad)
            case .verdict(isRight: nil): ("? ", .warning)
            case .hint: ("hint: ", .accent)
            case .taskDone: ("✓ ", .good)
            case .because: ("", .normal)
            case .note: ("note: ", .dim)
            case .trouble: ("! ", .bad)
            }
        gap()
        let indent = Text.width(mark)
        for (row, line) in Prose(width: max(1, width - indent)).wrapped(remark.text).enumerated() {
            add([Line(row == 0 ? mark : String(repeating: " ", count: indent), style) + line])
        }
    }

    private func prompt(_ scene: LessonScene) -> Line {
        let go = "▶ Enter or " + Self.key(.next)
        switch scene.prompt {
        case .wait: return Line("…", .dim)
        case .perform(let commands):
            // What is expected stands above; here it is about what will happen.
            let moves = commands.filter { if case .expect = $0 { false } else { true } }
            return Line(go + " goes on: ", .accent) + Line(moves.map(\.description).joined(separator: ", "), .code)
        case .nextStep: return Line(go + " goes on to the next step", .accent)
        case .forward: return Line(go + " goes forward again: this is an earlier step", .accent)
        case .answer(let count): return Line("▶ your prediction, 1 to \(count)?", .accent)
        case .task where isReplay:
            return Line("▶ cannot be tried here, for this is a replay: ", .warning)
                + Line("\(Self.key(.hint)) gives a hint, \(Self.key(.solution)) shows how it was done", .accent)
        case .task:
            return Line("▶ any commands may be used; \(Self.key(.hint)) gives a hint", .accent)
                + Line(", \(Self.key(.solution)) does it", .accent)
        case .stuck:
            return Line("▶ that did not work: \(Self.key(.retry)) starts the step again, ", .warning)
                + Line("\(Self.key(.next)) goes on with things as they are", .warning)
        case .finished: return Line("✓ the lesson is done", .good)
        case .unproved:
            let (count, steps) = scene.failures
            let list = steps.map(String.init).joined(separator: ", ")
            return Line("✗ the lesson is not done: \(count) of its claims failed, in step \(list); ", .bad)
                + Line("\(Self.key(.previous)) goes back to it, \(Self.key(.retry)) starts it again", .warning)
        }
    }

    /// The key that gives a command, or the command where none does.
    private static func key(_ command: Command.LessonCommand) -> String {
        let command = Command.lesson(command)
        return CommandTable.keys(for: command).first?.description ?? command.description
    }
}

extension Lesson.Part {
    /// Whether the reader did something to get past it; what only looks is carried out before it was read.
    fileprivate var wasActedOn: Bool {
        switch self {
        case .prose: false
        case .script(let script): !script.isQuiet
        case .ask, .task: true
        }
    }
}

extension Command {
    fileprivate var onlyArrangesPanes: Bool {
        switch self {
        case .show, .hide, .focus, .zoom, .unzoom: true
        default: false
        }
    }
}
