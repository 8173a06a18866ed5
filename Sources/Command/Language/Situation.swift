/// What is the case now, as far as it decides which commands make sense.
public struct Situation: Hashable, Sendable {
    /// Whether a machine of ours can run: false in a replay and without `/dev/kvm`.
    public var isLive: Bool
    public var machine: Machine
    /// Whether there is any event to look back at.
    public var hasHistory: Bool
    /// Whether the cursor is at the end of the timeline.
    public var isAtEnd: Bool
    /// Whether a lesson is open.
    public var hasLesson: Bool
    /// Whether the lesson waits for an answer.
    public var hasQuestion: Bool
    /// Whether the lesson's task has a hint left or is open at all.
    public var hasTask: Bool
    public var focus: Pane?
    /// Whether a call of the running machine waits at the gate.
    public var isAtGate: Bool
    /// Whether the vCPU in view stands at an instruction that KVM could not execute.
    public var hasUnexecutedInstruction: Bool

    public enum Machine: Hashable, Sendable {
        case none, stopped, running, ended
    }

    public init(
        isLive: Bool = true, machine: Machine = .stopped, hasHistory: Bool = true, isAtEnd: Bool = true,
        hasLesson: Bool = false, hasQuestion: Bool = false, hasTask: Bool = false, focus: Pane? = nil,
        isAtGate: Bool = false, hasUnexecutedInstruction: Bool = false
    ) {
        self.isLive = isLive
        self.machine = machine
        self.hasHistory = hasHistory
        self.isAtEnd = isAtEnd
        self.hasLesson = hasLesson
        self.hasQuestion = hasQuestion
        self.hasTask = hasTask
        self.focus = focus
        self.isAtGate = isAtGate
        self.hasUnexecutedInstruction = hasUnexecutedInstruction
    }
}

/// What a command cannot do without.
public struct Needs: OptionSet, Hashable, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// A machine of ours that can run, not a recording.
    public static let live = Needs(rawValue: 1 << 0)
    /// A machine that is built, or events of one.
    public static let machine = Needs(rawValue: 1 << 1)
    /// A machine that does not run at this moment.
    public static let standing = Needs(rawValue: 1 << 2)
    public static let running = Needs(rawValue: 1 << 3)
    public static let history = Needs(rawValue: 1 << 4)
    public static let lesson = Needs(rawValue: 1 << 5)
    public static let question = Needs(rawValue: 1 << 6)
    public static let task = Needs(rawValue: 1 << 7)
    /// An instruction that KVM could not execute.
    public static let failure = Needs(rawValue: 1 << 8)

    /// Why the needs are not met, in a clause that fits behind "not now:"; nil where they are.
    public func obstacle(in situation: Situation) -> String? {
        if contains(.live), !situation.isLive { return "this is a replay; nothing can be run or changed" }
        if contains(.machine), situation.machine == .none { return "no machine is built yet" }
        if contains(.standing), situation.machine == .running {
            return situation.isAtGate
                ? "a call waits at the gate; `step ioctl` lets it through, `gate off` all"
                : "the machine is running; pause it first"
        }
        if contains(.running), situation.machine != .running { return "the machine is not running" }
        if contains(.history), !situation.hasHistory { return "nothing has happened yet" }
        if contains(.lesson), !situation.hasLesson { return "no lesson is open" }
        if contains(.question), !situation.hasQuestion { return "the lesson asks nothing at the moment" }
        if contains(.failure), !situation.hasUnexecutedInstruction {
            return "nothing failed here; `skip` goes past an instruction that KVM could not execute"
        }
        if contains(.task), !situation.hasTask { return "the lesson sets no task at the moment" }
        return nil
    }
}
