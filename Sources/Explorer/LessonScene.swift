public import Lesson

/// What the lesson pane shows: the step that is read, with each part as far as it has come.
public struct LessonScene: Sendable {
    public var title: String
    /// The step's heading.
    public var step: String
    /// Counted from 1.
    public var number: Int
    public var count: Int
    /// What stands before the first step; shown with it alone.
    public var introduction: [TextBlock]
    /// The parts that may be seen now, from the top.
    public var blocks: [Block]
    /// What the reader can do next.
    public var prompt: LessonPlayer.Prompt
    /// Whether the person has left the lesson's path; `lesson resume` goes back to it.
    public var isFreePlay: Bool
    /// How many claims failed, and in which steps, counted from 1.
    public var failures: (count: Int, steps: [Int]) = (0, [])

    /// One part and what became of it.
    public struct Block: Sendable {
        public var part: Lesson.Part
        /// Whether the lesson has gone past it.
        public var isDone: Bool
        /// The prediction that was made, where the part is an ask.
        public var answer: LessonPlayer.Answer?
        /// Verdicts, hints and troubles, in the order in which they were said.
        public var remarks: [LessonRemark]
        /// What of it did not come out as the lesson says.
        public var shortfall: LessonPlayer.Shortfall?

        public init(
            _ part: Lesson.Part, isDone: Bool = false, answer: LessonPlayer.Answer? = nil,
            remarks: [LessonRemark] = [], shortfall: LessonPlayer.Shortfall? = nil
        ) {
            self.part = part
            self.isDone = isDone
            self.answer = answer
            self.remarks = remarks
            self.shortfall = shortfall
        }
    }

    public init(
        title: String, step: String, number: Int, count: Int, introduction: [TextBlock] = [], blocks: [Block],
        prompt: LessonPlayer.Prompt, isFreePlay: Bool = false
    ) {
        self.title = title
        self.step = step
        self.number = number
        self.count = count
        self.introduction = introduction
        self.blocks = blocks
        self.prompt = prompt
        self.isFreePlay = isFreePlay
    }

    /// The scene of a lesson that is being played.
    public init(_ player: LessonPlayer) {
        self.init(
            title: player.lesson.title, step: player.step.title, number: player.viewedStep + 1,
            count: player.lesson.steps.count,
            introduction: player.viewedStep == 0 ? player.lesson.introduction : [],
            blocks: player.visibleParts.map { place, part in
                Block(
                    part, isDone: place < player.place, answer: player.answers[place],
                    remarks: player.remarks(at: place), shortfall: player.shortfalls[place])
            },
            prompt: player.prompt, isFreePlay: player.isFreePlay)
        failures = player.failures
    }
}
