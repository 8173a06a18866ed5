public import Command

// How the lesson goes on by itself: commands one after another, prose up to the next block, verdicts.
extension LessonPlayer {
    /// Sends the next command of the queue, which holds at least one: the parser lets no script be empty.
    mutating func advance(_ effects: inout [Effect]) {
        while !queue.isEmpty {
            switch queue.removeFirst() {
            case .open: return effects.append(.open)
            case .perform(let line):
                underWay = (line, performed)
                performed += 1
                return effects.append(.perform(line))
            case .turn(let purpose):
                (isOffPath, strayedFromPresent) = (false, nil)
                (underWay, performed) = (nil, 0)
                shortfalls[place] = nil
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
            // A claim that does not hold keeps nothing else from being done, and stays.
            guard purpose != .returning, case .expect? = underWay?.line.command else {
                return fail(reason, purpose, &effects)
            }
            note(reason, &effects)
        }
        if queue.isEmpty { conclude(purpose, facts, &effects) } else { advance(&effects) }
    }

    private mutating func note(_ reason: String, _ effects: inout [Effect]) {
        if let underWay { shortfalls[place, default: Shortfall()].reasons[underWay.number] = reason }
        say(LessonRemark(place: place, kind: .trouble, text: [.text(reason)]), &effects)
    }

    private mutating func fail(_ reason: String, _ purpose: Purpose, _ effects: inout [Effect]) {
        isStuckOnTheWay = purpose == .returning
        state = .stuck(reason)
        if isStuckOnTheWay {
            say(LessonRemark(place: place, kind: .trouble, text: [.text(reason)]), &effects)
        } else {
            note(reason, &effects)
            if !queue.isEmpty { shortfalls[place]?.undoneFrom = performed }
            settle(&effects)
        }
        queue = []
    }

    /// What the part at the place came to goes into the progress.
    private mutating func settle(_ effects: inout [Effect]) {
        progress.note(shortfalls[place], at: place, in: lesson)
        save(&effects)
    }

    private mutating func conclude(_ purpose: Purpose, _ facts: any FactSource, _ effects: inout [Effect]) {
        switch purpose {
        case .returning:
            (isOffPath, strayedFromPresent) = (false, nil)
            return reveal(facts, &effects)
        case .script: break
        case .answer(let choice): decide(choice, facts, &effects)
        case .solution:
            guard case .task(let task)? = lesson.part(at: place) else { break }
            guard task.goal.holds(in: facts) == true else {
                let value = task.goal.value(in: facts)
                underWay = nil
                shortfalls[place, default: Shortfall()].whole = "\(task.goal)"
                return fail("After the solution the goal does not hold: \(task.goal) is \(value).", purpose, &effects)
            }
            noteDone(task, .shown, &effects)
        }
        if let shortfall = shortfalls[place], let reason = shortfall.first {
            isStuckOnTheWay = false
            state = .stuck(reason)
            return settle(&effects)
        }
        settle(&effects)
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
        let before = progress
        progress.conclude(step: lesson.steps[place.step].id)
        let isLast = place.step == lesson.steps.count - 1
        if isLast { progress.isFinished = progress.failed.isEmpty }
        state = isLast ? .finished : .reading
        if isLast || progress != before { save(&effects) }
    }

    private mutating func decide(_ choice: Int, _ facts: any FactSource, _ effects: inout [Effect]) {
        guard case .ask(let ask)? = lesson.part(at: place) else { return }
        let right = ask.rightChoice(in: facts)
        answers[place] = Answer(choice: choice, right: right, isDecided: true)
        guard let right else {
            shortfalls[place, default: Shortfall()].whole = "one of the answers comes true"
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
        (isOffPath, strayedFromPresent) = (false, nil)
        shortfalls[place] = nil
        settle(&effects)
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
