public import Command

/// A lesson being played: a value that takes what happened and answers with what is to be done.
///
/// Whoever holds it carries out the effects in their order. After `.open` and after each `.perform` it hands in
/// `.commandFinished`, and only then does the next one come. To open a lesson, make a player and hand in `.resume`.
///
/// A step's prose is shown up to its next block. A script that moves the machine then waits for `.next`; one that only
/// looks is carried out at once. An ask waits for its answer, a task for its goal.
public struct LessonPlayer: Sendable {
    public let lesson: Lesson
    /// Where the lesson stands.
    public internal(set) var place: LessonPlace
    /// The step that the reader looks at; an earlier one than `place.step` after `.previous`.
    public internal(set) var viewedStep: Int
    public internal(set) var state = State.closed
    /// Answers given since the lesson was opened.
    public internal(set) var answers: [LessonPlace: Answer] = [:]
    /// Everything said, in order.
    public internal(set) var remarks: [LessonRemark] = []
    /// The hints given for a task, by their number in it.
    public internal(set) var hints: [LessonPlace: Set<Int>] = [:]
    /// What did not come out as the lesson says, by part; gone only when the part is carried out again and all holds.
    public internal(set) var shortfalls: [LessonPlace: Shortfall] = [:]
    /// What is to be remembered when the program ends.
    public internal(set) var progress: LessonProgress
    /// True once the learner's own commands moved the machine off the lesson's path.
    var isOffPath = false
    /// Scripts for some machines that were carried out on this one.
    var fitting: Set<LessonPlace> = []
    /// Whether the lesson stood at the present when the reader began to look about; nil where they did not.
    var strayedFromPresent: Bool?
    var queue: [Pending] = []
    /// The command under way, and its number in the script of the part.
    var underWay: (line: Lesson.Script.Line, number: Int)?
    var performed = 0
    /// Asked to rebuild while a command was under way.
    var wantsRebuild = false
    /// What failed was the way to the place, not the part at it.
    var isStuckOnTheWay = false

    public enum State: Sendable, Hashable {
        /// Before the first `.resume`.
        case closed
        /// Waits for `.next`: to carry out the script at `place`, or to go to the next step.
        case reading
        /// Waits for `.answer`.
        case asking
        /// Waits until the task's goal holds.
        case working
        /// Commands are under way.
        case performing(Purpose)
        /// A command failed or a claim did not hold. `.resume` and `.retry` rebuild the machine; `.next` goes on regardless.
        case stuck(String)
        /// The end is reached; whether the lesson is done, `prompt` and `progress` say.
        case finished
    }

    /// Why commands are carried out.
    public enum Purpose: Sendable, Hashable {
        /// The machine is brought to the lesson's place.
        case returning
        case script
        /// To see whether a choice, counted from 0, was right.
        case answer(Int)
        case solution
    }

    public struct Answer: Sendable, Hashable {
        /// From 0.
        public var choice: Int
        /// The choice that the guest proved right; nil while it runs, and where none or several came true.
        public var right: Int?
        public var isDecided = false
    }

    public enum Input: Sendable {
        case next, previous, hint, solution, resume, retry
        /// The choice's number from 1, as the learner sees it.
        case answer(Int)
        /// The learner gives a command of their own, which is always allowed.
        case learnerCommand(Command)
        /// The learner moved the cursor over the past; whether it stood at the present before.
        case cursorMoved(fromPresent: Bool)
        case commandFinished(Outcome)
        case factsChanged
    }

    /// How a command ended.
    public enum Outcome: Sendable, Hashable {
        /// Carried out. An errno that the kernel answered is no failure: the lesson wants to show it.
        case done
        /// It could not be carried out, or an expectation did not hold; one line.
        case failed(String)
    }

    public enum Effect: Sendable, Hashable {
        /// Take down any machine and prepare the lesson's own: built, or unbuilt where the lesson builds it.
        case open
        /// `continue` counts as finished once the guest has run for some milliseconds, `pause` once all vCPUs stand.
        case perform(Lesson.Script.Line)
        /// Shown beside its part; also kept in `remarks`.
        case say(LessonRemark)
        /// `progress` has changed and should be stored.
        case save
    }

    enum Pending: Sendable {
        case open
        case perform(Lesson.Script.Line)
        /// The purpose of what follows.
        case turn(Purpose)
    }

    /// - Parameter progress: where the reader left off; a step that the lesson no longer has counts as the first.
    public init(lesson: Lesson, progress: LessonProgress = LessonProgress()) {
        self.lesson = lesson
        self.progress = progress.kept(for: lesson)
        place = progress.place(in: lesson)
        viewedStep = place.step
    }

    /// Takes one input and says what is to be done.
    ///
    /// - Parameter facts: what the panes show now: goals, choices and conditions of hints are asked of it.
    public mutating func handle(_ input: Input, facts: any FactSource) -> [Effect] {
        var effects: [Effect] = []
        switch input {
        case .next: next(facts, &effects)
        case .previous: viewedStep = max(0, viewedStep - 1)
        case .answer(let number): answer(number &- 1, facts, &effects)
        case .hint: giveHint(facts, &effects)
        case .solution: solve(facts, &effects)
        case .resume: rebuild(&effects)
        case .retry: retry(&effects)
        case .learnerCommand(let command):
            if case .performing = state { break }
            if command.movesMachine { isOffPath = true } else if command.walks { stray(facts) }
        case .cursorMoved(let fromPresent):
            if case .performing = state { break }
            strayedFromPresent = strayedFromPresent ?? fromPresent
        case .commandFinished(let outcome): finished(outcome, facts, &effects)
        case .factsChanged: if state == .working { checkGoal(facts, &effects) }
        }
        return effects
    }
}
