internal import KVM

// Watching memory by stepping: what a debug register cannot hold, or where none works.
extension VCPURunner {
    /// Steps until a watched place changed, or something else stops the order. Nobody is told of the steps.
    ///
    ///     stepping ──debug──▶ compared ──▶ stepping
    ///         └──access──▶ finishing ──EINTR or debug──▶ compared
    mutating func watch(
        _ watching: inout WatchState, _ order: RunOrder, _ exits: Int, _ vcpu: borrowing VCPU,
        _ observer: any MachineObserver, _ isKicked: () -> Bool
    ) -> StopCause {
        var remaining = exits
        var (position, plan) = planSteps(vcpu)
        var steps = 0
        var isFinishing = false
        hasRun = true
        while true {
            var code: UInt64?
            if !isFinishing,
                let refused = armStep(from: position, &plan, &code, order.detail, vcpu, isSeen: false)
            {
                return refused
            }
            let record = vcpu.unseenRun()
            var exit: Exit?
            switch record.outcome {
            case .exit: exit = vcpu.runPage.exit()
            case .interrupted where isFinishing: break
            case .interrupted: exit = .intr
            case .again:
                if isKicked() { return .kicked }
                continue
            case .failed(let errno): return refusal(errno, order.detail, vcpu)
            }
            // An instruction is done where KVM says so, or has finished what it left open.
            var place: UInt64?
            if case .debug(let debug) = exit { place = debug.pc }
            if exit == nil { place = standing(order.detail, vcpu) }
            if place != nil || exit == nil {
                steps += 1
                if isFinishing { clearKick(vcpu, isKicked) }
                isFinishing = false
                if let place { tidy(after: position, code, place, plan, order.detail, vcpu) }
                var isHalt = false
                if let position, position &+ 1 == place, let code { isHalt = code & 0xFF == 0xF4 }
                let hit = watching.hit(in: context.memory, by: .stepping(instruction: position, steps: steps))
                position = place
                var isBreakpoint = false
                if let place { isBreakpoint = order.breakpoints.contains(place) }
                guard hit != nil || isBreakpoint || isHalt else { continue }
                if let exit {
                    if order.detail != .nothing { observer.didRun(record) }
                    tell(observer, exit, ExitHandling(of: exit, on: context.bus), order.detail, vcpu)
                }
                if isHalt { haltIsPending = true }
                if let hit { return .watchpoint(hit) }
                return isHalt ? .halted : .breakpoint(place ?? 0)
            }
            guard let exit else { continue }
            if order.detail != .nothing { observer.didRun(record) }
            let number = number(of: order)
            if number == .beyond { return .limit }
            let handling = ExitHandling(of: exit, on: context.bus)
            answer(exit, handling, vcpu)
            tell(observer, exit, handling, order.detail, vcpu)
            if handling.disposition != .resume || number == .last {
                leftAccessOpen = exit.leavesAccessOpen
                return end(exit, handling.disposition, isBreakpoint: false) ?? .limit
            }
            if case .intr = exit {
                if isKicked() { return .kicked }
                clearKick(vcpu, isKicked)
                continue
            }
            remaining -= 1
            if remaining == 0 {
                leftAccessOpen = exit.leavesAccessOpen
                return .exit
            }
            isFinishing = true
            vcpu.runPage.immediateExit = true
        }
    }

    /// Where the vCPU stands after a KVM_RUN without an exit; nil where the run page does not say.
    private func standing(_ detail: Detail, _ vcpu: borrowing VCPU) -> UInt64? {
        context.synchronizesRegisters && detail == .full ? position(in: vcpu.runPage) : nil
    }
}
