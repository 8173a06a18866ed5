public import Command

// How the lesson goes on by itself: commands one after another, prose up to the next block, verdicts.
extension LessonPlayer {
    /// Sends the next command of the queue, which holds at least one: the parser lets no script be empty.
    mutating func advance(_ effects: inout [Effect]) {
        while !queue.isEmpty {
            switch queue.removeFirst() {
            case .open: return effects.append(.open)
            case .perform(let line): return effects.append(.perform(line))
            case .turn(let purpose):
                isOffPath = false
                state = .performing(purpose)
            }
        }
    }

    mutating func finished(_ outcome: Outcome, _ facts: any FactSource, _ effects: inout [Effect]) {
        guard case .performing(let purpose) = state else { return }
        if wantsRebuild {
            wantsRebuild = false
            state = .closed
            return rebuild(&effects)
        }
        if case .failed(let reason) = outcome {
            return fail(reason, purpose, &effects)
        }
        if queue.isEmpty { conclude(purpose, facts, &effects) } else { advance(&effects) }
    }

    private mutating func fail(_ reason: String, _ purpose: Purpose, _ effects: inout [Effect]) {
        queue = []
        isStuckOnTheWay = purpose == .returning
        state = .stuck(reason)
        say(LessonRemark(place: place, kind: .trouble, text: [.text(reason)]), &effects)
    }

    private mutating func conclude(_ purpose: Purpose, _ facts: any FactSource, _ effects: inout [Effect]) {
        switch purpose {
        case .returning:
            isOffPath = false
            return reveal(facts, &effects)
        case .script: break
        case .answer(let choice): decide(choice, facts, &effects)
        case .solution:
            guard case .task(let task)? = lesson.part(at: place) else { break }
            guard task.goal.holds(in: facts) == true else {
                let value = task.goal.value(in: facts)
                return fail("After the solution the goal does not hold: \(task.goal) is \(value).", purpose, &effects)
            }
            noteDone(task, .shown, &effects)
        }
        place.part += 1
        save(&effects)
        reveal(facts, &effects)
    }

    /// Shows prose up to the next block, and deals with that.
    mutating func reveal(_ facts: any FactSource, _ effects: inout [Effect]) {
        var hasShown = false
        while let part = lesson.part(at: place) {
            switch part {
            case .prose:
                place.part += 1
                hasShown = true
            case .script(let script):
                if let condition = script.condition {
                    guard condition.holds(in: facts) == true else {
                        place.part += 1
                        continue
                    }
                    fitting.insert(place)
                }
                if hasShown, !script.isQuiet {
                    state = .reading
                    return
                }
                queue = [.turn(.script)] + script.commands.map(Pending.perform)
                state = .performing(.script)
                return advance(&effects)
            case .ask:
                state = .asking
                return
            case .task:
                state = .working
                return checkGoal(facts, &effects)
            }
        }
        guard lesson.steps.indices.contains(place.step) else {
            state = .finished
            return
        }
        let isNew = progress.steps.insert(lesson.steps[place.step].id).inserted
        let isLast = place.step == lesson.steps.count - 1
        if isLast { progress.isFinished = true }
        state = isLast ? .finished : .reading
        if isNew || isLast { save(&effects) }
    }

    private mutating func decide(_ choice: Int, _ facts: any FactSource, _ effects: inout [Effect]) {
        guard case .ask(let ask)? = lesson.part(at: place) else { return }
        let right = ask.rightChoice(in: facts)
        answers[place] = Answer(choice: choice, right: right, isDecided: true)
        guard let right else {
            return say(.verdict(isRight: nil), "This run did not decide between the answers.", &effects)
        }
        let isRight = right == choice
        let key = LessonProgress.key(place, in: lesson)
        if progress.asks[key] == nil { progress.asks[key] = isRight }
        var text: [TextSpan] = [
            .text("You said: "), .emphasis(ask.choices[choice].text), .text(". The guest showed: "),
        ]
        text += [.emphasis(ask.choices[right].text), .text(isRight ? ". Right." : ". Not what you said.")]
        say(LessonRemark(place: place, kind: .verdict(isRight: isRight), text: text), &effects)
        if !ask.because.isEmpty { say(LessonRemark(place: place, kind: .because, text: ask.because), &effects) }
    }

    mutating func checkGoal(_ facts: any FactSource, _ effects: inout [Effect]) {
        guard case .task(let task)? = lesson.part(at: place), task.goal.holds(in: facts) == true else { return }
        noteDone(task, .own, &effects)
        // Wherever the learner went on the way, this is now the lesson's place.
        isOffPath = false
        place.part += 1
        save(&effects)
        reveal(facts, &effects)
    }

    private mutating func noteDone(_ task: Lesson.Task, _ way: LessonProgress.Way, _ effects: inout [Effect]) {
        let key = LessonProgress.key(place, in: lesson)
        if progress.tasks[key] == nil { progress.tasks[key] = way }
        say(.taskDone, way == .own ? "Done." : "This was one way to do it.", &effects)
        if !task.because.isEmpty { say(LessonRemark(place: place, kind: .because, text: task.because), &effects) }
    }
}

extension Lesson.Ask {
    /// The only choice that holds, counted from 0; nil where none or several do.
    public func rightChoice(in facts: any FactSource) -> Int? {
        let holding = choices.indices.filter { choices[$0].condition.holds(in: facts) == true }
        return holding.count == 1 ? holding[0] : nil
    }
}
