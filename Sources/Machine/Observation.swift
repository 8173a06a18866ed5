public import KVM

/// How much of each exit is handed to the observer.
public enum Detail: UInt8, Sendable {
    /// Nothing: the bare engine.
    case nothing
    /// Exit, handling and RIP.
    case exits
    /// All registers as well.
    case full
}

/// One exit with what was done about it, on the vCPU's thread, before the vCPU runs on.
public struct ExitRecord: Sendable {
    public var vcpu: Int
    public var thread: Int32
    public var exit: Exit
    public var handling: ExitHandling
    /// General registers at the exit, where KVM hands them over with it (KVM_CAP_SYNC_REGS).
    public var registers: Registers?
    /// Segment and control registers; only at detail `full`.
    public var system: SpecialRegisters?
}

/// Why a vCPU stands.
public enum StopCause: Sendable, Equatable {
    /// As many exits as were asked for have been taken.
    case exit
    /// As many instructions as were asked for have been stepped.
    case instruction
    case breakpoint(UInt64)
    /// It was kicked.
    case kicked
    case halted
    case guestExit(code: UInt8)
    /// As many exits as the whole run may take were taken.
    case limit
    /// The exit cannot be resumed from without somebody's decision.
    case failed(Exit)
    /// KVM_RUN or a call beside it was refused.
    case refused(String, errno: Int32)
}

/// A vCPU stands, with its registers as they are now.
public struct VCPUStop: Sendable {
    public var vcpu: Int
    public var cause: StopCause
    /// nil where KVM did not hand them out.
    public var registers: Registers?
    public var system: SpecialRegisters?
    /// True when they came with the exit through the run page, false when they were asked for.
    public var cameWithExit: Bool
    /// Nanoseconds on the vCPU's thread from taking the order to its end.
    public var duration: UInt64 = 0
}

/// Sees a machine from its own threads; each call must be quick, since a vCPU waits for it.
public protocol MachineObserver: IoctlObserver {
    /// After each exit was handled: a hundred thousand times a second and more.
    func didExit(_ record: ExitRecord)
    /// On the thread that starts or ends. `vcpu` is nil for a thread that is no vCPU's.
    func threadDidChange(isStart: Bool, thread: Int32, name: String, vcpu: Int?)
    /// A vCPU stands.
    func didStop(_ stop: VCPUStop)
}
