/// The enter/exit flowchart: its boxes, its arrows, and what one return of KVM_RUN says about them.
public enum FlowNode: String, Sendable, CaseIterable {
    /// "1": user space is about to call ioctl(KVM_RUN).
    case issueRun = "run"
    /// Inside KVM_RUN, and more cannot be told from user space.
    case insideRun = "inside"
    case enterGuest = "enter"
    case guest
    case handleExit = "handle-exit"
    case isIO = "io"
    case isSignalPending = "signal"
    /// "2": user space does what the exit asks for.
    case handleIO = "handle-io"

    /// Whether it lies between the call of KVM_RUN and its return.
    public var isInsideRun: Bool { self != .issueRun && self != .handleIO }
}

/// The arrows; each has a count.
public enum FlowArrow: String, Sendable, CaseIterable {
    /// From user space into KVM: one for each KVM_RUN.
    case run
    /// From KVM into guest mode; seen by the kernel only.
    case enter
    /// From guest mode back into KVM; seen by the kernel only.
    case exit
    /// The exit needs user space: the guest read or wrote a device.
    case ioYes = "io-yes"
    /// KVM comes back to user space for another reason, neither I/O nor a signal: `hlt`, a single step, a triple fault.
    case otherYes = "other-yes"
    /// KVM handled it itself; seen by the kernel only.
    case ioNo = "io-no"
    /// A signal (or a kick) brought the thread back to user space.
    case signalYes = "signal-yes"
    /// Around again; seen by the kernel only.
    case signalNo = "signal-no"
    /// User space has done its part and calls again.
    case again
}

/// How often each arrow was taken, by one vCPU.
public struct FlowCounts: Sendable, Equatable {
    private var counts: [UInt64]

    public init() { counts = Array(repeating: 0, count: FlowArrow.allCases.count) }

    public subscript(arrow: FlowArrow) -> UInt64 {
        get { counts[arrow.place] }
        set { counts[arrow.place] = newValue }
    }
}

extension FlowArrow {
    /// The way by which an exit comes to user space.
    public init(of exit: Exit) { self = exit.reason == "intr" ? .signalYes : exit.isIO ? .ioYes : .otherYes }

    /// Its place among the counts. A switch, since counting is done twice for each exit and hashing a name costs more.
    fileprivate var place: Int {
        switch self {
        case .run: 0
        case .enter: 1
        case .exit: 2
        case .ioYes: 3
        case .ioNo: 4
        case .signalYes: 5
        case .signalNo: 6
        case .again: 7
        case .otherYes: 8
        }
    }
}
