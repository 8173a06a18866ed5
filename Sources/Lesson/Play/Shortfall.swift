internal import Command

extension LessonPlayer {
    /// What of one part did not come out as the lesson says.
    public struct Shortfall: Sendable, Hashable {
        /// Why each command that failed did so, by its number in the part's script.
        public var reasons: [Int: String] = [:]
        /// The commands from this number on were not carried out; nil where all were.
        public var undoneFrom: Int?
        /// What the part as a whole should have come to: a goal, or the decision between answers.
        public var whole: String?

        /// The reason of the first command that failed.
        var first: String? { reasons.min { $0.key < $1.key }?.value }
    }

    /// How many claims and commands of the lesson failed, and in which steps, counted from 1; those of earlier days too.
    public var failures: (count: Int, steps: [Int]) {
        let steps = lesson.steps.enumerated().filter { progress.failed(in: $0.element.id) > 0 }.map { $0.offset + 1 }
        return (progress.failed.values.reduce(0) { $0 + $1.count }, steps)
    }
}

extension LessonProgress {
    /// Keeps what a part came to, when it was last carried out.
    mutating func note(_ shortfall: LessonPlayer.Shortfall?, at place: LessonPlace, in lesson: Lesson) {
        let commands = lesson.part(at: place)?.script?.commands ?? []
        var texts = (shortfall?.reasons.keys.sorted() ?? []).map { number in
            commands.indices.contains(number) ? "\(commands[number].command)" : "?"
        }
        if let whole = shortfall?.whole { texts.append(whole) }
        failed[Self.key(place, in: lesson)] = texts.isEmpty ? nil : texts
        guard !texts.isEmpty, lesson.steps.indices.contains(place.step) else { return }
        steps.remove(lesson.steps[place.step].id)
        isFinished = false
    }

    /// A step whose end is reached is done, unless something in it failed.
    mutating func conclude(step: String) { if failed(in: step) == 0 { steps.insert(step) } }

    func failed(in step: String) -> Int {
        failed.reduce(0) { $0 + ($1.key.hasPrefix(step + "/") ? $1.value.count : 0) }
    }

    /// Without what failed in parts that the lesson, as it is now, does not have.
    func kept(for lesson: Lesson) -> LessonProgress {
        var kept = self
        let keys = Set(
            lesson.steps.enumerated().flatMap { step, content in
                content.parts.indices.filter { content.parts[$0].script != nil }.map {
                    Self.key(LessonPlace(step: step, part: $0), in: lesson)
                }
            })
        kept.failed = failed.filter { keys.contains($0.key) }
        return kept
    }
}
