internal import Facts
internal import KVM
internal import Machine
internal import Timeline
internal import X86

/// How far the single steps of one order went, found by holding each against the instruction that it began at.
struct StepExtent {
    let vcpu: Int
    /// How many were asked for.
    let count: Int
    /// Where the step that is under way began; nil where that is not known.
    var from: RegisterReading?
    /// The first step that was not one instruction, in words.
    var oddity: String?

    /// What the person reads at the end.
    var text: String {
        let asked = count == 1 ? "one instruction done" : "\(count) instructions done"
        guard let oddity else { return asked }
        return count == 1 ? oddity : "\(count) steps done; among them: \(oddity)"
    }
}

extension Session {
    /// Begins to look where the steps of an order go.
    func followSteps(of vcpu: Int, _ count: Int) {
        let known = timeline.live.vcpus.indices.contains(vcpu) ? timeline.live.vcpus[vcpu].registers : nil
        steps = StepExtent(vcpu: vcpu, count: count, from: known)
    }

    /// An exit came while the vCPU was stepped.
    func noteStep(_ reading: RegisterReading?, isStep: Bool) {
        guard var extent = steps, let reading, extent.vcpu == reading.vcpu else { return }
        // A single step is held against its stop, and one that left the guest on its way may end without an exit.
        if extent.count > 1 {
            if isStep, let from = extent.from, extent.oddity == nil {
                extent.oddity = oddity(from, to: reading.general.rip)
            }
            extent.from = isStep ? reading : nil
        }
        steps = extent
    }

    /// The steps of an order are over.
    func endSteps(at stop: VCPUStop) {
        guard var extent = steps, extent.vcpu == stop.vcpu else { return }
        if extent.count == 1, let from = extent.from, let rip = stop.registers?.rip {
            extent.oddity = oddity(from, to: rip)
        }
        steps = extent
    }

    /// Why a step from one place to another was not just one instruction; nil where it was, or that cannot be told.
    private func oddity(_ from: RegisterReading, to place: UInt64) -> String? {
        guard let system = from.system else { return nil }
        if system.privilegeLevel == 3, timeline.live.host?.module == "kvm_pvm" {
            return "kvm_pvm does not step at CPL 3: the guest ran to its next exit, how many instructions is not known"
        }
        let bytes = instructionBytes(from.general.rip, system)
        guard let size = CodeSize(rawValue: system.codeBits), let disassembler = try? Disassembler(mode: size)
        else { return nil }
        let all = disassembler.instructions(from: bytes, at: from.general.rip, count: 2)
        guard let instruction = all.first, !instruction.isUndecodable else { return nil }
        if instruction.isRepeated, place == instruction.address {
            let syntax = Disassembler.Syntax(of: timeline.live.start)
            return "one round of `\(instruction.text(in: syntax, codeBits: system.codeBits))`"
        }
        let mayFollow: Bool
        switch instruction.flow {
        case .next, .halt: mayFollow = place == instruction.end
        case .conditionalJump: mayFollow = place == instruction.end || place == instruction.target
        case .jump, .call: mayFollow = instruction.target.map { $0 == place } ?? true
        case .interrupt: mayFollow = place != instruction.end
        case .return, .interruptReturn: mayFollow = true
        }
        if mayFollow { return nil }
        if let second = all.dropFirst().first, instruction.loadsStackSegment, place == second.end {
            return "two instructions: behind `\(instruction.text)` the processor takes no step"
        }
        if let vector = vector(of: place, system, from.vcpu) {
            return
                "exception \(vector) at 0x\(hexadecimal(instruction.address)): its handler's first instruction is next"
        }
        let way = "0x\(hexadecimal(instruction.address)) to 0x\(hexadecimal(place))"
        return
            "no debug exit came behind `\(instruction.text)`: the guest ran from \(way), how many instructions is not known"
    }

    /// The exception whose handler begins at an instruction pointer, as far as it is one that a step stops at.
    private func vector(of place: UInt64, _ system: SystemRegisters, _ vcpu: Int) -> Int? {
        guard system.mode == "long" else { return nil }
        return [14, 13, 6, 0].first { vector in
            guard vector * 16 + 15 <= Int(system.idt.limit) else { return false }
            let ranges = timeline.live.physicalRanges(of: system.idt.base &+ UInt64(vector * 16), count: 16, on: vcpu)
            let gate = ranges.flatMap { Array(timeline.live.memory.bytes(at: $0.address, count: $0.count)) }
            guard gate.count == 16 else { return false }
            let offset = [0, 1, 6, 7, 8, 9, 10, 11].enumerated().reduce(UInt64(0)) { sum, place in
                sum | UInt64(gate[place.element]) << UInt64(place.offset * 8)
            }
            return offset == place
        }
    }

    /// Where the instruction begins that ends at an address and writes memory, by the lines of the guest's source.
    func writer(endingAt end: UInt64, on vcpu: Int) -> UInt64? {
        guard timeline.live.vcpus.indices.contains(vcpu), let system = timeline.live.vcpus[vcpu].registers?.system,
            let size = CodeSize(rawValue: system.codeBits), let disassembler = try? Disassembler(mode: size)
        else { return nil }
        let lines = (timeline.live.start?.lines ?? []).filter { $0.address < end && end - $0.address <= 15 }
        let writers = lines.map { disassembler.decode(instructionBytes($0.address, system), at: $0.address) }
            .filter { $0.end == end && $0.flow == .next && $0.writesMemory }
        return writers.count == 1 ? writers[0].address : nil
    }
}

extension Instruction {
    /// As a syntax writes it.
    func text(in syntax: Disassembler.Syntax, codeBits: Int) -> String {
        guard syntax != .intel, let size = CodeSize(rawValue: codeBits),
            let disassembler = try? Disassembler(mode: size, syntax: syntax)
        else { return text }
        return disassembler.decode(bytes, at: address).text
    }

    fileprivate var loadsStackSegment: Bool {
        (mnemonic == "mov" && operands.hasPrefix("ss,")) || (mnemonic == "pop" && operands == "ss")
    }

    fileprivate var writesMemory: Bool {
        mnemonic.hasPrefix("push") || memoryOperands.contains { $0.isWritten }
    }
}
