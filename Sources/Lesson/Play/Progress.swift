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

    public enum Way: String, Sendable, Hashable, Codable {
        /// By the learner.
        case own
        /// By the solution.
        case shown
    }

    public init() {}

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
}
