public import Lesson

/// What the lesson pane shows: the step that is read, with each part as far as it has come.
public struct LessonScene: Sendable {
    public var title: String
    /// The step's heading.
    public var step: String
    /// Counted from 1.
    public var number: Int
    public var count: Int
    public var parts: [Part]
    /// True while the person plays freely, away from the step.
    public var isFreePlay: Bool
    /// What went wrong in the lesson itself, such as a command that was refused; empty for nothing.
    public var trouble: String

    public init(
        title: String, step: String, number: Int, count: Int, parts: [Part], isFreePlay: Bool = false,
        trouble: String = ""
    ) {
        self.title = title
        self.step = step
        self.number = number
        self.count = count
        self.parts = parts
        self.isFreePlay = isFreePlay
        self.trouble = trouble
    }

    public enum Part: Sendable {
        case prose([TextBlock])
        /// Commands that the lesson carries out itself, as they are written.
        case script([String], isDone: Bool)
        case ask(Ask)
        case task(Task)
    }

    /// A prediction.
    public struct Ask: Sendable {
        public var question: [TextSpan]
        public var choices: [Choice]
        /// What was answered, from 1; nil while it waits.
        public var answer: Int?
        /// Said once it is settled; empty before.
        public var because: [TextSpan]

        public struct Choice: Sendable {
            public var text: [TextSpan]
            /// Nil until the run has decided.
            public var isRight: Bool?

            public init(text: [TextSpan], isRight: Bool? = nil) {
                self.text = text
                self.isRight = isRight
            }
        }

        public init(question: [TextSpan], choices: [Choice], answer: Int? = nil, because: [TextSpan] = []) {
            self.question = question
            self.choices = choices
            self.answer = answer
            self.because = because
        }
    }

    /// Something that the learner brings about.
    public struct Task: Sendable {
        public var text: [TextSpan]
        public var isMet: Bool
        /// The hints shown so far.
        public var hints: [[TextSpan]]
        /// The solution's commands once they were asked for.
        public var solution: [String]
        /// Said once the goal is met; empty before.
        public var because: [TextSpan]

        public init(
            text: [TextSpan], isMet: Bool = false, hints: [[TextSpan]] = [], solution: [String] = [],
            because: [TextSpan] = []
        ) {
            self.text = text
            self.isMet = isMet
            self.hints = hints
            self.solution = solution
            self.because = because
        }
    }
}
