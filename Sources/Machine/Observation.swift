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
    /// Where the guest stands, where KVM hands registers over with the exit (KVM_CAP_SYNC_REGS).
    public var rip: UInt64?
    /// General registers; only at detail `full`, and where KVM hands them over.
    public var registers: Registers?
}

/// One exit of the commonest kind, a single access, with its answer: plain bits.
public struct AccessRecord: Sendable {
    public var vcpu: Int
    public var thread: Int32
    public var access: GuestAccess
    public var answer: DeviceAnswer
    /// As in `ExitRecord`.
    public var rip: UInt64?
    /// The `KVM_RUN` that it ended, where the door records and `didRun` was not told of it.
    public var run: RunRecord?

    /// The same as any other exit.
    public func exit(registers: Registers?) -> ExitRecord {
        ExitRecord(
            vcpu: vcpu, thread: thread, exit: access.exit, handling: ExitHandling(of: access, answer), rip: rip,
            registers: registers)
    }
}

/// One single step, which ended in a debug exit: plain bits.
public struct StepRecord: Sendable {
    public var vcpu: Int
    public var thread: Int32
    public var debug: KVM.DebugExit
    /// As in `ExitRecord`.
    public var rip: UInt64?

    /// The same as any other exit.
    public func exit(registers: Registers?) -> ExitRecord {
        ExitRecord(
            vcpu: vcpu, thread: thread, exit: .debug(debug), handling: .ofDebugExit, rip: rip, registers: registers)
    }
}

/// Why a vCPU stands.
public enum StopCause: Sendable, Equatable {
    /// As many exits as were asked for have been taken.
    case exit
    /// As many instructions as were asked for have been stepped.
    case instruction
    case breakpoint(UInt64)
    /// A watched place of memory changed.
    case watchpoint(WatchHit)
    /// It was kicked.
    case kicked
    case halted
    /// It took a real-mode vector that leads to no handler of its own.
    case biosCall(BIOSCall)
    case guestExit(code: UInt8)
    /// As many exits as the whole run may take were taken.
    case limit
    /// The exit cannot be resumed from without somebody's decision.
    case failed(Exit)
    /// KVM_RUN or a call beside it was refused.
    case refused(String, errno: Int32)
}

extension StopCause {
    /// Whether the registers are wanted whatever the order's detail: they tell why nothing goes on.
    var isExplainedByRegisters: Bool {
        switch self {
        case .failed, .biosCall, .kicked, .halted: true
        default: false
        }
    }
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
    /// From taking the order to its end.
    public var time = LoopTime()
}

/// Sees a machine from its own threads; each call must be quick, since a vCPU waits for it.
public protocol MachineObserver: IoctlObserver {
    /// After each exit was handled: a hundred thousand times a second and more.
    func didExit(_ record: ExitRecord)
    /// Instead of `didExit` for a single access, for an observer that can do with plain bits.
    func didAccess(_ record: AccessRecord)
    /// The same at detail `full`.
    func didAccess(_ record: AccessRecord, registers: Registers)
    /// Instead of `didExit` for a single step, for an observer that can do with plain bits.
    func didStep(_ record: StepRecord)
    /// The same at detail `full`.
    func didStep(_ record: StepRecord, registers: Registers)
    /// At detail `full`, before the first exit of an order and before an exit at which they are found changed.
    func specialRegistersAre(_ system: SpecialRegisters, vcpu: Int)
    /// On the thread that starts or ends. `vcpu` is nil for a thread that is no vCPU's.
    func threadDidChange(isStart: Bool, thread: Int32, name: String, vcpu: Int?)
    /// A vCPU stands.
    func didStop(_ stop: VCPUStop)
}

extension MachineObserver {
    public func didAccess(_ record: AccessRecord) {
        if let run = record.run { didRun(run) }
        didExit(record.exit(registers: nil))
    }

    public func didAccess(_ record: AccessRecord, registers: Registers) {
        if let run = record.run { didRun(run) }
        didExit(record.exit(registers: registers))
    }

    public func didStep(_ record: StepRecord) { didExit(record.exit(registers: nil)) }

    public func didStep(_ record: StepRecord, registers: Registers) { didExit(record.exit(registers: registers)) }

    public func specialRegistersAre(_ system: SpecialRegisters, vcpu: Int) {}
}
