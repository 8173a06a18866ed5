internal import Facts
internal import Timeline
internal import X86

/// Why a vCPU cannot go on, as its registers and memory tell it; what they do not tell is not said.
struct Death {
    let general: GeneralRegisters
    let system: SystemRegisters
    let processor: GuestProcessor?
    /// The header in the image that asks for an entry in 32-bit protected mode, where it was entered in long mode.
    var misentry: String?
    /// As the Code pane writes instructions.
    var syntax = Disassembler.Syntax.intel
    /// The little-endian number of so many bytes at a guest physical address; nil where no memory is.
    let memory: (_ physical: UInt64, _ size: Int) -> UInt64?

    /// An exception of the instruction at RIP.
    struct Cause {
        var text: String
        /// nil where the state does not tell which.
        var vector: Int?
    }

    /// A triple fault: what the instruction at RIP lacks, and why nobody took the exception.
    var tripleFault: String {
        let head = "triple fault"
        // KVM resets a vCPU whose state the processor lost: AMD APM volume 2, "Shutdown Intercept".
        guard !isReset else {
            return
                "\(head)\(entry): this KVM has reset the registers, so the instruction is unknown; step to it with `run`"
        }
        guard let cause = cause() else {
            let text =
                instruction().map { " at \(words($0)) (RIP \(hex(general.rip)))" } ?? " at RIP \(hex(general.rip))"
            return "\(head)\(text)\(entry): the registers do not tell which exception came first\(gateless(nil))"
        }
        return "\(head)\(entry): \(cause.text)\(gateless(cause.vector))"
    }

    /// KVM's emulator came to its end.
    /// - Parameter bytes: those that KVM says it could not emulate; empty where it does not say.
    func emulationFailure(_ bytes: [UInt8]) -> String? {
        if let place = unreachable { return place.text }
        guard let instruction = instruction() ?? decode(bytes) else { return nil }
        let lack = switchedOff(instruction).map { "; besides, \($0.text)" } ?? ""
        return "this KVM cannot emulate \(words(instruction)) at RIP \(hex(general.rip))\(entry)\(lack)"
    }

    /// Whether the instructions from RIP on come back to it and nothing in them can end that.
    var endlessLoop: String? {
        var place = general.rip
        for count in 1...16 {
            guard let next = instruction(at: place), !next.isUndecodable, !next.isPortIO,
                !next.memoryOperands.contains(where: { $0.isWritten })
            else { return nil }
            switch next.flow {
            case .next: place = next.end
            case .jump:
                guard let target = next.target, next.targetSelector == nil else { return nil }
                place = target
            default: return nil
            }
            if place == general.rip {
                return count == 1
                    ? "an endless loop: \(words(next)) at RIP \(hex(general.rip)) jumps to itself"
                    : "an endless loop of \(count) instructions from RIP \(hex(general.rip)) on, with no exit in it"
            }
        }
        return nil
    }

    private var entry: String {
        misentry.map {
            " (the image's \($0) asks for an entry in 32-bit protected mode, and it was entered in long mode: try --mode protected)"
        }
            ?? ""
    }

    /// The state after reset; Intel SDM volume 3, "Processor State After Reset".
    private var isReset: Bool { general.rip == 0xFFF0 && system.cs.base == 0xFFFF_0000 && system.cr0 & 1 == 0 }

    // MARK: The exception

    private func cause() -> Cause? {
        if let unreachable { return unreachable }
        guard let instruction = instruction() else { return nil }
        let place = "\(words(instruction)) at RIP \(hex(general.rip))"
        if instruction.isUndecodable {
            return Cause(text: "the bytes at RIP \(hex(general.rip)) are no instruction (#UD)", vector: 6)
        }
        if let off = switchedOff(instruction) { return off }
        if instruction.mnemonic == "ud2" { return Cause(text: "\(place) raises #UD", vector: 6) }
        for operand in instruction.memoryOperands where operand.isRead || operand.isWritten {
            guard let offset = operand.effectiveAddress(register: register) else { continue }
            if let fault = fault(at: base(of: operand) &+ offset, operand.isWritten ? .write : .read) {
                return Cause(text: "\(place) touches \(fault.text)", vector: fault.vector)
            }
        }
        if ["push", "call", "pushfq", "enter"].contains(instruction.mnemonic) {
            let size = UInt64(system.codeBits / 8)
            if let fault = fault(at: stackBase &+ (general.rsp &- size), .write) {
                return Cause(text: "\(place) pushes to \(fault.text)", vector: fault.vector)
            }
        }
        if ["pop", "ret", "leave", "iretq", "iretd"].contains(instruction.mnemonic),
            let fault = fault(at: stackBase &+ general.rsp, .read)
        {
            return Cause(text: "\(place) pops from \(fault.text)", vector: fault.vector)
        }
        if ["div", "idiv"].contains(instruction.mnemonic), let divisor = register(instruction.operands), divisor == 0 {
            return Cause(text: "\(place) divides by zero (#DE)", vector: 0)
        }
        return nil
    }

    /// Instructions that a control register has to let work, and does not.
    private func switchedOff(_ instruction: Instruction) -> Cause? {
        let place = "\(words(instruction)) at RIP \(hex(general.rip))"
        switch ExtensionUse(instruction.bytes, is64Bit: system.codeBits == 64) {
        case .sse where system.cr4 & 1 << 9 == 0:
            return Cause(text: "\(place) needs SSE, and CR4.OSFXSR is clear (#UD)", vector: 6)
        case .sse where system.cr0 & 1 << 2 != 0:
            return Cause(text: "\(place) needs SSE, and CR0.EM is set (#UD)", vector: 6)
        case .avx where system.cr4 & 1 << 18 == 0:
            return Cause(text: "\(place) needs AVX, and CR4.OSXSAVE is clear (#UD)", vector: 6)
        case .x87 where system.cr0 & (1 << 2 | 1 << 3) != 0:
            return Cause(text: "\(place) needs the x87, and CR0.EM or CR0.TS is set (#NM)", vector: 7)
        default: return nil
        }
    }

    /// RIP leads to no memory.
    private var unreachable: Cause? {
        let linear = codeBase &+ general.rip
        if let fault = fault(at: linear, .execute) {
            return Cause(text: "RIP is at \(fault.text)", vector: fault.vector)
        }
        guard let physical = physical(linear), memory(physical, 1) == nil else { return nil }
        return Cause(text: "RIP leads to guest physical address \(hex(physical)), where no memory is", vector: nil)
    }

    /// Why an access would fault; nil where it would not, or where a table could not be read.
    private func fault(at linear: UInt64, _ kind: X86.MemoryAccess.Kind) -> Cause? {
        guard case .fault(let level, let reason, _) = walk(linear, kind).outcome else { return nil }
        switch reason {
        case .nonCanonical: return Cause(text: "\(hex(linear)), which is not canonical (#GP)", vector: 13)
        case .notPresent:
            return Cause(text: "\(hex(linear)), which the page tables do not map (level \(level), #PF)", vector: 14)
        case .protection:
            return Cause(
                text: "\(hex(linear)), which the page tables do not allow (\(kind.rawValue), level \(level), #PF)",
                vector: 14)
        case .reserved:
            return Cause(text: "\(hex(linear)), whose entry at level \(level) has a reserved bit set (#PF)", vector: 14)
        }
    }

    // MARK: Who would have taken it

    /// Why no handler ran; empty where there is a gate, or where that is not known.
    private func gateless(_ vector: Int?) -> String {
        let size: UInt64 = system.efer & 1 << 10 != 0 ? 16 : 8
        guard system.cr0 & 1 != 0 else { return "" }
        if system.idt.limit == 0 { return "; no IDT is loaded" }
        /// Whether a gate is present; nil where it cannot be read.
        func isPresent(_ vector: Int) -> Bool? {
            let offset = UInt64(vector) * size
            guard offset + size - 1 <= UInt64(system.idt.limit) else { return false }
            guard let physical = physical(system.idt.base &+ offset &+ 5) else { return nil }
            return memory(physical, 1).map { $0 & 0x80 != 0 }
        }
        if let vector {
            return isPresent(vector) == false ? "; the IDT at \(hex(system.idt.base)) has no gate for it" : ""
        }
        return (0..<32).allSatisfy { isPresent($0) == false } ? "; the IDT at \(hex(system.idt.base)) has no gates" : ""
    }

    // MARK: Reading

    private func walk(_ linear: UInt64, _ kind: X86.MemoryAccess.Kind) -> PageWalk {
        PageWalk.walk(
            address: GuestVirtualAddress(linear),
            registers: PagingRegisters(system, rflags: general.rflags, processor: processor),
            access: X86.MemoryAccess(kind, user: system.privilegeLevel == 3), memory: memory)
    }

    private func physical(_ linear: UInt64) -> UInt64? {
        guard case .translated(let address, _, _) = walk(linear, .read).outcome else { return nil }
        return address.rawValue
    }

    private func instruction(at place: UInt64? = nil) -> Instruction? {
        let place = place ?? general.rip
        var bytes: [UInt8] = []
        for offset in 0..<UInt64(Disassembler.longestInstruction) {
            guard let physical = physical(codeBase &+ place &+ offset), let byte = memory(physical, 1) else { break }
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
        return decode(bytes, at: place)
    }

    private func decode(_ bytes: [UInt8], at place: UInt64? = nil) -> Instruction? {
        guard !bytes.isEmpty, let size = CodeSize(rawValue: system.codeBits),
            let decoder = try? Disassembler(mode: size)
        else { return nil }
        return decoder.decode(bytes, at: place ?? general.rip)
    }

    private func words(_ instruction: Instruction) -> String { instruction.text(in: syntax, codeBits: system.codeBits) }

    private var codeBase: UInt64 { system.codeBits == 64 ? 0 : system.cs.base }
    private var stackBase: UInt64 { system.codeBits == 64 ? 0 : system.ss.base }

    private func base(of operand: MemoryOperand) -> UInt64 {
        let usual = operand.base.map { ["rsp", "esp", "sp", "rbp", "ebp", "bp"].contains($0) } == true ? "ss" : "ds"
        let name = operand.segment ?? usual
        if system.codeBits == 64, name != "fs", name != "gs" { return 0 }
        return system.segment(named: name)?.base ?? 0
    }

    /// A register by any of its names that hold whole bytes from the lowest up.
    private func register(_ name: String) -> UInt64? {
        if let whole = general[name] { return whole }
        if name.hasPrefix("e") { return general["r" + name.dropFirst()].map { $0 & 0xFFFF_FFFF } }
        if name.hasPrefix("r"), let width = ["d": 32, "w": 16, "b": 8][name.suffix(1)] {
            return general[String(name.dropLast())].map { $0 & (1 << UInt64(width) - 1) }
        }
        return general["r" + name].map { $0 & 0xFFFF }
    }

    private func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}

/// The part of the processor that an instruction needs to have been switched on.
enum ExtensionUse {
    case sse, avx, x87

    /// By opcode: Intel SDM volume 2, appendix "Opcode Map".
    init?(_ bytes: [UInt8], is64Bit: Bool) {
        var rest = bytes[...]
        var hasPrefix = false
        while let byte = rest.first {
            if [0x66, 0xF2, 0xF3].contains(byte) {
                hasPrefix = true
            } else if ![0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x67, 0xF0].contains(byte) {
                break
            }
            rest = rest.dropFirst()
        }
        if is64Bit, let byte = rest.first, byte & 0xF0 == 0x40 { rest = rest.dropFirst() }
        guard let first = rest.first, let second = rest.dropFirst().first else { return nil }
        switch (first, second) {
        case (0xD8...0xDF, _): self = .x87
        // Outside 64-bit mode these are LES and LDS where the second byte names memory.
        case (0xC4...0xC5, _) where is64Bit || second >= 0xC0: self = .avx
        case (0x0F, 0x10...0x17), (0x0F, 0x28...0x2F), (0x0F, 0x50...0x5F), (0x0F, 0xC2), (0x0F, 0xC6): self = .sse
        // With a prefix on XMM registers, without on MMX's.
        case (0x0F, 0x60...0x7F) where hasPrefix, (0x0F, 0xC4...0xC5) where hasPrefix,
            (0x0F, 0xD0...0xFE) where hasPrefix:
            self = .sse
        default: return nil
        }
    }
}
