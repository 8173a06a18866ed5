public import Command
public import Facts
internal import KVM
internal import Machine
internal import Timeline
internal import X86

extension Session {
    /// Carries out a command that changes something; commands that only look belong to the screen.
    public func perform(_ command: Command) -> Outcome {
        switch command {
        case .build:
            if case .building = activity {
                // Goes on from the call at which it stood.
                activity = .building(command: command, callsLeft: Int.max)
                openGate()
                return .started
            }
            return build(command, gated: gateStaysClosed)
        case .reset: return reset()
        case .walk(let address, let access, let user):
            return walk(address, WalkQuestion.Access(access), user: user, WalkQuestion.Space(of: address))
        case .walkPhysical(let address): return walk(address, .read, user: false, .physical)
        case .step(.level, let count): return stepLevel(count)
        case .back(.level, let count): return stepLevel(-count)
        case .step(.exit, let count): return start(command, [vcpu], .exits(count), how: .exit)
        // The arrows that it takes on the way are walked along afterwards.
        case .step(.transition, _): return start(command, [vcpu], .exits(1), how: .exit)
        case .step(.instruction, let count): return start(command, [vcpu], .instructions(count), how: .instruction)
        case .step(.ioctl, let count): return stepIoctl(max(count, 1), command)
        case .run: return start(command, runnable, .free, how: .run)
        case .until(let condition): return start(command, runnable, .exits(1), how: .exit, until: condition)
        case .pause: return pauseAll(command)
        case .toggleRun:
            if case .running = activity { return pauseAll(command) }
            return start(command, runnable, .free, how: .run)
        case .vcpu(let index): return focus(index)
        case .nextVCPU: return focus((vcpu + 1) % configuration.vcpus)
        case .gate(let closed):
            gateStaysClosed = closed
            if closed { closeGate() } else { openGate() }
            // What `build` would let through without end waits from here on.
            if closed, case .building(let command, _) = activity {
                activity = .building(command: command, callsLeft: 0)
            }
            return .done(
                closed ? "every ioctl of the machine waits; `step ioctl` lets one through" : "ioctls pass freely")
        case .observe(let on): return observeKernel(on)
        case .observeGently: return trackMemory(.comparison)
        case .observeLog: return trackMemory(.dirtyLog)
        case .traceRoad(let depth): return traceRoad(depth)
        case .createVCPU(let index): return createVCPU(index)
        case .slot(let number, let start, let size, let isReadOnly):
            return setSlot(number, start, size, isReadOnly: isReadOnly)
        case .ioctl(let target, let request, let argument): return tryIoctl(target, request, argument)
        case .skip: return skip()
        case .breakAt(let place): return addBreakpoint(place)
        case .watch(let place): return addWatch(place)
        case .deleteBreak(let place): return deleteBreakpoint(place)
        case .poke(let address, let value, let size): return poke(address, value, size, command)
        case .set(let register, let value): return set(register, value, command)
        case .resume(let position): return resume(at: position)
        case .branch(let id): return select(branch: id)
        case .nameBranch(let name): return nameBranch(name)
        case .mark(let name):
            let position = timeline.end
            mark(name, at: position)
            return .done("event \(position) is now '\(name)'")
        case .print(let expression): return .done("\(expression) = \(expression.value(in: facts))")
        case .expect(let expression): return expect(expression)
        default: return .refused("`\(command)` is not something that the machine does")
        }
    }

    /// The facts as they are now.
    public var facts: WorldFacts {
        var facts = WorldFacts(timeline, vcpu: vcpu)
        if timeline.live.start == nil { facts.symbols = symbols }
        return facts
    }

    private func focus(_ index: Int) -> Outcome {
        guard index >= 0, index < configuration.vcpus else {
            return .refused("there is no vCPU \(index): the machine has \(configuration.vcpus), numbered from 0")
        }
        vcpu = index
        return .done("vCPU \(index) is in view")
    }

    private func expect(_ expression: Expression) -> Outcome {
        switch expression.holds(in: facts) {
        case true: return .done(nil)
        case false: return .refused("expected \(expression), but it is not so: \(explained(expression))")
        default: return .refused("expected \(expression), but that is not known: \(expression.value(in: facts))")
        }
    }

    /// What the sides of a comparison came to.
    private func explained(_ expression: Expression) -> String {
        guard case .binary(_, let left, _) = expression else { return "\(expression.value(in: facts))" }
        return "\(left) is \(left.value(in: facts))"
    }

    func number(_ expression: Expression) -> Result<UInt64, Refusal> {
        switch expression.value(in: facts) {
        case .integer(let value): .success(value)
        case .boolean(let flag): .success(flag ? 1 : 0)
        case .text(let text): .failure(Refusal("\(text) is no number, and the guest has no symbol of that name"))
        case .unknown(let reason): .failure(Refusal("\(expression) is not known: \(reason)"))
        }
    }

    struct Refusal: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }

    // MARK: The machine

    private func createVCPU(_ index: Int) -> Outcome {
        guard let machine else { return .refused("no machine is built yet") }
        guard !isBusy else { return .refused("the machine is busy; pause it first") }
        do {
            try pastTheGate { () throws(MachineError) in try machine.tryCreateVCPU(index) }
            absorbLog()
            readAll()
            return .done("vCPU \(index) could be had, and was given back at once")
        } catch {
            absorbLog()
            readAll()
            append(.problem(error.description))
            // The kernel's errno is an answer, and the one that a lesson wants to show.
            return .done(error.description)
        }
    }

    /// Calls that a vCPU's thread makes while this thread waits for it: at the gate both would wait for ever.
    func pastTheGate<Value>(_ body: () throws(MachineError) -> Value) throws(MachineError) -> Value {
        let level = door.level
        door.level = .record
        defer { door.level = level }
        return try body()
    }

    private func skip() -> Outcome {
        guard let machine, !isBusy else { return .refused("there is no standing machine") }
        if timeline.live.end != nil { return .refused("the guest has ended; `reset` starts it anew") }
        guard timeline.live.vcpus.indices.contains(vcpu), timeline.live.vcpus[vcpu].hasUnexecutedInstruction else {
            return .refused("vCPU \(vcpu) does not stand at an instruction that KVM could not execute")
        }
        guard let reading = timeline.live.vcpus[vcpu].registers,
            let system = reading.system
        else { return .refused("vCPU \(vcpu)'s registers are not known") }
        let bytes = instructionBytes(reading.general.rip, system)
        guard !bytes.isEmpty,
            let size = CodeSize(rawValue: system.codeBits),
            let disassembler = try? Disassembler(mode: size, syntax: Disassembler.Syntax(of: timeline.live.start))
        else { return .refused("the bytes at RIP 0x\(hexadecimal(reading.general.rip)) cannot be read") }
        let instruction = disassembler.decode(bytes, at: reading.general.rip)
        takeKeyframe()
        nameFreshBranch(after: .skip)
        do {
            try pastTheGate { () throws(MachineError) in
                try machine.finishAccess(of: vcpu)
                var (registers, _) = try machine.registers(of: vcpu)
                // An access that was left open ends with its instruction: then RIP is behind it already.
                guard registers.rip == reading.general.rip else { return }
                registers.rip = registers.rip &+ UInt64(instruction.length)
                try machine.setRegisters(of: vcpu, to: registers)
            }
            leaveKeyframe()
            absorbLog()
            readRegisters(of: vcpu)
            append(.stopped(.init(vcpu: vcpu, reason: .instruction, text: "skipped \(instruction.text)")))
            append(.phase(.stopped))
            return .done("skipped \(instruction.text), \(instruction.length) bytes")
        } catch {
            return .refused(error.description)
        }
    }

    /// Up to 15 bytes at an instruction pointer, through the guest's own page tables.
    func instructionBytes(_ rip: UInt64, _ system: SystemRegisters) -> [UInt8] {
        let world = timeline.live
        let linear = system.codeBits == 64 ? rip : system.cs.base &+ rip
        var bytes: [UInt8] = []
        for range in world.physicalRanges(of: linear, count: 15, on: vcpu) {
            let part = world.memory.bytes(at: range.address, count: range.count)
            bytes += part
            if part.count < range.count { break }
        }
        return bytes
    }

    // MARK: Breakpoints

    private func addBreakpoint(_ place: Expression) -> Outcome {
        switch number(place) {
        case .failure(let refusal): return .refused(refusal.text)
        case .success(let address):
            guard !breakpoints.contains(address) else {
                return .done("0x\(hexadecimal(address)) has a breakpoint already")
            }
            guard breakpoints.count < 4 else { return .refused("the processor has four breakpoints; delete one first") }
            breakpoints.append(address)
            let place = "breakpoint at 0x\(hexadecimal(address)), in a debug register of each vCPU"
            let isEmulated = timeline.live.host?.module == "kvm_pvm"
            return .done(isEmulated ? "\(place); kvm_pvm hits it in code at CPL 0 alone" : place)
        }
    }

    private func deleteBreakpoint(_ place: Expression?) -> Outcome {
        guard let place else {
            (breakpoints, watched) = ([], [])
            return .done("no breakpoints, nothing is watched")
        }
        switch number(place) {
        case .failure(let refusal): return .refused(refusal.text)
        case .success(let address):
            if let index = watched.firstIndex(of: address) {
                watched.remove(at: index)
                return .done("0x\(hexadecimal(address)) is not watched any more")
            }
            guard let index = breakpoints.firstIndex(of: address) else {
                return .refused("there is no breakpoint at 0x\(hexadecimal(address))")
            }
            breakpoints.remove(at: index)
            return .done("breakpoint at 0x\(hexadecimal(address)) deleted")
        }
    }

    // MARK: Changing

    private func poke(_ address: Expression, _ value: Expression, _ size: Int, _ command: Command) -> Outcome {
        guard let machine, !isBusy else { return .refused("there is no standing machine") }
        switch (number(address), number(value)) {
        case (.failure(let refusal), _), (_, .failure(let refusal)): return .refused(refusal.text)
        case (.success(let address), .success(let value)):
            guard Value.fits(value, bits: size * 8) else { return .refused(Command.pokeRefusal(value, size: size)) }
            let ranges = timeline.live.physicalRanges(of: address, count: size, on: vcpu)
            guard ranges.reduce(0, { $0 + $1.count }) == size else {
                return .refused(
                    "guest virtual address 0x\(hexadecimal(address)) is not mapped by the guest's page tables; nothing is written"
                )
            }
            do {
                // All places are checked before the first is written.
                for range in ranges { _ = try machine.read(range.count, at: range.address) }
                takeKeyframe()
                nameFreshBranch(after: command)
                leaveKeyframe()
                var bytes = (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }[...]
                for range in ranges {
                    try machine.write(bytes.prefix(range.count), at: range.address)
                    bytes = bytes.dropFirst(range.count)
                }
                // What is written may be a page table that KVM has read already.
                try pastTheGate { () throws(MachineError) in try machine.forgetTranslations() }
                noteForgottenTables(.slots)
                readMemory()
                readWalk()
                var now: UInt64 = 0
                for range in ranges.reversed() {
                    for byte in try machine.read(range.count, at: range.address).reversed() {
                        now = now << 8 | UInt64(byte)
                    }
                }
                return .done(
                    "\(size == 1 ? "the byte" : "the \(size) bytes") at 0x\(hexadecimal(address)) \(size == 1 ? "is" : "are") now 0x\(hexadecimal(now))"
                )
            } catch {
                return .refused(error.description)
            }
        }
    }

    /// What was set beside what the register reads now: KVM and the processor have bits of their own.
    private func setText(_ register: RegisterName, _ new: UInt64) -> String {
        let world = timeline.live
        let wanted = register.part(of: register.replacing(in: 0, with: new))
        guard let now = world.vcpus.indices.contains(vcpu) ? world.vcpus[vcpu].registers?[register] : nil else {
            return "\(register.name) was set to 0x\(hexadecimal(wanted)); it cannot be read back"
        }
        return now == wanted
            ? "\(register.name) is now 0x\(hexadecimal(now))"
            : "\(register.name) was set to 0x\(hexadecimal(wanted)) and reads 0x\(hexadecimal(now)) now"
    }

    private func set(_ register: RegisterName, _ value: Expression, _ command: Command) -> Outcome {
        guard let machine, !isBusy else { return .refused("there is no standing machine") }
        guard case .success(let new) = number(value) else {
            return .refused("\(value) is no number: \(value.value(in: facts))")
        }
        guard Value.fits(new, bits: register.width) else { return .refused(register.refusal(of: new)) }
        takeKeyframe()
        nameFreshBranch(after: command)
        leaveKeyframe()
        do {
            let isKnown = try pastTheGate { () throws(MachineError) in
                try machine.finishAccess(of: vcpu)
                var (general, system) = try machine.registers(of: vcpu)
                if general.replace(register, with: new) {
                    try machine.setRegisters(of: vcpu, to: general)
                } else if system.replace(register, with: new) {
                    try machine.setSpecialRegisters(of: vcpu, to: system)
                } else {
                    return false
                }
                return true
            }
            guard isKnown else { return .refused("\(register.name) cannot be set here") }
            absorbLog()
            readRegisters(of: vcpu)
            readWalk()
            return .done(setText(register, new))
        } catch {
            absorbLog()
            append(.problem(error.description))
            return .refused(error.description)
        }
    }
}
