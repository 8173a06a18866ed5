/// How far one step goes.
public enum StepUnit: String, CaseIterable, Hashable, Sendable {
    case exit, ioctl, instruction, transition, level, event

    /// One line: where the step ends.
    public var summary: String {
        switch self {
        case .exit: "to the next exit to user space"
        case .ioctl: "one ioctl, released at the gate"
        case .instruction: "one instruction of the guest"
        case .transition: "one arrow of the flowchart"
        case .level: "one level of the current walk"
        case .event: "one event of the timeline, without running the guest on"
        }
    }
}
