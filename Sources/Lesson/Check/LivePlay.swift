internal import Command

extension LessonCheck {
    /// Plays the whole lesson on a stage, by the player that the screen uses.
    ///
    /// Every expectation must hold; of an ask's choices exactly one must come true; a task must be unmet before its
    /// solution and met after it; every symbol must be the guest's.
    public static func play(_ lesson: Lesson, on stage: inout some LessonStage) -> LessonReport {
        var play = LivePlay(lesson: lesson)
        play.run(on: &stage)
        var report = check(lesson, symbols: play.symbols(in: stage))
        for finding in play.report.findings where !report.findings.contains(finding) { report.findings.append(finding) }
        report.sort()
        return report
    }
}

private struct LivePlay {
    let lesson: Lesson
    var player: LessonPlayer
    var report: LessonReport
    /// Whether the stage could prepare the machine.
    private var isOpen = false

    init(lesson: Lesson) {
        self.lesson = lesson
        player = LessonPlayer(lesson: lesson)
        report = LessonReport(lesson: lesson.name)
    }

    mutating func run(on stage: inout some LessonStage) {
        handle(.resume, on: &stage)
        // Each turn does at least one part; the bound is there should that ever be wrong.
        let parts = lesson.steps.reduce(0) { $0 + $1.parts.count + 1 }
        for _ in 0..<(isOpen ? 2 * parts : 0) {
            switch player.state {
            case .reading, .stuck: handle(.next, on: &stage)
            case .asking: handle(.answer(1), on: &stage)
            case .working: handle(.solution, on: &stage)
            case .closed, .performing, .finished: break
            }
        }
        noteTasksMetTooSoon()
    }

    private mutating func handle(_ input: LessonPlayer.Input, on stage: inout some LessonStage) {
        var input = input
        while true {
            let place = player.place
            let facts = stage.facts
            let effects = player.handle(input, facts: facts)
            if case .commandFinished(let outcome) = input { judge(place, facts, outcome) }
            guard let outcome = carryOut(effects, on: &stage) else { return }
            input = .commandFinished(outcome)
        }
    }

    /// What the player made of the part at a place, once the last of its commands was carried out.
    private mutating func judge(_ place: LessonPlace, _ facts: any FactSource, _ outcome: LessonPlayer.Outcome) {
        // What a command said is noted at the command.
        let isNoted = player.shortfalls[place]?.reasons.isEmpty == false
        if case .stuck(let reason) = player.state, outcome == .done, !isNoted {
            report.add(lesson, line(of: place), reason)
        }
        guard case .ask(let ask)? = lesson.part(at: place), let answer = player.answers[place], answer.isDecided,
            answer.right == nil
        else { return }
        let values = ask.choices.enumerated().map { number, choice in
            "answer \(number + 1), \(choice.condition), is \(choice.condition.value(in: facts))"
        }
        report.add(lesson, ask.line, "exactly one answer should come true: \(values.joined(separator: "; "))")
    }

    /// Nobody works at a task here, so one that is done without its solution was met from the start.
    private mutating func noteTasksMetTooSoon() {
        for (index, step) in lesson.steps.enumerated() {
            for (number, part) in step.parts.enumerated() {
                let key = LessonProgress.key(LessonPlace(step: index, part: number), in: lesson)
                guard case .task(let task) = part, player.progress.tasks[key] == .own else { continue }
                report.add(lesson, task.line, "the goal is met before the learner does anything: \(task.goal)")
            }
        }
    }

    /// - Returns: how the command ended; nil where the effects hold none.
    private mutating func carryOut(
        _ effects: [LessonPlayer.Effect], on stage: inout some LessonStage
    ) -> LessonPlayer.Outcome? {
        for effect in effects {
            switch effect {
            case .save, .say: break
            case .open:
                do {
                    try stage.open(lesson)
                    isOpen = true
                    return .done
                } catch {
                    report.add(lesson, 1, "the machine cannot be prepared: \(error)")
                    return .failed("\(error)")
                }
            case .perform(let line):
                let outcome = perform(line, on: &stage)
                if case .failed(let reason) = outcome { report.add(lesson, line.line, reason) }
                return outcome
            }
        }
        return nil
    }

    private mutating func perform(_ line: Lesson.Script.Line, on stage: inout some LessonStage) -> LessonPlayer.Outcome
    {
        if case .expect(let condition) = line.command {
            let facts = stage.facts
            let value = condition.value(in: facts)
            return value.truth == true ? .done : .failed("expected \(condition); \(condition.account(value, facts))")
        }
        // A stage has no screen; that the pane exists was proved from the text.
        if line.command.isForTheScreen { return .done }
        do {
            guard case .failed(let reason) = try stage.perform(line.command) else { return .done }
            return .failed("'\(line.command)': \(reason)")
        } catch {
            return .failed("'\(line.command)': \(error)")
        }
    }

    private func line(of place: LessonPlace) -> Int {
        switch lesson.part(at: place) {
        case .ask(let ask): ask.line
        case .task(let task): task.line
        case .script(let script): script.line
        case .prose, nil: lesson.steps.indices.contains(place.step) ? lesson.steps[place.step].line : 1
        }
    }

    /// Those of the lesson's bare words that the guest has as symbols; nil where no machine ever stood.
    func symbols(in stage: some LessonStage) -> Set<String>? {
        guard isOpen else { return nil }
        var words: Set<String> = []
        for part in lesson.steps.flatMap(\.parts) {
            for line in part.script?.commands ?? [] {
                for expression in line.command.expressions { words.formUnion(expression.words) }
            }
            switch part {
            case .prose: break
            case .script(let script): words.formUnion(script.condition?.words ?? [])
            case .ask(let ask): for choice in ask.choices { words.formUnion(choice.condition.words) }
            case .task(let task):
                words.formUnion(task.goal.words)
                for hint in task.hints { words.formUnion(hint.condition?.words ?? []) }
            }
        }
        let facts = stage.facts
        return words.filter { facts.address(ofSymbol: $0) != nil }
    }
}

extension Expression {
    /// What came instead of what was expected: `exit.port is 1016`, or why it is not known.
    fileprivate func account(_ value: Value, _ facts: any FactSource) -> String {
        guard case .binary(let sign, let left, _) = self, sign.isComparison, value.unknownReason == nil else {
            return "it is \(value)"
        }
        return "\(left) is \(left.value(in: facts))"
    }
}
