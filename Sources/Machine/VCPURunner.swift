internal import KVM

/// Carries out run orders on a vCPU's own thread: `KVM_RUN`, handle the exit, again.
struct VCPURunner: ~Copyable {
    private let index: Int
    private let thread: Int32
    private let context: VCPUThread.Context
    /// What KVM_SET_GUEST_DEBUG was last told, so that it is called only when that changes.
    private var armed = GuestDebug.off
    /// The last exit was an access that KVM finishes at the begin of the next KVM_RUN.
    private var leftAccessOpen = false

    init(index: Int, thread: Int32, context: VCPUThread.Context) {
        self.index = index
        self.thread = thread
        self.context = context
    }

    /// How far a single step has come.
    private enum Stepping {
        case no
        case instruction
        /// Its access was handled; KVM_RUN with `immediate_exit` lets KVM finish the instruction and nothing more, so
        /// that a step ends behind its instruction on every host.
        case finishing
    }

    /// Runs until the order is done or something stops it.
    /// - Parameter isKicked: whether this order was asked to end; looked at whenever `immediate_exit` is cleared.
    mutating func carryOut(_ order: RunOrder, on vcpu: borrowing VCPU, isKicked: () -> Bool) -> StopCause {
        // A kick meant for the order before may have left the flag.
        clearKick(vcpu, isKicked)
        synchronize(order.detail, vcpu)
        var remaining = Int.max
        var stepping = Stepping.no
        switch order.extent {
        case .exits(let count): remaining = max(count, 1)
        case .instructions(let count): (remaining, stepping) = (max(count, 1), .instruction)
        case .free: break
        }
        let wanted = stepping == .no ? GuestDebug.breakpoints(at: order.breakpoints) : .singleStep
        // A vCPU that stands on a breakpoint would hit it again: it is stepped off with the breakpoints out.
        var isSteppingOff = stepping == .no && stands(on: order.breakpoints, vcpu)
        if let refused = arm(isSteppingOff ? .singleStep : wanted, vcpu) { return refused }
        while true {
            let exit: Exit
            switch vcpu.run() {
            case .exit: exit = vcpu.runPage.exit()
            case .interrupted where stepping == .finishing:
                leftAccessOpen = false
                stepping = .instruction
                clearKick(vcpu, isKicked)
                remaining -= 1
                if remaining == 0 { return .instruction }
                continue
            case .interrupted: exit = .intr
            case .again:
                if isKicked() { return .kicked }
                continue
            case .failed(let errno): return refusal(errno, order.detail, vcpu)
            }
            var isLast = false
            if let limit = order.maximumExits {
                let taken = context.exitsTaken.next()
                // Another vCPU took the last one that was asked for.
                if taken > limit { return .limit }
                isLast = taken == limit
            }
            let handling = ExitHandling(of: exit, on: context.bus)
            answer(exit, handling, vcpu)
            tell(exit, handling, order.detail, vcpu)
            leftAccessOpen = exit.leavesAccessOpen
            switch (handling.disposition, exit) {
            case (.halted, _): return .halted
            case (.guestExit(let code), _): return .guestExit(code: code)
            case (.failed, _): return .failed(exit)
            case (.debug, .debug(let debug)) where stepping == .no && !isSteppingOff: return .breakpoint(debug.pc)
            default: if isLast { return .limit }
            }
            if case .intr = exit {
                if isKicked() { return .kicked }
                clearKick(vcpu, isKicked)
                continue
            }
            if handling.disposition == .debug {
                if stepping == .finishing { clearKick(vcpu, isKicked) }
                if stepping != .no {
                    stepping = .instruction
                    remaining -= 1
                    if remaining == 0 { return .instruction }
                }
            } else if stepping == .no {
                remaining -= 1
                if remaining == 0 { return .exit }
            } else {
                stepping = .finishing
                vcpu.runPage.immediateExit = true
            }
            if isSteppingOff {
                isSteppingOff = false
                if let refused = arm(wanted, vcpu) { return refused }
            }
        }
    }

    /// Lets KVM finish the access that the last exit left open; nothing else of the guest runs.
    ///
    /// Before registers are set from outside: KVM would write over them when it finishes the access later.
    mutating func finishAccess(on vcpu: borrowing VCPU) {
        while leftAccessOpen {
            leftAccessOpen = false
            vcpu.runPage.immediateExit = true
            // An access of more than eight bytes comes in two halves.
            guard case .exit = vcpu.run() else { continue }
            let exit = vcpu.runPage.exit()
            let handling = ExitHandling(of: exit, on: context.bus)
            answer(exit, handling, vcpu)
            tell(exit, handling, .exits, vcpu)
            leftAccessOpen = exit.leavesAccessOpen
        }
        vcpu.runPage.immediateExit = false
    }

    /// Nanoseconds of the C loop that does nothing but KVM_RUN; nil where KVM refused.
    mutating func timeBareLoop(exits: UInt64, stepping: Bool, on vcpu: borrowing VCPU) -> UInt64? {
        vcpu.runPage.immediateExit = false
        synchronize(.nothing, vcpu)
        guard arm(stepping ? .singleStep : .off, vcpu) == nil else { return nil }
        return vcpu.timeBareLoop(exits: exits)
    }

    /// The stop with the registers as they are now: from the run page where KVM left them there, else asked for.
    borrowing func stop(_ cause: StopCause, _ detail: Detail, _ vcpu: borrowing VCPU) -> VCPUStop {
        var cameWithExit = context.synchronizesRegisters
        // A refused call may have come before any KVM_RUN, so the run page may hold nothing.
        if case .refused = cause { cameWithExit = false }
        var stop = VCPUStop(vcpu: index, cause: cause, cameWithExit: cameWithExit)
        guard detail == .full else { return stop }
        if cameWithExit {
            stop.registers = vcpu.runPage.registers
            stop.system = vcpu.runPage.specialRegisters
        } else {
            stop.registers = try? vcpu.registers(purpose: .observation)
            stop.system = try? vcpu.specialRegisters(purpose: .observation)
        }
        return stop
    }

    /// Clears `immediate_exit`, but not the kick of this order: that came before or shows in the flag.
    private func clearKick(_ vcpu: borrowing VCPU, _ isKicked: () -> Bool) {
        vcpu.runPage.immediateExit = false
        // KVM_RUN then comes back at once, so that even a kick before the first run shows as the EINTR that it is.
        if isKicked() { vcpu.runPage.immediateExit = true }
    }

    private func stands(on breakpoints: [UInt64], _ vcpu: borrowing VCPU) -> Bool {
        guard !breakpoints.isEmpty, let registers = try? vcpu.registers(purpose: .observation),
            let system = try? vcpu.specialRegisters(purpose: .observation)
        else { return false }
        // Breakpoints are linear addresses; in 64-bit code the base of CS counts for nothing.
        return breakpoints.contains(system.cs.l ? registers.rip : system.cs.base &+ registers.rip)
    }

    private mutating func arm(_ wanted: GuestDebug, _ vcpu: borrowing VCPU) -> StopCause? {
        guard wanted != armed else { return nil }
        do {
            try vcpu.setGuestDebug(wanted)
            armed = wanted
            return nil
        } catch {
            return .refused(error.description, errno: error.errno?.rawValue ?? 0)
        }
    }

    private func refusal(_ errno: Errno, _ detail: Detail, _ vcpu: borrowing VCPU) -> StopCause {
        // KVM_CAP_MEMORY_FAULT_INFO: the run page says which address it was.
        if errno == .fault, case .memoryFault = vcpu.runPage.exit() {
            let exit = vcpu.runPage.exit()
            tell(exit, ExitHandling(of: exit, on: context.bus), detail, vcpu)
        }
        let text = "KVM_RUN on vCPU \(index) (fd \(vcpu.fd)) failed: \(errno.name) (\(errno.rawValue), \(errno.message))"
        return .refused(text + "; look at its registers, try again or reset", errno: errno.rawValue)
    }

    private func synchronize(_ detail: Detail, _ vcpu: borrowing VCPU) {
        guard context.synchronizesRegisters else { return }
        switch detail {
        case .nothing: vcpu.runPage.sharedRegisters = []
        case .exits: vcpu.runPage.sharedRegisters = [.general]
        case .full: vcpu.runPage.sharedRegisters = [.general, .special]
        }
    }

    private func answer(_ exit: Exit, _ handling: ExitHandling, _ vcpu: borrowing VCPU) {
        switch exit {
        case .io(let io) where io.direction == .input: vcpu.runPage.answer(io, with: handling.answer)
        case .mmio(let mmio) where !mmio.isWrite: vcpu.runPage.answer(mmio, with: handling.answer)
        // -KVM_ENOSYS: the guest sees a host without this hypercall.
        case .hypercall: vcpu.runPage.answerHypercall(with: UInt64(bitPattern: -1000))
        default: break
        }
    }

    @inline(__always)
    private func tell(_ exit: Exit, _ handling: ExitHandling, _ detail: Detail, _ vcpu: borrowing VCPU) {
        guard detail != .nothing, let observer = context.observer else { return }
        var record = ExitRecord(vcpu: index, thread: thread, exit: exit, handling: handling)
        if context.synchronizesRegisters {
            record.registers = vcpu.runPage.registers
            if detail == .full { record.system = vcpu.runPage.specialRegisters }
        }
        observer.didExit(record)
    }
}

extension Exit {
    /// KVM carries the access out, or takes the answer, only when the vCPU is run again.
    fileprivate var leavesAccessOpen: Bool {
        switch self {
        case .io, .mmio, .hypercall, .rdmsr, .wrmsr, .hyperv, .xen: true
        default: false
        }
    }
}

extension GuestDebug {
    /// Execution breakpoints in the debug registers; Intel SDM volume 3, "Debug Registers". Only the first four count.
    fileprivate static func breakpoints(at addresses: [UInt64]) -> GuestDebug {
        guard !addresses.isEmpty else { return .off }
        let four = Array(addresses.prefix(4))
        var dr7: UInt64 = 0x400
        for index in four.indices { dr7 |= 2 << UInt64(index * 2) }
        func address(_ index: Int) -> UInt64 { index < four.count ? four[index] : 0 }
        return GuestDebug(
            control: [.enable, .hardwareBreakpoints], addresses: (address(0), address(1), address(2), address(3)),
            dr7: dr7)
    }
}
