internal import KVM

/// Carries out run orders on a vCPU's own thread: `KVM_RUN`, handle the exit, again.
struct VCPURunner: ~Copyable {
    private let index: Int
    private let thread: Int32
    private let context: VCPUThread.Context
    /// What KVM_SET_GUEST_DEBUG was last told, so that it is called only when that changes.
    private var armed = GuestDebug.off

    init(index: Int, thread: Int32, context: VCPUThread.Context) {
        self.index = index
        self.thread = thread
        self.context = context
    }

    /// Runs until the order is done or something stops it.
    /// - Parameter isKicked: whether this order was asked to end; looked at after each `EINTR`.
    mutating func carryOut(_ order: RunOrder, on vcpu: borrowing VCPU, isKicked: () -> Bool) -> StopCause {
        // A kick meant for the order before may have left the flag; one meant for this order shows in isKicked.
        vcpu.runPage.immediateExit = false
        synchronize(order.detail, vcpu)
        if let refused = prepareDebug(order, vcpu) { return refused }
        var remaining: Int
        switch order.extent {
        case .exits(let count), .instructions(let count): remaining = max(count, 1)
        case .free: remaining = Int.max
        }
        var isStepping = false
        if case .instructions = order.extent { isStepping = true }
        // A kick that came before the first run still shows as what it is: KVM_RUN answers EINTR.
        if isKicked() { vcpu.runPage.immediateExit = true }
        while true {
            switch vcpu.run() {
            case .exit: break
            case .again: continue
            case .interrupted:
                vcpu.runPage.immediateExit = false
                let kicked = isKicked()
                tell(.intr, ExitHandling(of: .intr, on: context.bus), order.detail, vcpu)
                if kicked { return .kicked }
                continue
            case .failed(let errno):
                return .refused("KVM_RUN on vCPU \(index) answered \(errno.name): \(errno.message)", errno: errno.rawValue)
            }
            let exit = vcpu.runPage.exit()
            let handling = ExitHandling(of: exit, on: context.bus)
            answer(exit, handling, vcpu)
            tell(exit, handling, order.detail, vcpu)
            if let cause = cause(of: exit, handling, isStepping) { return cause }
            if isStepping && handling.disposition == .resume { complete(vcpu) }
            if let limit = order.maximumExits, context.exitsTaken.next() >= limit { return .limit }
            remaining -= 1
            if remaining == 0 { return isStepping ? .instruction : .exit }
        }
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
        var stop = VCPUStop(vcpu: index, cause: cause, cameWithExit: context.synchronizesRegisters)
        guard detail == .full else { return stop }
        if context.synchronizesRegisters {
            stop.registers = vcpu.runPage.registers
            stop.system = vcpu.runPage.specialRegisters
        } else {
            stop.registers = try? vcpu.registers(purpose: .observation)
            stop.system = try? vcpu.specialRegisters(purpose: .observation)
        }
        return stop
    }

    /// Arms single-stepping or hardware breakpoints; leaves a breakpoint on which the vCPU stands behind first.
    private mutating func prepareDebug(_ order: RunOrder, _ vcpu: borrowing VCPU) -> StopCause? {
        if case .instructions = order.extent { return arm(.singleStep, vcpu) }
        guard !order.breakpoints.isEmpty else { return arm(.off, vcpu) }
        if let rip = try? vcpu.registers(purpose: .observation).rip, order.breakpoints.contains(rip) {
            var step = order
            step.extent = .instructions(1)
            step.breakpoints = []
            let cause = carryOut(step, on: vcpu, isKicked: { false })
            if cause != .instruction { return cause }
        }
        return arm(.breakpoints(at: order.breakpoints), vcpu)
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

    private func cause(of exit: Exit, _ handling: ExitHandling, _ isStepping: Bool) -> StopCause? {
        switch handling.disposition {
        case .resume: return nil
        case .halted: return .halted
        case .guestExit(let code): return .guestExit(code: code)
        case .failed: return .failed(exit.name)
        case .debug:
            if isStepping { return nil }
            if case .debug(let debug) = exit { return .breakpoint(debug.pc) }
            return nil
        }
    }

    /// Lets KVM finish the access that an exit left open, so that a single step ends behind its instruction on every host.
    private func complete(_ vcpu: borrowing VCPU) {
        vcpu.runPage.immediateExit = true
        _ = vcpu.run()
        vcpu.runPage.immediateExit = false
    }
}

extension GuestDebug {
    /// Execution breakpoints in the debug registers; Intel SDM volume 3, "Debug Registers". Only the first four count.
    fileprivate static func breakpoints(at addresses: [UInt64]) -> GuestDebug {
        let four = Array(addresses.prefix(4))
        var dr7: UInt64 = 0x400
        for index in four.indices { dr7 |= 2 << UInt64(index * 2) }
        func address(_ index: Int) -> UInt64 { index < four.count ? four[index] : 0 }
        return GuestDebug(
            control: [.enable, .hardwareBreakpoints], addresses: (address(0), address(1), address(2), address(3)),
            dr7: dr7)
    }
}
