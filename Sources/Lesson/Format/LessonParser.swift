internal import Command

/// Makes a lesson out of the text of its file; the first thing that is wrong ends it, with its line.
struct LessonParser {
    private let file: String
    private var introduction: [TextBlock] = []
    private var steps: [Lesson.Step] = []

    /// Larger than any lesson, and little enough to be read at once.
    static let longestFile = 1 << 20
    /// More commands than a reader would ever see carried out; all scripts of a lesson together.
    static let mostCommands = 2000
    private var commands = 0

    static func parse(_ text: String, directory: String) throws(LessonError) -> Lesson {
        let file = directory + "/lesson.md"
        guard text.utf8.count <= longestFile else {
            throw LessonError(file: file, line: 0, message: "the file is larger than a lesson can be (1 MiB)")
        }
        // To Swift CR LF is one character, and to cmark it is one line ending.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        let matter: FrontMatter
        let bodyStart: Int
        do {
            let (yaml, start) = try FrontMatter.split(lines)
            matter = try FrontMatter(yaml)
            bodyStart = start
        } catch {
            throw LessonError(file: file, line: error.line, message: error.message)
        }
        var parser = LessonParser(file: file)
        try parser.read(lines[bodyStart...].joined(separator: "\n"), linesBefore: bodyStart)
        return Lesson(
            name: directory.split(separator: "/").last.map(String.init) ?? directory, directory: directory,
            title: matter.title, summary: matter.summary, minutes: matter.minutes, machine: matter.machine,
            needs: matter.needs, introduction: parser.introduction, steps: parser.steps)
    }

    private init(file: String) { self.file = file }

    private mutating func read(_ body: String, linesBefore: Int) throws(LessonError) {
        let pieces: [CommonMark.Piece]
        do { pieces = try CommonMark(body).pieces } catch {
            throw LessonError(file: file, line: error.line + linesBefore, message: error.message)
        }
        for (index, piece) in pieces.enumerated() {
            let line = piece.line + linesBefore
            switch piece.content {
            case .block(.heading(level: 1, _)):
                guard index == 0 else {
                    throw error(line, "a heading '#' stands at the top only; a step starts with '##'")
                }
            case .block(.heading(level: 2, let spans)): try beginStep(spans.plain.trimmed, line)
            case .block(let block): add(block)
            case .fence(let info, let text, let first):
                try readFence(info, text, line: line, textLine: first + linesBefore)
            }
        }
        guard !steps.isEmpty else { throw error(linesBefore, "a lesson needs at least one step: a heading '## …'") }
        if let empty = steps.first(where: { $0.parts.isEmpty }) {
            throw error(empty.line, "the step '\(empty.title)' is empty")
        }
    }

    private mutating func beginStep(_ title: String, _ line: Int) throws(LessonError) {
        let id = Self.identifier(title)
        guard !id.isEmpty else { throw error(line, "a step's heading should hold words") }
        if let other = steps.first(where: { $0.id == id }) {
            throw error(line, "the step in line \(other.line) has the same heading; progress is kept by heading")
        }
        steps.append(Lesson.Step(title: title, id: id, line: line, parts: []))
    }

    static func identifier(_ title: String) -> String {
        title.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
    }

    private mutating func add(_ block: TextBlock) {
        guard let last = steps.indices.last else { return introduction.append(block) }
        if case .prose(let blocks)? = steps[last].parts.last {
            steps[last].parts[steps[last].parts.count - 1] = .prose(blocks + [block])
        } else {
            steps[last].parts.append(.prose([block]))
        }
    }

    private mutating func readFence(_ info: String, _ text: String, line: Int, textLine: Int) throws(LessonError) {
        let word = Fence.word(of: info)
        guard Fence.isOurs(word) else {
            guard Fence.isLanguage(word) else { throw error(line, Fence.complaint(word)) }
            return add(.code(language: word, text))
        }
        guard let last = steps.indices.last else {
            throw error(line, "a \(word) block stands inside a step, below a heading '## …'")
        }
        switch word {
        case Fence.ask: steps[last].parts.append(.ask(try ask(text, line: line, textLine: textLine)))
        case Fence.task: steps[last].parts.append(.task(try task(text, line: line, textLine: textLine)))
        default:
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            var script = try script(lines.map { (textLine + $0.offset, String($0.element)) }, line: line)
            script.condition = try condition(behind: info, line: line)
            guard script.condition == nil || script.isQuiet else {
                throw error(line, "a block with 'on' may only look: what moves the machine must happen everywhere")
            }
            steps[last].parts.append(.script(script))
        }
    }

    /// What stands behind `kvmscope on`.
    private func condition(behind info: String, line: Int) throws(LessonError) -> Expression? {
        let rest = info.dropFirst(Fence.kvmscope.count).trimmed
        guard !rest.isEmpty else { return nil }
        guard rest.hasPrefix("on ") else { throw error(line, "behind 'kvmscope' only 'on EXPRESSION' can stand") }
        return try expression(String(rest.dropFirst("on ".count)), line)
    }

    private mutating func ask(_ text: String, line: Int, textLine: Int) throws(LessonError) -> Lesson.Ask {
        let fields = try fields(text, textLine, Fence.ask, ["question", "choice", "then", "because"])
        let question = try one(fields, "question", or: "an ask block needs a line 'question: …'", line)
        var choices: [Lesson.Ask.Choice] = []
        for field in fields.all("choice") {
            let (text, condition) = try conditional(field)
            guard let condition else {
                throw error(field.line, "under the choice should stand an indented line 'when EXPRESSION'")
            }
            choices.append(Lesson.Ask.Choice(line: field.line, text: text, condition: condition))
        }
        guard choices.count >= 2 else { throw error(line, "an ask block needs two choices or more") }
        guard choices.count <= 9 else { throw error(line, "an ask block has nine choices at most: a digit answers") }
        let then = try one(fields, "then", or: "an ask block needs 'then:' and the commands that decide it", line)
        return Lesson.Ask(
            line: line, question: try spans(question), choices: choices, then: try script(then),
            because: try optional(fields, "because").map(spans) ?? [])
    }

    private mutating func task(_ text: String, line: Int, textLine: Int) throws(LessonError) -> Lesson.Task {
        let fields = try fields(text, textLine, Fence.task, ["goal", "hint", "solution", "because"])
        let goal = try one(fields, "goal", or: "a task block needs a line 'goal: EXPRESSION'", line)
        guard !goal.comment.isEmpty else {
            throw error(goal.line, "directly over the goal should stand a comment '# …': it is what the learner reads")
        }
        var hints: [Lesson.Task.Hint] = []
        for field in fields.all("hint") {
            let (text, condition) = try conditional(field)
            hints.append(Lesson.Task.Hint(line: field.line, text: text, condition: condition))
        }
        guard !hints.isEmpty else { throw error(line, "a task block needs a line 'hint: …'") }
        let solution = try one(fields, "solution", or: "a task block needs 'solution:' and its commands", line)
        return Lesson.Task(
            line: line, text: try spans(goal.comment, goal.line), goal: try expression(goal.joined, goal.line),
            hints: hints, solution: try script(solution), because: try optional(fields, "because").map(spans) ?? [])
    }
}

// The pieces of which the blocks are made.
extension LessonParser {
    private func error(_ line: Int, _ message: String) -> LessonError {
        LessonError(file: file, line: line, message: message)
    }

    private func fields(_ text: String, _ line: Int, _ block: String, _ keys: [String]) throws(LessonError) -> Fields {
        do { return try Fields(text, firstLine: line, block: block, keys: keys) } catch {
            throw LessonError(file: file, line: error.line, message: error.message)
        }
    }

    private func optional(_ fields: Fields, _ key: String) throws(LessonError) -> Fields.Field? {
        do { return try fields.one(key) } catch {
            throw LessonError(file: file, line: error.line, message: error.message)
        }
    }

    private func one(_ fields: Fields, _ key: String, or missing: String, _ line: Int) throws(LessonError)
        -> Fields.Field
    {
        guard let field = try optional(fields, key) else { throw error(line, missing) }
        guard !field.lines.isEmpty else { throw error(field.line, "nothing stands behind '\(key):'") }
        return field
    }

    /// A text behind which `when EXPRESSION` may stand, on lines of its own.
    private func conditional(_ field: Fields.Field) throws(LessonError) -> (text: [TextSpan], condition: Expression?) {
        var lines = field.lines
        var condition: Expression?
        if let index = lines.firstIndex(where: { $0.text.hasPrefix("when ") }) {
            let text = lines[index...].map(\.text).joined(separator: " ")
            condition = try expression(String(text.dropFirst("when ".count)), lines[index].line)
            lines.removeSubrange(index...)
        }
        guard !lines.isEmpty else { throw error(field.line, "behind '\(field.key):' should stand a text") }
        return (try spans(lines.map(\.text).joined(separator: " "), field.line), condition)
    }

    private func spans(_ field: Fields.Field) throws(LessonError) -> [TextSpan] { try spans(field.joined, field.line) }

    private func spans(_ text: String, _ line: Int) throws(LessonError) -> [TextSpan] {
        do { return try CommonMark.spans(text, line: line) } catch {
            throw LessonError(file: file, line: line, message: error.message)
        }
    }

    private func expression(_ text: String, _ line: Int) throws(LessonError) -> Expression {
        do { return try Expression(parsing: text) } catch {
            throw LessonError(file: file, line: line, message: "'\(text)': \(error)")
        }
    }

    private mutating func script(_ field: Fields.Field) throws(LessonError) -> Lesson.Script {
        try script(field.lines, line: field.line)
    }

    private mutating func script(_ lines: [(line: Int, text: String)], line: Int) throws(LessonError) -> Lesson.Script {
        var script = Lesson.Script(line: line, commands: [])
        for (number, text) in lines {
            do {
                for entry in try Command.script(text) {
                    commands += 1
                    script.commands.append(Lesson.Script.Line(line: number, command: entry.command))
                }
            } catch {
                throw LessonError(file: file, line: number, message: "\(error.error)")
            }
            guard commands <= Self.mostCommands else {
                throw error(number, "a lesson has \(Self.mostCommands) commands at most; make two lessons of it")
            }
        }
        guard !script.commands.isEmpty else { throw error(line, "a command should stand here, one a line") }
        return script
    }
}
