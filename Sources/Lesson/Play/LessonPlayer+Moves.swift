internal import Command

// What the reader's inputs do.
extension LessonPlayer {
    mutating func next(_ facts: any FactSource, _ effects: inout [Effect]) {
        guard viewedStep == place.step else {
            viewedStep = min(viewedStep + 1, place.step)
            return
        }
        switch state {
        case .reading:
            if case .script(let script)? = lesson.part(at: place) { return start(script, .script, facts, &effects) }
            place = LessonPlace(step: place.step + 1)
            viewedStep = place.step
            save(&effects)
            // What the next step claims is claimed of the lesson's machine, not of what the reader made of it.
            queue = wayBack(facts, &effects)
            if queue.isEmpty { return reveal(facts, &effects) }
            state = .performing(.returning)
            advance(&effects)
        case .stuck:
            // The machine is taken as it is: going back to the path would fail at the same command again.
            (isOffPath, strayedFromPresent) = (false, nil)
            if !isStuckOnTheWay { place.part += 1 }
            save(&effects)
            reveal(facts, &effects)
        case .asking: say(.note, "First make your prediction: choose one of the answers.", &effects)
        case .working:
            say(.note, "The task is still open. `lesson hint` helps, `lesson solution` does it for you.", &effects)
        case .closed, .performing, .finished: break
        }
    }

    mutating func answer(_ choice: Int, _ facts: any FactSource, _ effects: inout [Effect]) {
        guard viewedStep == place.step, state == .asking, case .ask(let ask)? = lesson.part(at: place) else {
            return say(.note, "The lesson asks nothing at the moment.", &effects)
        }
        guard ask.choices.indices.contains(choice) else {
            return say(.note, "There are the answers 1 to \(ask.choices.count).", &effects)
        }
        answers[place] = Answer(choice: choice)
        start(ask.then, .answer(choice), facts, &effects)
    }

    mutating func giveHint(_ facts: any FactSource, _ effects: inout [Effect]) {
        guard viewedStep == place.step, state == .working, case .task(let task)? = lesson.part(at: place) else {
            return say(.note, "The lesson sets no task at the moment.", &effects)
        }
        let given = hints[place] ?? []
        let fitting = task.hints.indices.first { index in
            guard !given.contains(index) else { return false }
            // A condition of which nobody knows whether it holds speaks to nobody.
            return task.hints[index].condition.map { $0.holds(in: facts) == true } ?? true
        }
        guard let fitting else {
            return say(.note, "There is no further hint for where you are. `lesson solution` shows one way.", &effects)
        }
        hints[place, default: []].insert(fitting)
        say(LessonRemark(place: place, kind: .hint, text: task.hints[fitting].text), &effects)
    }

    mutating func solve(_ facts: any FactSource, _ effects: inout [Effect]) {
        guard viewedStep == place.step, state == .working, case .task(let task)? = lesson.part(at: place) else {
            return say(.note, "The lesson sets no task at the moment.", &effects)
        }
        start(task.solution, .solution, facts, &effects)
    }

    /// Brings a new machine to the lesson's place.
    mutating func rebuild(_ effects: inout [Effect]) {
        viewedStep = place.step
        if case .performing = state {
            // A command is under way: what it answers must not be taken for the answer of another.
            wantsRebuild = true
            return
        }
        queue = returnToPlace
        state = .performing(.returning)
        advance(&effects)
    }

    /// The step that the reader looks at, from its start.
    mutating func retry(_ effects: inout [Effect]) {
        place = LessonPlace(step: viewedStep)
        answers = answers.filter { $0.key.step != viewedStep }
        hints = hints.filter { $0.key.step != viewedStep }
        remarks.removeAll { $0.place.step == viewedStep }
        shortfalls = shortfalls.filter { $0.key.step != viewedStep }
        save(&effects)
        rebuild(&effects)
    }

    private var returnToPlace: [Pending] { [.open] + lesson.commands(upTo: place).map(Pending.perform) }

    /// Carries out a script, from where the lesson thinks the machine is.
    private mutating func start(
        _ script: Lesson.Script, _ purpose: Purpose, _ facts: any FactSource, _ effects: inout [Effect]
    ) {
        queue = wayBack(facts, &effects)
        state = .performing(queue.isEmpty ? purpose : .returning)
        if queue.isEmpty, facts.value(of: FactReference(.timelineLive)) == .boolean(false) {
            // In the past a step would move the cursor and not the machine.
            queue = [toThePresent(script.line)]
        }
        queue.append(.turn(purpose))
        queue += script.commands.map(Pending.perform)
        advance(&effects)
    }

    /// What brings machine and cursor back to where the lesson left them; empty where they are there.
    private mutating func wayBack(_ facts: any FactSource, _ effects: inout [Effect]) -> [Pending] {
        defer { strayedFromPresent = nil }
        if isOffPath {
            say(.note, "You went your own way; the lesson first brings the machine back to its place.", &effects)
            return returnToPlace
        }
        guard let strayedFromPresent else { return [] }
        if !strayedFromPresent { return returnToPlace }
        let isLive = facts.value(of: FactReference(.timelineLive)) != .boolean(false)
        return isLive ? [] : [toThePresent(lesson.steps[min(place.step, lesson.steps.count - 1)].line)]
    }

    private func toThePresent(_ line: Int) -> Pending {
        .perform(Lesson.Script.Line(line: line, command: .goTo(.end)))
    }

    /// A walk of the reader's own: the lesson's is repeated with all that led to it.
    mutating func stray(_ facts: any FactSource) { if state != .working { strayedFromPresent = false } }

    mutating func say(_ kind: LessonRemark.Kind, _ text: String, _ effects: inout [Effect]) {
        say(LessonRemark(place: place, kind: kind, text: Self.spans(text)), &effects)
    }

    mutating func say(_ remark: LessonRemark, _ effects: inout [Effect]) {
        // The same note twice is one note: keys repeat.
        if remarks.last != remark { remarks.append(remark) }
        effects.append(.say(remark))
    }

    mutating func save(_ effects: inout [Effect]) {
        progress.note(place, in: lesson)
        if effects.last != .save { effects.append(.save) }
    }

    /// Our own sentences mark commands with backquotes.
    private static func spans(_ text: String) -> [TextSpan] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap { index, piece in
            piece.isEmpty ? nil : index % 2 == 0 ? .text(String(piece)) : .code(String(piece))
        }
    }
}
