internal import KVM

// Where the vCPU stands, and what is asked of KVM's debugging.
extension VCPURunner {
    func stands(on breakpoints: [UInt64], _ vcpu: borrowing VCPU) -> Bool {
        guard !breakpoints.isEmpty, let position = pageIsCurrent ? position(in: vcpu.runPage) : position(of: vcpu)
        else { return false }
        return breakpoints.contains(position)
    }

    /// The linear address of the next instruction; in 64-bit code the base of CS counts for nothing.
    func position(_ rip: UInt64, _ code: Segment) -> UInt64 { code.l ? rip : code.base &+ rip }

    func position(in page: borrowing RunPage) -> UInt64 { position(page.rip, page.specialRegisters.cs) }

    func position(of vcpu: borrowing VCPU) -> UInt64? {
        guard let registers = try? vcpu.registers(purpose: .observation),
            let system = try? vcpu.specialRegisters(purpose: .observation)
        else { return nil }
        return position(registers.rip, system.cs)
    }

    /// - Parameter isSeen: false for the many steps of which nobody is told.
    mutating func arm(_ wanted: GuestDebug, _ vcpu: borrowing VCPU, isSeen: Bool = true) -> StopCause? {
        guard wanted != armed else { return nil }
        do {
            try vcpu.setGuestDebug(wanted, isSeen: isSeen)
            armed = wanted
            return nil
        } catch {
            return .refused(error.description, errno: error.errno?.rawValue ?? 0)
        }
    }

    /// Where the vCPU stands, and where its steps may lead.
    func planSteps(_ vcpu: borrowing VCPU) -> (position: UInt64?, plan: StepPlan?) {
        if pageIsCurrent {
            return (
                position(in: vcpu.runPage), StepPlan(vcpu.runPage.specialRegisters, context.memory, vcpu)
            )
        }
        guard let registers = try? vcpu.registers(purpose: .observation),
            let system = try? vcpu.specialRegisters(purpose: .observation)
        else { return (nil, nil) }
        return (position(registers.rip, system.cs), StepPlan(system, context.memory, vcpu))
    }

    /// Asks for a debug exit behind the next instruction.
    ///
    /// - Parameter code: gets the bytes of that instruction, where they can be read.
    mutating func armStep(
        from position: UInt64?, _ plan: inout StepPlan?, _ code: inout UInt64?, _ detail: Detail,
        _ vcpu: borrowing VCPU, isSeen: Bool = true
    ) -> StopCause? {
        var wanted = GuestDebug.singleStep
        if let position, plan != nil {
            if detail == .full, context.synchronizesRegisters { plan?.follow(vcpu) }
            code = plan?.code(at: position, vcpu)
            wanted = plan?.debug(from: position, code, vcpu) ?? .singleStep
        }
        if let refused = arm(wanted, vcpu, isSeen: isSeen) { return refused }
        if !GuestDebug.isStepKept { armed = nil }
        return nil
    }

    /// Takes what the step left of us out of the guest.
    func tidy(
        after position: UInt64?, _ code: UInt64?, _ place: UInt64, _ plan: StepPlan?, _ detail: Detail,
        _ vcpu: borrowing VCPU
    ) {
        guard !GuestDebug.isStepKept, detail != .nothing, context.synchronizesRegisters, let position, let plan
        else { return }
        plan.clearPushedTrapFlag(from: position, code: code, to: place, vcpu.runPage.registers, vcpu)
    }
}
