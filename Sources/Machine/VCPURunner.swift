internal import KVM

/// Carries out run orders on a vCPU's own thread: `KVM_RUN`, handle the exit, again.
struct VCPURunner: ~Copyable {
    private let index: Int
    private let thread: Int32
    private let context: VCPUThread.Context
    /// What KVM_SET_GUEST_DEBUG was last told, so that it is called only when that changes.
    private var armed = GuestDebug.off
    /// The special registers that the observer was told last; it is told again when they change, and in each order.
    private var told = SpecialRegistersSnapshot()
    private let silence = Silence()

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
        if isKicked() { return .kicked }
        synchronize(order.detail, vcpu)
        told = SpecialRegistersSnapshot()
        if let refused = prepareDebug(order, vcpu) { return refused }
        // As parameters the two are held for the whole loop; as fields or optionals they would be retained at each exit.
        return loop(order, vcpu, context.bus, order.detail == .nothing ? silence : context.observer ?? silence, isKicked)
    }

    private mutating func loop(
        _ order: RunOrder, _ vcpu: borrowing VCPU, _ bus: Bus, _ observer: any MachineObserver, _ isKicked: () -> Bool
    ) -> StopCause {
        let isTold = order.detail != .nothing
        var remaining: Int
        switch order.extent {
        case .exits(let count), .instructions(let count): remaining = max(count, 1)
        case .free: remaining = Int.max
        }
        var isStepping = false
        if case .instructions = order.extent { isStepping = true }
        while true {
            switch vcpu.run() {
            case .exit: break
            case .again: continue
            case .interrupted:
                vcpu.runPage.immediateExit = false
                let kicked = isKicked()
                tell(observer, .intr, ExitHandling(of: .intr, on: bus), order.detail, vcpu)
                if kicked { return .kicked }
                continue
            case .failed(let errno):
                return .refused("KVM_RUN on vCPU \(index) answered \(errno.name): \(errno.message)", errno: errno.rawValue)
            }
            if let access = vcpu.runPage.access() {
                let answer = bus.serve(access)
                if !access.isWrite { vcpu.runPage.answer(access, with: answer.value) }
                if isTold { tell(observer, access, answer, order.detail, vcpu) }
                if case .exit(let code) = answer.effect { return .guestExit(code: code) }
                if isStepping { complete(vcpu) }
            } else if let cause = handle(vcpu.runPage.exit(), order.detail, isStepping, vcpu, bus, observer) {
                return cause
            }
            if let limit = order.maximumExits, context.exitsTaken.next() >= limit { return .limit }
            remaining &-= 1
            if remaining == 0 { return isStepping ? .instruction : .exit }
        }
    }

    /// Any exit but a single access.
    @inline(never)
    private mutating func handle(
        _ exit: Exit, _ detail: Detail, _ isStepping: Bool, _ vcpu: borrowing VCPU, _ bus: Bus,
        _ observer: any MachineObserver
    ) -> StopCause? {
        let handling = ExitHandling(of: exit, on: bus)
        answer(exit, handling, vcpu)
        tell(observer, exit, handling, detail, vcpu)
        if let cause = cause(of: exit, handling, isStepping) { return cause }
        if isStepping && handling.disposition == .resume { complete(vcpu) }
        return nil
    }

    /// Times the C loop that does nothing but KVM_RUN; nil where KVM refused.
    mutating func timeBareLoop(exits: UInt64, stepping: Bool, on vcpu: borrowing VCPU) -> LoopTime? {
        vcpu.runPage.immediateExit = false
        synchronize(.nothing, vcpu)
        guard arm(stepping ? .singleStep : .off, vcpu) == nil else { return nil }
        let watch = StopWatch()
        guard vcpu.timeBareLoop(exits: exits) != nil else { return nil }
        return watch.time
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

    private mutating func tell(
        _ observer: any MachineObserver, _ exit: Exit, _ handling: ExitHandling, _ detail: Detail,
        _ vcpu: borrowing VCPU
    ) {
        guard detail != .nothing else { return }
        var record = ExitRecord(vcpu: index, thread: thread, exit: exit, handling: handling)
        if context.synchronizesRegisters {
            record.rip = vcpu.runPage.rip
            if detail == .full {
                tellSpecialRegisters(observer, vcpu)
                record.registers = vcpu.runPage.registers
            }
        }
        observer.didExit(record)
    }

    @inline(__always)
    private mutating func tell(
        _ observer: any MachineObserver, _ access: GuestAccess, _ answer: DeviceAnswer, _ detail: Detail,
        _ vcpu: borrowing VCPU
    ) {
        let isSynchronized = context.synchronizesRegisters
        let record = AccessRecord(
            vcpu: index, thread: thread, access: access, answer: answer, rip: isSynchronized ? vcpu.runPage.rip : nil)
        if isSynchronized && detail == .full {
            tellSpecialRegisters(observer, vcpu)
            observer.didAccess(record, registers: vcpu.runPage.registers)
        } else {
            observer.didAccess(record)
        }
    }

    @inline(__always)
    private mutating func tellSpecialRegisters(_ observer: any MachineObserver, _ vcpu: borrowing VCPU) {
        guard vcpu.runPage.specialRegistersChanged(since: &told) else { return }
        observer.specialRegistersAre(vcpu.runPage.specialRegisters, vcpu: index)
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

/// Hears everything and keeps nothing.
private final class Silence: MachineObserver {
    func willCall(_ call: IoctlCall) {}
    func didCall(_ record: IoctlRecord) {}
    func didRun(_ record: RunRecord) {}
    func didExit(_ record: ExitRecord) {}
    func threadDidChange(isStart: Bool, thread: Int32, name: String, vcpu: Int?) {}
    func didStop(_ stop: VCPUStop) {}
}
