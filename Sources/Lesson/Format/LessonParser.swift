internal import Command

/// Makes a lesson out of the text of its file, and notes all that is wrong, each with its line.
struct LessonParser {
    private let file: String
    private var errors: [LessonError] = []
    /// The steps of which a block could not be read.
    private var broken: Set<Int> = []
    private var introduction: [TextBlock] = []
    private var steps: [Lesson.Step] = []
    private var stepLines: [String: Int] = [:]

    /// Larger than any lesson, and little enough to be read at once.
    static let longestFile = 1 << 20
    /// More commands than a reader would ever see carried out; all scripts of a lesson together.
    static let mostCommands = 2000
    private var commands = 0

    static func read(_ text: String, directory: String) -> LessonReading {
        let file = directory + "/lesson.md"
        guard text.utf8.count <= longestFile else {
            return LessonReading(
                errors: [LessonError(file: file, line: 0, message: "the file is larger than a lesson can be (1 MiB)")])
        }
        // To Swift CR LF is one character, and to cmark it is one line ending.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        var parser = LessonParser(file: file)
        let yaml: [Substring]
        let bodyStart: Int
        do {
            (yaml, bodyStart) = try FrontMatter.split(lines)
        } catch {
            return LessonReading(errors: [LessonError(file: file, line: error.line, message: error.message)])
        }
        var matter: FrontMatter?
        do {
            let read = try FrontMatter(yaml)
            parser.errors += read.troubles.map { LessonError(file: file, line: $0.line, message: $0.message) }
            if read.troubles.isEmpty { matter = read }
        } catch {
            parser.errors.append(LessonError(file: file, line: error.line, message: error.message))
        }
        parser.readBody(lines[bodyStart...].joined(separator: "\n"), linesBefore: bodyStart)
        return LessonReading(lesson: parser.lesson(matter, directory), errors: parser.errors)
    }

    /// What could be read of the lesson; nil where that is no lesson.
    private func lesson(_ matter: FrontMatter?, _ directory: String) -> Lesson? {
        guard let matter, !steps.isEmpty else { return nil }
        return Lesson(
            name: directory.split(separator: "/").last.map(String.init) ?? directory, directory: directory,
            title: matter.title, summary: matter.summary, minutes: matter.minutes, machine: matter.machine,
            needs: matter.needs, introduction: introduction, steps: steps)
    }

    private init(file: String) { self.file = file }

    private mutating func readBody(_ body: String, linesBefore: Int) {
        let pieces: [CommonMark.Piece]
        do { pieces = try CommonMark(body).pieces } catch {
            return errors.append(self.error(at: error.line + linesBefore, error.message))
        }
        for (index, piece) in pieces.enumerated() {
            do {
                try read(piece, isFirst: index == 0, linesBefore: linesBefore)
            } catch {
                errors.append(error)
                if let last = steps.indices.last { broken.insert(last) }
            }
        }
        if steps.isEmpty { errors.append(error(at: linesBefore, "a lesson needs at least one step: a heading '## …'")) }
        for (number, step) in steps.enumerated() where step.parts.isEmpty && !broken.contains(number) {
            errors.append(error(at: step.line, "the step '\(step.title)' is empty"))
        }
    }

    private mutating func read(_ piece: CommonMark.Piece, isFirst: Bool, linesBefore: Int) throws(LessonError) {
        let line = piece.line + linesBefore
        switch piece.content {
        case .block(.heading(level: 1, _)):
            guard isFirst else {
                throw error(at: line, "a heading '#' stands at the top only; a step starts with '##'")
            }
        case .block(.heading(level: 2, let spans)): try beginStep(spans.plain.trimmed, line)
        case .block(let block): add(block)
        case .fence(let info, let text, let first):
            try readFence(info, text, line: line, textLine: first + linesBefore)
        }
    }

    /// A step is begun in any case: what follows belongs to it.
    private mutating func beginStep(_ title: String, _ line: Int) throws(LessonError) {
        let id = Self.identifier(title)
        let other = stepLines.updateValue(line, forKey: id)
        steps.append(Lesson.Step(title: title, id: id, line: line, parts: []))
        guard !id.isEmpty else { throw error(at: line, "a step's heading should hold words") }
        if let other {
            throw error(at: line, "the step in line \(other) has the same heading; progress is kept by heading")
        }
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
            guard Fence.isLanguage(word) else { throw error(at: line, Fence.complaint(word)) }
            return add(.code(language: word, text))
        }
        guard let last = steps.indices.last else {
            throw error(at: line, "a \(word) block stands inside a step, below a heading '## …'")
        }
        switch word {
        case Fence.ask: steps[last].parts.append(.ask(try ask(text, line: line, textLine: textLine)))
        case Fence.task: steps[last].parts.append(.task(try task(text, line: line, textLine: textLine)))
        default:
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            var script = try script(lines.map { (textLine + $0.offset, String($0.element)) }, line: line)
            script.condition = try condition(behind: info, line: line)
            guard script.condition == nil || script.isQuiet else {
                throw error(at: line, "a block with 'on' may only look: what moves the machine must happen everywhere")
            }
            steps[last].parts.append(.script(script))
        }
    }

    /// What stands behind `kvmscope on`.
    private func condition(behind info: String, line: Int) throws(LessonError) -> Expression? {
        let rest = info.dropFirst(Fence.kvmscope.count).trimmed
        guard !rest.isEmpty else { return nil }
        guard rest.hasPrefix("on ") else { throw error(at: line, "behind 'kvmscope' only 'on EXPRESSION' can stand") }
        return try expression(String(rest.dropFirst("on ".count)), line)
    }

    private mutating func ask(_ text: String, line: Int, textLine: Int) throws(LessonError) -> Lesson.Ask {
        let fields = try fields(text, textLine, Fence.ask, ["question", "choice", "then", "because"])
        let question = try one(fields, "question", or: "an ask block needs a line 'question: …'", line)
        var choices: [Lesson.Ask.Choice] = []
        var found: [LessonError] = []
        for field in fields.all("choice") {
            do { choices.append(try choice(field)) } catch { found.append(error) }
        }
        try raise(found)
        guard choices.count >= 2 else { throw error(at: line, "an ask block needs two choices or more") }
        guard choices.count <= 9 else {
            throw error(at: line, "an ask block has nine choices at most: a digit answers")
        }
        let then = try one(fields, "then", or: "an ask block needs 'then:' and the commands that decide it", line)
        return Lesson.Ask(
            line: line, question: try spans(question), choices: choices, then: try script(then),
            because: try optional(fields, "because").map(spans) ?? [])
    }

    private func choice(_ field: Fields.Field) throws(LessonError) -> Lesson.Ask.Choice {
        let (text, condition) = try conditional(field)
        guard let condition else {
            throw error(at: field.line, "under the choice should stand an indented line 'when EXPRESSION'")
        }
        return Lesson.Ask.Choice(line: field.line, text: text, condition: condition)
    }

    private mutating func task(_ text: String, line: Int, textLine: Int) throws(LessonError) -> Lesson.Task {
        let fields = try fields(text, textLine, Fence.task, ["goal", "hint", "solution", "because"])
        let goal = try one(fields, "goal", or: "a task block needs a line 'goal: EXPRESSION'", line)
        guard !goal.comment.isEmpty else {
            throw error(
                at: goal.line, "directly over the goal should stand a comment '# …': it is what the learner reads")
        }
        var hints: [Lesson.Task.Hint] = []
        var found: [LessonError] = []
        for field in fields.all("hint") {
            do {
                let (text, condition) = try conditional(field)
                hints.append(Lesson.Task.Hint(line: field.line, text: text, condition: condition))
            } catch { found.append(error) }
        }
        try raise(found)
        guard !hints.isEmpty else { throw error(at: line, "a task block needs a line 'hint: …'") }
        let solution = try one(fields, "solution", or: "a task block needs 'solution:' and its commands", line)
        return Lesson.Task(
            line: line, text: try spans(goal.comment, goal.line), goal: try expression(goal.joined, goal.line),
            hints: hints, solution: try script(solution), because: try optional(fields, "because").map(spans) ?? [])
    }
}

// The pieces of which the blocks are made.
extension LessonParser {
    private func error(at line: Int, _ message: String) -> LessonError {
        LessonError(file: file, line: line, message: message)
    }

    /// Several errors of one block: all are noted, and the block is given up.
    private mutating func raise(_ found: [LessonError]) throws(LessonError) {
        guard let last = found.last else { return }
        errors += found.dropLast()
        throw last
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
        guard let field = try optional(fields, key) else { throw error(at: line, missing) }
        guard !field.lines.isEmpty else { throw error(at: field.line, "nothing stands behind '\(key):'") }
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
        guard !lines.isEmpty else { throw error(at: field.line, "behind '\(field.key):' should stand a text") }
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
        var found: [LessonError] = []
        for (number, text) in lines {
            do {
                for entry in try Command.script(text) {
                    commands += 1
                    script.commands.append(Lesson.Script.Line(line: number, command: entry.command))
                }
            } catch {
                found.append(LessonError(file: file, line: number, message: "\(error.error)"))
            }
            guard commands <= Self.mostCommands else {
                throw error(at: number, "a lesson has \(Self.mostCommands) commands at most; make two lessons of it")
            }
        }
        try raise(found)
        guard !script.commands.isEmpty else { throw error(at: line, "a command should stand here, one a line") }
        return script
    }
}
