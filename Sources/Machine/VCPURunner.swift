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
    /// The last exit was an access that KVM finishes at the begin of the next KVM_RUN.
    private var leftAccessOpen = false
    /// The run page holds all registers as they are: they came with the last exit and nobody has set them since.
    private var pageIsCurrent = false
    /// A snapshot had an access finished, which moved the vCPU behind its instruction while the person saw it at it.
    private var steppedUnseen = false
    /// KVM_RUN was called in this order.
    private var hasRun = false

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
        leftAccessOpen = false
        hasRun = false
        defer { steppedUnseen = false }
        synchronize(order.detail, vcpu)
        told = SpecialRegistersSnapshot()
        defer { pageIsCurrent = context.synchronizesRegisters && order.detail == .full }
        // As parameters the two are held for the whole loop; as fields or optionals they would be retained at each exit.
        return loop(
            order, vcpu, context.bus, order.detail == .nothing ? silence : context.observer ?? silence, isKicked)
    }

    private mutating func loop(
        _ order: RunOrder, _ vcpu: borrowing VCPU, _ bus: Bus, _ observer: any MachineObserver, _ isKicked: () -> Bool
    ) -> StopCause {
        var remaining = Int.max
        var stepping = Stepping.no
        switch order.extent {
        case .exits(let count): remaining = max(count, 1)
        case .instructions(let count): (remaining, stepping) = (max(count, 1), .instruction)
        case .free: break
        }
        // What is left of an instruction counts as a step, whether KVM finishes it now or has done so already.
        if stepping == .instruction, steppedUnseen {
            remaining -= 1
            if remaining == 0 { return .instruction }
        }
        var watching = WatchState(stepping == .no ? order.watches : [], context.memory)
        let isWatching = !watching.isEmpty
        let wanted =
            stepping == .no && !isWatching ? GuestDebug.breakpoints(at: order.breakpoints) : GuestDebug.singleStep
        // A vCPU that stands on a breakpoint would hit it again: it is stepped off with the breakpoints out.
        var isSteppingOff = stepping == .no && !isWatching && !order.goesOn && stands(on: order.breakpoints, vcpu)
        if let refused = arm(isSteppingOff ? .singleStep : wanted, vcpu) { return refused }
        // Where the next instruction is, by its linear address; nil where that is not known.
        var position: UInt64?
        if stepping != .no || isWatching {
            position = pageIsCurrent ? self.position(in: vcpu.runPage) : self.position(of: vcpu)
        }
        hasRun = true
        // Outside the loop, which else would make room for it at each exit.
        var record: RunRecord?
        while true {
            let exit: Exit
            let outcome: RunResult
            if isWatching {
                let unseen = vcpu.unseenRun()
                record = unseen
                outcome = unseen.outcome
            } else if stepping == .no, !isSteppingOff {
                var cause = StopCause.limit
                guard let other = serveAccesses(order, vcpu, bus, observer, &remaining, &cause) else { return cause }
                outcome = other
            } else {
                outcome = vcpu.run()
            }
            switch outcome {
            case .exit:
                // A step goes the short way too: plain bits from the run page to the log.
                if stepping == .instruction, !isWatching, let debug = vcpu.runPage.debugExit() {
                    let number = number(of: order)
                    if number == .beyond { return .limit }
                    tell(observer, debug, order.detail, vcpu)
                    leftAccessOpen = false
                    if number == .last { return .limit }
                    if let end = step(to: debug.pc, &position, &remaining, vcpu) { return end }
                    continue
                }
                exit = vcpu.runPage.exit()
            case .interrupted where stepping == .finishing:
                stepping = .instruction
                clearKick(vcpu, isKicked)
                position =
                    context.synchronizesRegisters && order.detail == .full ? self.position(in: vcpu.runPage) : nil
                remaining -= 1
                if remaining == 0 { return .instruction }
                continue
            case .interrupted: exit = .intr
            case .again:
                if isKicked() { return .kicked }
                continue
            case .failed(let errno): return refusal(errno, order.detail, vcpu)
            }
            var hit: WatchHit?
            if isWatching {
                var from = position
                if case .debug(let debug) = exit {
                    watching.step()
                    position = debug.pc
                    if let from, from &+ 1 == debug.pc, isHalt(at: from, vcpu) {
                        hit = nil
                    } else {
                        hit = watching.hit(in: context.memory, by: from)
                        // Nothing to tell: on to the next instruction.
                        if hit == nil, !order.breakpoints.contains(debug.pc) { continue }
                    }
                } else {
                    // An access that KVM hands out may take the place of its step.
                    from = nil
                    position = nil
                    hit = watching.hit(in: context.memory, by: from)
                }
                if let record, order.detail != .nothing { context.observer?.didRun(record) }
            }
            let number = number(of: order)
            if number == .beyond { return .limit }
            let handling = ExitHandling(of: exit, on: bus)
            answer(exit, handling, vcpu)
            tell(observer, exit, handling, order.detail, vcpu)
            if let hit {
                leftAccessOpen = exit.leavesAccessOpen
                return .watchpoint(hit)
            }
            if isWatching, case .debug(let debug) = exit {
                return order.breakpoints.contains(debug.pc) ? .breakpoint(debug.pc) : .halted
            }
            if handling.disposition != .resume || number == .last {
                leftAccessOpen = exit.leavesAccessOpen
                let isBreakpoint = stepping == .no && !isSteppingOff
                if let end = end(exit, handling.disposition, isBreakpoint: isBreakpoint) { return end }
                if number == .last { return .limit }
            }
            if case .intr = exit {
                if isKicked() { return .kicked }
                clearKick(vcpu, isKicked)
                continue
            }
            if handling.disposition == .debug {
                if stepping == .finishing { clearKick(vcpu, isKicked) }
                if stepping != .no, case .debug(let debug) = exit {
                    stepping = .instruction
                    if let end = step(to: debug.pc, &position, &remaining, vcpu) { return end }
                }
            } else if stepping == .no {
                remaining -= 1
                if remaining == 0 {
                    leftAccessOpen = exit.leavesAccessOpen
                    return .exit
                }
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

    /// Nearly every exit of a guest that runs freely is a single access: plain bits from the run page to the log.
    ///
    /// - Returns: how KVM_RUN came back where that was with something else; nil when `cause` says why it is over.
    private mutating func serveAccesses(
        _ order: RunOrder, _ vcpu: borrowing VCPU, _ bus: Bus, _ observer: any MachineObserver,
        _ remaining: inout Int, _ cause: inout StopCause
    ) -> RunResult? {
        if order.detail == .nothing {
            let end = vcpu.runAccessesUnwatched { access in
                let number = number(of: order)
                if number == .beyond {
                    cause = .limit
                    return AccessReply(value: 0, goesOn: false)
                }
                let answer = bus.serve(access)
                leftAccessOpen = true
                remaining &-= 1
                let goesOn = remaining != 0 && number == .within && answer.effect == nil
                return AccessReply(value: answer.value, goesOn: goesOn || !isOver(answer, number, remaining, &cause))
            }
            switch end {
            case .served: return nil
            case .other(let result): return result
            case .watched: break
            }
        }
        return vcpu.runAccesses { access, run in
            let number = number(of: order)
            if number == .beyond {
                // Its exit is none of this run's any more.
                if let run { observer.didRun(copy run) }
                cause = .limit
                return AccessReply(value: 0, goesOn: false)
            }
            let answer = bus.serve(access)
            if order.detail != .nothing {
                tell(observer, access, answer, run, order.detail, vcpu)
            } else if let run {
                observer.didRun(copy run)
            }
            leftAccessOpen = true
            remaining &-= 1
            return AccessReply(value: answer.value, goesOn: !isOver(answer, number, remaining, &cause))
        }
    }

    /// Whether nothing follows an access, and why.
    private func isOver(
        _ answer: DeviceAnswer, _ number: ExitNumber, _ remaining: Int, _ cause: inout StopCause
    ) -> Bool {
        if case .exit(let code) = answer.effect {
            cause = .guestExit(code: code)
        } else if number == .last {
            cause = .limit
        } else if remaining == 0 {
            cause = .exit
        } else {
            return false
        }
        return true
    }

    /// Where an exit stands among those that the whole run may take.
    private enum ExitNumber {
        case within
        case last
        /// Another vCPU took the last one that was asked for.
        case beyond
    }

    /// Counts an exit.
    @inline(__always)
    private func number(of order: RunOrder) -> ExitNumber {
        guard let limit = order.maximumExits else { return .within }
        let taken = context.exitsTaken.next()
        return taken < limit ? .within : taken == limit ? .last : .beyond
    }

    /// Counts a step that ended at an address; why nothing follows it, or nil.
    private func step(
        to place: UInt64, _ position: inout UInt64?, _ remaining: inout Int, _ vcpu: borrowing VCPU
    ) -> StopCause? {
        // Where KVM emulates the guest's code, the step's debug exit takes the place of the exit hlt.
        if let from = position, from &+ 1 == place, isHalt(at: from, vcpu) { return .halted }
        position = place
        remaining -= 1
        return remaining == 0 ? .instruction : nil
    }

    /// Why nothing can follow this exit by itself; nil where the order goes on.
    private func end(_ exit: Exit, _ disposition: ExitHandling.Disposition, isBreakpoint: Bool) -> StopCause? {
        switch disposition {
        case .resume: return nil
        case .halted: return .halted
        case .guestExit(let code): return .guestExit(code: code)
        case .failed: return .failed(exit)
        case .debug:
            guard isBreakpoint, case .debug(let debug) = exit else { return nil }
            return .breakpoint(debug.pc)
        }
    }

    /// Lets KVM finish the access that the last exit left open; nothing else of the guest runs.
    ///
    /// Before registers are set from outside: KVM would write over them when it finishes the access later.
    mutating func finishAccess(on vcpu: borrowing VCPU) {
        steppedUnseen = false
        completeAccess(on: vcpu)
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
        var cameWithExit = context.synchronizesRegisters
        // Before the first KVM_RUN the run page holds nothing, or what was set since is not in it.
        if !hasRun { cameWithExit = false }
        if case .refused = cause { cameWithExit = false }
        var stop = VCPUStop(vcpu: index, cause: cause, cameWithExit: cameWithExit)
        guard detail == .full || (detail == .exits && cause.isExplainedByRegisters) else { return stop }
        if cameWithExit, detail == .exits {
            stop.registers = vcpu.runPage.registers
            if cause != .halted { stop.system = try? vcpu.specialRegisters(purpose: .observation) }
        } else if cameWithExit {
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

    /// Registers may be set from outside now.
    mutating func forgetRegisters() { pageIsCurrent = false }

    private func stands(on breakpoints: [UInt64], _ vcpu: borrowing VCPU) -> Bool {
        guard !breakpoints.isEmpty, let position = pageIsCurrent ? position(in: vcpu.runPage) : position(of: vcpu)
        else { return false }
        return breakpoints.contains(position)
    }

    /// The linear address of the next instruction; in 64-bit code the base of CS counts for nothing.
    private func position(_ rip: UInt64, _ code: Segment) -> UInt64 { code.l ? rip : code.base &+ rip }

    private func position(in page: borrowing RunPage) -> UInt64 { position(page.rip, page.specialRegisters.cs) }

    private func position(of vcpu: borrowing VCPU) -> UInt64? {
        guard let registers = try? vcpu.registers(purpose: .observation),
            let system = try? vcpu.specialRegisters(purpose: .observation)
        else { return nil }
        return position(registers.rip, system.cs)
    }

    private func isHalt(at address: UInt64, _ vcpu: borrowing VCPU) -> Bool {
        guard let translation = try? vcpu.translate(address), translation.valid else { return false }
        return context.memory.word(at: translation.physical, size: 1) == 0xF4
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

    private mutating func refusal(_ errno: Errno, _ detail: Detail, _ vcpu: borrowing VCPU) -> StopCause {
        // KVM_CAP_MEMORY_FAULT_INFO: the run page says which address it was.
        if errno == .fault, case .memoryFault = vcpu.runPage.exit() {
            let exit = vcpu.runPage.exit()
            tell(context.observer ?? silence, exit, ExitHandling(of: exit, on: context.bus), detail, vcpu)
        }
        let text =
            "KVM_RUN on vCPU \(index) (fd \(vcpu.fd)) failed: \(errno.name) (\(errno.rawValue), \(errno.message))"
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
        _ observer: any MachineObserver, _ access: GuestAccess, _ answer: DeviceAnswer, _ run: borrowing RunRecord?,
        _ detail: Detail, _ vcpu: borrowing VCPU
    ) {
        let isSynchronized = context.synchronizesRegisters
        let record = AccessRecord(
            vcpu: index, thread: thread, access: access, answer: answer, rip: isSynchronized ? vcpu.runPage.rip : nil,
            run: copy run)
        if isSynchronized && detail == .full {
            tellSpecialRegisters(observer, vcpu)
            observer.didAccess(record, registers: vcpu.runPage.registers)
        } else {
            observer.didAccess(record)
        }
    }

    @inline(__always)
    private mutating func tell(
        _ observer: any MachineObserver, _ debug: KVM.DebugExit, _ detail: Detail, _ vcpu: borrowing VCPU
    ) {
        guard detail != .nothing else { return }
        let isSynchronized = context.synchronizesRegisters
        let record = StepRecord(
            vcpu: index, thread: thread, debug: debug, rip: isSynchronized ? vcpu.runPage.rip : nil)
        if isSynchronized && detail == .full {
            tellSpecialRegisters(observer, vcpu)
            observer.didStep(record, registers: vcpu.runPage.registers)
        } else {
            observer.didStep(record)
        }
    }

    @inline(__always)
    private mutating func tellSpecialRegisters(_ observer: any MachineObserver, _ vcpu: borrowing VCPU) {
        guard vcpu.runPage.specialRegistersChanged(since: &told) else { return }
        observer.specialRegistersAre(vcpu.runPage.specialRegisters, vcpu: index)
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
