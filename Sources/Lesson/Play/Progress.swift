/// What a reader has done of one lesson, by headings, so that it survives most changes of the lesson's text.
public struct LessonProgress: Sendable, Hashable, Codable {
    /// The identifier of the step in which the reader is; nil before the first.
    public var step: String?
    /// How many parts of that step are done.
    public var part = 0
    /// Identifiers of the steps that are done.
    public var steps: Set<String> = []
    /// Whether the first answer was right, by ask.
    public var asks: [String: Bool] = [:]
    /// How a task was done first, by task.
    public var tasks: [String: Way] = [:]
    public var isFinished = false
    /// Claims and commands that failed when their part was last carried out, by part.
    ///
    /// A step with one of them is not done, and neither is its lesson.
    public var failed: [String: [String]] = [:]

    public enum Way: String, Sendable, Hashable, Codable {
        /// By the learner.
        case own
        /// By the solution.
        case shown
    }

    public init() {}

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        step = try values.decodeIfPresent(String.self, forKey: .step)
        part = try values.decode(Int.self, forKey: .part)
        steps = try values.decode(Set<String>.self, forKey: .steps)
        asks = try values.decode([String: Bool].self, forKey: .asks)
        tasks = try values.decode([String: Way].self, forKey: .tasks)
        isFinished = try values.decode(Bool.self, forKey: .isFinished)
        // Files of version 1 need not have it.
        failed = try values.decodeIfPresent([String: [String]].self, forKey: .failed) ?? [:]
    }

    /// The key under which an ask or a task is kept.
    public static func key(_ place: LessonPlace, in lesson: Lesson) -> String {
        let step = lesson.steps.indices.contains(place.step) ? lesson.steps[place.step].id : "?"
        return "\(step)/\(place.part)"
    }

    /// The place that is meant, in the lesson as it is now.
    func place(in lesson: Lesson) -> LessonPlace {
        guard !isFinished, let step, let index = lesson.steps.firstIndex(where: { $0.id == step }) else {
            return LessonPlace()
        }
        return LessonPlace(step: index, part: min(max(part, 0), lesson.steps[index].parts.count))
    }

    mutating func note(_ place: LessonPlace, in lesson: Lesson) {
        guard lesson.steps.indices.contains(place.step) else { return }
        step = lesson.steps[place.step].id
        part = place.part
    }

    /// This progress with all that a player changed since it was given another one.
    func taking(_ new: LessonProgress, since old: LessonProgress) -> LessonProgress {
        var merged = self
        if (new.step, new.part) != (old.step, old.part) { (merged.step, merged.part) = (new.step, new.part) }
        merged.steps.formUnion(new.steps.subtracting(old.steps))
        merged.steps.subtract(old.steps.subtracting(new.steps))
        // The first answer is the one that is kept, whoever gave it.
        merged.asks.merge(new.asks.filter { old.asks[$0.key] == nil }) { first, _ in first }
        merged.tasks.merge(new.tasks.filter { old.tasks[$0.key] == nil }) { first, _ in first }
        for key in Set(new.failed.keys).union(old.failed.keys) where new.failed[key] != old.failed[key] {
            merged.failed[key] = new.failed[key]
        }
        if new.isFinished != old.isFinished { merged.isFinished = new.isFinished }
        return merged
    }
}
