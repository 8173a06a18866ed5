public import Command
public import Timeline

/// A lesson as its file says it: what it teaches, which machine it needs, and its steps.
public struct Lesson: Sendable {
    /// The folder's name, such as `02-enter-exit`; progress is kept under it.
    public var name: String
    /// The folder that holds `lesson.md` and the guest.
    public var directory: String
    public var title: String
    /// One sentence for the menu.
    public var summary: String
    /// How long it takes a reader who does everything.
    public var minutes: Int
    public var machine: Machine
    /// Observations without which the lesson makes no sense.
    public var needs: [Need]
    /// What stands before the first step; may be empty.
    public var introduction: [TextBlock]
    /// Never empty.
    public var steps: [Step]

    /// What the lesson's machine is made of.
    public struct Machine: Sendable, Hashable {
        /// The guest's file name beside `lesson.md`.
        public var guest: String
        public var mode: Mode
        public var vcpus: Int
        /// Guest memory in bytes.
        public var memory: Int
        public var start: Start
        /// Memory slots beside the first.
        public var slots: [SlotPlan] = []

        public init(
            guest: String, mode: Mode = .long, vcpus: Int = 1, memory: Int = 16 << 20, start: Start = .ready
        ) {
            self.guest = guest
            self.mode = mode
            self.vcpus = vcpus
            self.memory = memory
            self.start = start
        }
    }

    /// The processor mode in which the guest starts.
    public enum Mode: String, CaseIterable, Sendable, Hashable { case real, protected, long }

    /// How much of the machine exists when the lesson opens.
    public enum Start: String, CaseIterable, Sendable, Hashable {
        /// Nothing: the lesson builds it, ioctl by ioctl.
        case unbuilt
        /// All: it stands before the guest's first instruction.
        case ready
    }

    /// Something that not every machine lets one see.
    public enum Need: String, CaseIterable, Sendable, Hashable {
        /// The kernel's KVM tracepoints.
        case tracepoints
        /// Page frame numbers in /proc/self/pagemap.
        case pagemap
        /// The binary statistics of KVM.
        case statistics
    }

    /// One idea: a heading and what stands under it.
    public struct Step: Sendable {
        public var title: String
        /// The title in small letters with hyphens; unique in the lesson, and what progress remembers.
        public var id: String
        public var line: Int
        public var parts: [Part]
    }

    /// What a step consists of, in order.
    public enum Part: Sendable {
        case prose([TextBlock])
        case script(Script)
        case ask(Ask)
        case task(Task)
    }

    /// Commands that the lesson carries out itself.
    public struct Script: Sendable {
        public var line: Int
        /// Behind `on`: the script is for those machines alone on which this holds; nil for all.
        public var condition: Expression?
        public var commands: [Line]

        /// One command and where it stands in the file.
        public struct Line: Sendable, Hashable {
            public var line: Int
            public var command: Command
        }
    }

    /// A prediction that is made before the guest runs on.
    public struct Ask: Sendable {
        public var line: Int
        public var question: [TextSpan]
        /// Two or more.
        public var choices: [Choice]
        /// What is carried out once an answer is given; it decides which choice was right.
        public var then: Script
        /// What is said afterwards; may be empty.
        public var because: [TextSpan]

        public struct Choice: Sendable {
            public var line: Int
            public var text: [TextSpan]
            /// True, after `then`, of the right choice alone.
            public var condition: Expression
        }
    }

    /// Something that the learner brings about.
    public struct Task: Sendable {
        public var line: Int
        /// What the learner reads.
        public var text: [TextSpan]
        public var goal: Expression
        /// One or more.
        public var hints: [Hint]
        public var solution: Script
        /// What is said once the goal is met; may be empty.
        public var because: [TextSpan]

        public struct Hint: Sendable {
            public var line: Int
            public var text: [TextSpan]
            /// The hint speaks to those for whom this holds; nil speaks to all.
            public var condition: Expression?
        }
    }
}

extension Lesson {
    /// The lesson's file.
    public var file: String { directory + "/lesson.md" }
    /// The guest's file.
    public var guestFile: String { directory + "/" + machine.guest }

    /// The number that the folder's name starts with.
    public var number: Int? { LessonName(name).number }
}
