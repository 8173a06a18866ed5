internal import KVM

/// Carries out run orders on a vCPU's own thread: `KVM_RUN`, handle the exit, again.
struct VCPURunner: ~Copyable {
    let index: Int
    let thread: Int32
    let context: VCPUThread.Context
    /// What KVM_SET_GUEST_DEBUG was last told, so that it is called only when that changes; nil where KVM may have
    /// forgotten a part of it.
    var armed: GuestDebug? = .off
    /// The special registers that the observer was told last; it is told again when they change, and in each order.
    var told = SpecialRegistersSnapshot()
    let silence = Silence()
    /// The last exit was an access that KVM finishes at the begin of the next KVM_RUN.
    var leftAccessOpen = false
    /// The run page holds all registers as they are: they came with the last exit and nobody has set them since.
    var pageIsCurrent = false
    /// A snapshot had an access finished, which moved the vCPU behind its instruction while the person saw it at it.
    var steppedUnseen = false
    /// A step over `hlt` ended in a debug exit: KVM still has the exit hlt to tell.
    var haltIsPending = false
    /// KVM_RUN was called in this order.
    var hasRun = false

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
        haltIsPending = false
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
        let watchpoints = watching.isEmpty ? nil : order.debugRegisters
        if !watching.isEmpty, watchpoints == nil {
            return watch(&watching, order, remaining, vcpu, observer, isKicked)
        }
        let wanted = watchpoints?.debug ?? GuestDebug.breakpoints(at: order.breakpoints)
        // A vCPU that stands on a breakpoint would hit it again: it is stepped off with the breakpoints out.
        var isSteppingOff = stepping == .no && !order.goesOn && stands(on: order.breakpoints, vcpu)
        if stepping == .no, !isSteppingOff, let refused = arm(wanted, vcpu) { return refused }
        // Where the next instruction is, by its linear address; nil where that is not known.
        var position: UInt64?
        var plan: StepPlan?
        if stepping != .no { (position, plan) = planSteps(vcpu) }
        hasRun = true
        while true {
            let exit: Exit
            let outcome: RunResult
            var code: UInt64?
            if stepping == .instruction {
                if let refused = armStep(from: position, &plan, &code, order.detail, vcpu) { return refused }
                outcome = vcpu.run()
            } else if isSteppingOff {
                if let refused = arm(.singleStep, vcpu) { return refused }
                if !GuestDebug.isStepKept { armed = nil }
                outcome = vcpu.run()
            } else if stepping == .finishing || watchpoints != nil {
                outcome = vcpu.run()
            } else {
                var cause = StopCause.limit
                guard let other = serveAccesses(order, vcpu, bus, observer, &remaining, &cause) else { return cause }
                outcome = other
            }
            switch outcome {
            case .exit:
                // A step goes the short way too: plain bits from the run page to the log.
                if stepping == .instruction, let debug = vcpu.runPage.debugExit() {
                    let number = number(of: order)
                    if number == .beyond { return .limit }
                    tidy(after: position, code, debug.pc, plan, order.detail, vcpu)
                    tell(observer, debug, order.detail, vcpu)
                    leftAccessOpen = false
                    if number == .last { return .limit }
                    if let end = step(to: debug.pc, code, &position, &remaining) { return end }
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
            if let watchpoints {
                hit = watching.hit(in: context.memory, by: .exit)
                if case .debug(let debug) = exit {
                    hit?.found = .register(end: debug.pc)
                    // A write that changed nothing is none that was asked for.
                    if hit == nil, watchpoints.isWrite(debug), !order.breakpoints.contains(debug.pc) { continue }
                }
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
                    if let end = step(to: debug.pc, nil, &position, &remaining) { return end }
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
    enum ExitNumber {
        case within
        case last
        /// Another vCPU took the last one that was asked for.
        case beyond
    }

    /// Counts an exit.
    @inline(__always)
    func number(of order: RunOrder) -> ExitNumber {
        guard let limit = order.maximumExits else { return .within }
        let taken = context.exitsTaken.next()
        return taken < limit ? .within : taken == limit ? .last : .beyond
    }

    /// Counts a step that ended at an address; why nothing follows it, or nil.
    private mutating func step(
        to place: UInt64, _ code: UInt64?, _ position: inout UInt64?, _ remaining: inout Int
    ) -> StopCause? {
        // Where KVM emulates the guest's code, the step's debug exit takes the place of the exit hlt.
        if let from = position, from &+ 1 == place, let code, code & 0xFF == 0xF4 {
            haltIsPending = true
            return .halted
        }
        position = place
        remaining -= 1
        return remaining == 0 ? .instruction : nil
    }

    /// Why nothing can follow this exit by itself; nil where the order goes on.
    func end(_ exit: Exit, _ disposition: ExitHandling.Disposition, isBreakpoint: Bool) -> StopCause? {
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

    /// Times the C loop that does nothing but KVM_RUN; nil where KVM refused.
    mutating func timeBareLoop(exits: UInt64, stepping: Bool, on vcpu: borrowing VCPU) -> LoopTime? {
        vcpu.runPage.immediateExit = false
        synchronize(.nothing, vcpu)
        guard arm(stepping ? .singleStep : .off, vcpu) == nil else { return nil }
        let watch = StopWatch()
        let isArmedEachTime = stepping && !GuestDebug.isStepKept
        guard vcpu.timeBareLoop(exits: exits, armingSteps: isArmedEachTime) != nil else { return nil }
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
    func clearKick(_ vcpu: borrowing VCPU, _ isKicked: () -> Bool) {
        vcpu.runPage.immediateExit = false
        // KVM_RUN then comes back at once, so that even a kick before the first run shows as the EINTR that it is.
        if isKicked() { vcpu.runPage.immediateExit = true }
    }

    /// Registers may be set from outside now.
    mutating func forgetRegisters() { pageIsCurrent = false }
}
