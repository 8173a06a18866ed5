internal import KVM

// Letting KVM finish what an exit left open.
extension VCPURunner {
    /// Lets KVM finish the access that the last exit left open; nothing else of the guest runs.
    ///
    /// Before registers are set from outside: KVM would write over them when it finishes the access later.
    mutating func finishAccess(on vcpu: borrowing VCPU) {
        steppedUnseen = false
        completeAccess(on: vcpu)
    }

    /// Lets KVM tell a halt that a step left pending, before the vCPU's state is replaced: no ioctl would take it back.
    ///
    /// At most one more instruction of the guest runs, whose doings the new state replaces.
    mutating func finishHalt(on vcpu: borrowing VCPU) {
        guard haltIsPending else { return }
        haltIsPending = false
        pageIsCurrent = false
        for _ in 0..<2 {
            // While it is stepped KVM keeps the halt back.
            guard arm(.off, vcpu, isSeen: false) == nil else { return }
            guard case .exit = vcpu.unseenRun().outcome else { return }
            let exit = vcpu.runPage.exit()
            if case .hlt = exit { return }
            leftAccessOpen = exit.leavesAccessOpen
            completeAccess(on: vcpu)
        }
    }

    /// The same for a snapshot, after which the person still sees the vCPU where it left the guest.
    /// - Returns: when it was let in without entering the guest: see `completeAccess`.
    mutating func finishAccessUnseen(on vcpu: borrowing VCPU) -> ClosedRange<UInt64>? {
        guard leftAccessOpen else { return nil }
        let before = pageIsCurrent ? vcpu.runPage.rip : try? vcpu.registers(purpose: .observation).rip
        let moments = completeAccess(on: vcpu)
        let after = try? vcpu.registers(purpose: .observation).rip
        if before != after { steppedUnseen = true }
        return moments
    }

    /// - Returns: the begin and end of the KVM_RUN that came back without an exit, on the clock of the tracepoints; the
    ///   kernel tells of its return as of any other's.
    @discardableResult
    private mutating func completeAccess(on vcpu: borrowing VCPU) -> ClosedRange<UInt64>? {
        var moments: ClosedRange<UInt64>?
        while leftAccessOpen {
            leftAccessOpen = false
            pageIsCurrent = false
            vcpu.runPage.immediateExit = true
            let begin = MonotonicClock.nanoseconds
            // An access of more than eight bytes comes in two halves.
            guard case .exit = vcpu.run() else {
                moments = begin...max(begin, MonotonicClock.nanoseconds)
                continue
            }
            let exit = vcpu.runPage.exit()
            let handling = ExitHandling(of: exit, on: context.bus)
            answer(exit, handling, vcpu)
            tell(context.observer ?? silence, exit, handling, .exits, vcpu)
            leftAccessOpen = exit.leavesAccessOpen
        }
        vcpu.runPage.immediateExit = false
        return moments
    }
}

extension Exit {
    /// KVM carries the access out, or takes the answer, only when the vCPU is run again.
    var leavesAccessOpen: Bool {
        switch self {
        case .io, .mmio, .hypercall, .rdmsr, .wrmsr, .hyperv, .xen: true
        default: false
        }
    }
}
