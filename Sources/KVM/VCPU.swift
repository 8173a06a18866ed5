private import CKVM

/// One virtual processor: its registers, its run page, and `KVM_RUN`.
///
/// KVM expects the ioctls of a vCPU from the thread that runs it; only `kick` is for others.
/// Source: KVM API document, 1 "General description". Closed and unmapped at the end of its life.
public struct VCPU: ~Copyable, Sendable {
    let descriptor: Descriptor
    /// What the kernel and the VMM share of this vCPU.
    public let runPage: RunPage
    /// The vCPU's number in its VM.
    public let index: Int
    /// Gets the vCPU out of `KVM_RUN` from any thread.
    public let kick: Kick

    init(descriptor: consuming Descriptor, runPage: consuming RunPage, index: Int) {
        self.descriptor = descriptor
        kick = Kick(page: runPage.base)
        self.runPage = runPage
        self.index = index
    }

    deinit {
        kick.pageIsGone()
    }

    public var fd: Int32 { descriptor.target.fd }
    public var door: IoctlDoor { descriptor.door }

    /// `KVM_RUN`: blocks while the guest runs.
    public borrowing func run() -> RunResult {
        RunResult(result: descriptor.door.run(fd: descriptor.target.fd, vcpu: index))
    }

    /// `KVM_RUN` past the door, for a caller that makes thousands and tells of those that count.
    public borrowing func unseenRun() -> RunRecord {
        descriptor.door.unseenRun(fd: descriptor.target.fd, vcpu: index)
    }

    /// Runs the vCPU `exits` times in a C loop that does nothing else, past the door: the yardstick of every other loop.
    ///
    /// - Parameter armingSteps: asks for a single step before each.
    /// - Returns: nanoseconds, or nil when a run failed.
    public borrowing func timeBareLoop(exits: UInt64, armingSteps: Bool = false) -> UInt64? {
        let fd = descriptor.target.fd
        let time = armingSteps ? ckvm_bench_step(fd, exits) : ckvm_bench_run(fd, exits)
        return time == 0 ? nil : time
    }

    /// `KVM_ENABLE_CAP` for this vCPU alone.
    public borrowing func enable(
        _ capability: Capability, flags: UInt32 = 0, _ a0: UInt64 = 0, _ a1: UInt64 = 0, _ a2: UInt64 = 0,
        _ a3: UInt64 = 0
    ) throws(KVMError) {
        try descriptor.enable(capability, flags: flags, (a0, a1, a2, a3))
    }

    /// `KVM_GET_STATS_FD`: a file with the vCPU's counters.
    public borrowing func openStatistics(purpose: Purpose = .observation) throws(KVMError) -> StatisticsFile {
        try descriptor.openStatistics(purpose: purpose)
    }
}
