public import Command

// What a screen asks of the player.
extension LessonPlayer {
    /// The step that the reader looks at.
    public var step: Lesson.Step { lesson.steps[min(max(viewedStep, 0), lesson.steps.count - 1)] }

    /// The parts of that step which may be seen now, with their places.
    public var visibleParts: [(place: LessonPlace, part: Lesson.Part)] {
        var count = step.parts.count
        if viewedStep == place.step {
            switch state {
            case .closed: count = 0
            case .performing(.returning): count = place.part
            default: count = min(place.part + 1, count)
            }
        }
        return step.parts.prefix(count).enumerated().map {
            (LessonPlace(step: viewedStep, part: $0.offset), $0.element)
        }.filter { place, part in
            if case .script(let script) = part, script.condition != nil { return fitting.contains(place) }
            return true
        }
    }

    /// What was said about a part, in order.
    public func remarks(at place: LessonPlace) -> [LessonRemark] { remarks.filter { $0.place == place } }

    /// What the reader can do next.
    public var prompt: Prompt {
        if viewedStep < place.step { return .forward }
        switch state {
        case .closed, .performing: return .wait
        case .asking:
            guard case .ask(let ask)? = lesson.part(at: place) else { return .wait }
            return .answer(ask.choices.count)
        case .working: return .task
        case .stuck: return .stuck
        case .finished: return progress.failed.isEmpty ? .finished : .unproved
        case .reading:
            guard case .script(let script)? = lesson.part(at: place) else { return .nextStep }
            return .perform(script.commands.map(\.command))
        }
    }

    public enum Prompt: Sendable, Hashable {
        case wait
        /// `.next` carries these out.
        case perform([Command])
        case nextStep
        /// An earlier step is looked at; `.next` goes forward again.
        case forward
        /// So many choices.
        case answer(Int)
        case task
        case stuck
        case finished
        /// The end is reached, and something on the way did not come out as the lesson says.
        case unproved
    }

    /// Whether the learner has left the lesson's path; `.resume` goes back to it.
    public var isFreePlay: Bool { isOffPath && state != .working }
}
