internal import Command

/// A place in a lesson: what stands before it has been shown and done.
public struct LessonPlace: Sendable, Hashable, Comparable {
    /// From 0.
    public var step: Int
    /// From 0; the number of parts where the whole step is done.
    public var part: Int

    public init(step: Int = 0, part: Int = 0) {
        self.step = step
        self.part = part
    }

    public static func < (a: LessonPlace, b: LessonPlace) -> Bool { (a.step, a.part) < (b.step, b.part) }
}

extension Lesson {
    /// What stands at a place; nil at the end of a step and outside the lesson.
    public func part(at place: LessonPlace) -> Part? {
        guard steps.indices.contains(place.step), steps[place.step].parts.indices.contains(place.part) else {
            return nil
        }
        return steps[place.step].parts[place.part]
    }

    /// The lesson's own commands that lead from the opened machine to a place, a task's solution among them.
    ///
    /// What the lesson expects is left out: it held when it was first played.
    func commands(upTo place: LessonPlace) -> [Script.Line] {
        var commands: [Script.Line] = []
        for (index, step) in steps.enumerated() where index <= place.step {
            for part in index < place.step ? step.parts[...] : step.parts.prefix(max(0, place.part)) {
                // A script for some machines only looks.
                if let script = part.script, script.condition == nil { commands += script.commands }
            }
        }
        return commands.filter { if case .expect = $0.command { false } else { true } }
    }
}

extension Lesson.Part {
    /// What the lesson carries out for this part.
    public var script: Lesson.Script? {
        switch self {
        case .prose: nil
        case .script(let script): script
        case .ask(let ask): ask.then
        case .task(let task): task.solution
        }
    }
}
