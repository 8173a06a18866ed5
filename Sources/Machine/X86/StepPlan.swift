internal import KVM

/// Where a single step may lead that no debug exit behind the instruction would show, and the breakpoints for that.
///
/// When an exception or interrupt is delivered the processor clears the trap flag: the whole handler would run before
/// the step ends. `iret` and `sysret` load the flag anew. So the debug registers, which else lie idle while stepping,
/// hold the handlers of the commonest exceptions and the place to which such an instruction goes.
/// Source: Intel SDM volume 3, "Single-Step Exception Condition" and "Interrupt Descriptor Table".
struct StepPlan {
    /// What is asked of KVM for most steps.
    private(set) var usual = GuestDebug.singleStep
    private var handlers: [UInt64] = []
    private var system: SpecialRegisters
    private var codePage: (linear: UInt64, physical: UInt64)?
    private let memory: GuestMemory
    /// The special registers that came with the last step.
    private var seen = SpecialRegistersSnapshot()
    private var hasBegun = false

    private static let divideError = 0, invalidOpcode = 6, generalProtection = 13, pageFault = 14
    private static let trapFlag: UInt64 = 1 << 8
    private static let longModeActive: UInt64 = 1 << 10

    init(_ system: SpecialRegisters, _ memory: GuestMemory, _ vcpu: borrowing VCPU) {
        self.system = system
        self.memory = memory
        read(vcpu)
    }

    /// Reads the tables anew where the last step changed special registers; the run page must hold them.
    mutating func follow(_ vcpu: borrowing VCPU) {
        guard hasBegun else {
            hasBegun = true
            return
        }
        guard vcpu.runPage.specialRegistersChanged(since: &seen) else { return }
        system = vcpu.runPage.specialRegisters
        codePage = nil
        read(vcpu)
    }

    private mutating func read(_ vcpu: borrowing VCPU) {
        handlers = []
        for vector in [Self.pageFault, Self.generalProtection, Self.invalidOpcode, Self.divideError] {
            if let handler = handler(of: vector, vcpu), !handlers.contains(handler) { handlers.append(handler) }
        }
        usual = .step(orAt: handlers)
    }

    // MARK: Before the step

    /// What to ask of KVM for the step from this linear address.
    func debug(from position: UInt64, _ code: UInt64?, _ vcpu: borrowing VCPU) -> GuestDebug {
        let target = code == nil ? nil : self.target(of: code ?? 0, vcpu)
        if target == nil, !handlers.contains(position) { return usual }
        let places = (target.map { [$0] } ?? []) + handlers
        return .step(orAt: places.filter { $0 != position })
    }

    /// Up to eight bytes of the instruction at a linear address, as a little-endian number; nil where they cannot be read.
    mutating func code(at position: UInt64, _ vcpu: borrowing VCPU) -> UInt64? {
        let offset = position & 0xFFF
        if codePage?.linear != position & ~0xFFF {
            codePage = nil
            guard let translation = try? vcpu.translate(position & ~0xFFF), translation.valid else { return nil }
            codePage = (position & ~0xFFF, translation.physical)
        }
        guard let codePage else { return nil }
        return memory.word(at: codePage.physical + offset, size: Int(min(8, 0x1000 - offset)))
    }

    private var isLong: Bool { system.efer & Self.longModeActive != 0 }
    private var isReal: Bool { system.cr0 & 1 == 0 }
    private var is64Bit: Bool { isLong && system.cs.l }

    /// Where an instruction goes that the trap flag does not follow; nil for all others.
    private func target(of code: UInt64, _ vcpu: borrowing VCPU) -> UInt64? {
        let opcode = Opcode(code, is64Bit: is64Bit)
        switch opcode.bytes & 0xFF {
        case 0xCC: return handler(of: 3, vcpu)
        case 0xCD: return handler(of: Int(opcode.bytes >> 8 & 0xFF), vcpu)
        case 0xCF:
            guard let registers = try? vcpu.registers(purpose: .observation) else { return nil }
            let size = opcode.isWide ? 8 : system.cs.db && !is64Bit || is64Bit ? 4 : 2
            guard let offset = stack(registers, at: 0, size, vcpu) else { return nil }
            if isReal {
                guard let selector = stack(registers, at: size, 2, vcpu) else { return nil }
                return selector << 4 &+ offset
            }
            return is64Bit ? offset : system.cs.base &+ offset
        case 0x0F where opcode.bytes >> 8 & 0xFF == 0x05:
            // IA32_LSTAR
            return is64Bit ? (try? vcpu.msrs([0xC000_0082], purpose: .observation))?.first?.value : nil
        case 0x0F where opcode.bytes >> 8 & 0xFF == 0x07: return try? vcpu.registers(purpose: .observation).rcx
        default: return nil
        }
    }

    /// Linear address of the handler of a vector; nil where there is none.
    private func handler(of vector: Int, _ vcpu: borrowing VCPU) -> UInt64? {
        let size = isReal ? 4 : isLong ? 16 : 8
        guard vector * size + size - 1 <= Int(system.idt.limit) else { return nil }
        guard let low = word(at: system.idt.base &+ UInt64(vector * size), min(size, 8), vcpu) else { return nil }
        if isReal { return (low >> 16) << 4 &+ low & 0xFFFF }
        // Present.
        guard low >> 47 & 1 == 1 else { return nil }
        let offset = low & 0xFFFF | low >> 32 & 0xFFFF_0000
        guard isLong else { return system.cs.base &+ offset }
        guard let high = word(at: system.idt.base &+ UInt64(vector * size + 8), 4, vcpu) else { return nil }
        return high << 32 | offset
    }

    private func stack(_ registers: Registers, at offset: Int, _ size: Int, _ vcpu: borrowing VCPU) -> UInt64? {
        word(at: stackAddress(registers, offset), size, vcpu)
    }

    private func stackAddress(_ registers: Registers, _ offset: Int) -> UInt64 {
        if is64Bit { return registers.rsp &+ UInt64(offset) }
        let mask: UInt64 = system.ss.db ? 0xFFFF_FFFF : 0xFFFF
        return system.ss.base &+ (registers.rsp &+ UInt64(offset)) & mask
    }

    private func word(at linear: UInt64, _ size: Int, _ vcpu: borrowing VCPU) -> UInt64? {
        guard let place = physical(linear, vcpu) else { return nil }
        return memory.word(at: place, size: size)
    }

    private func physical(_ linear: UInt64, _ vcpu: borrowing VCPU) -> UInt64? {
        guard let translation = try? vcpu.translate(linear), translation.valid else { return nil }
        return translation.physical
    }

    // MARK: After the step

    /// Clears the trap flag where the guest's stack got it: it is ours, and the guest would load it later.
    ///
    /// `pushf` pushes the flags as they are, and so does the delivery of an exception.
    func clearPushedTrapFlag(
        from position: UInt64, code: UInt64?, to place: UInt64, _ registers: Registers, _ vcpu: borrowing VCPU
    ) {
        if let code, Opcode(code, is64Bit: is64Bit).bytes & 0xFF == 0x9C {
            clearTrapFlag(at: stackAddress(registers, 0), vcpu)
            return
        }
        guard handlers.contains(place) || isInterrupt(code) else { return }
        let size = isReal ? 2 : is64Bit ? 8 : 4
        // With an error code before it, or without.
        for offset in [0, size] {
            guard let saved = stack(registers, at: offset, size, vcpu),
                let selector = stack(registers, at: offset + size, 2, vcpu), selector == UInt64(system.cs.selector)
            else { continue }
            let linear = is64Bit ? saved : system.cs.base &+ saved
            guard linear >= position, linear <= position &+ 15 else { continue }
            return clearTrapFlag(at: stackAddress(registers, offset + 2 * size), vcpu)
        }
    }

    private func isInterrupt(_ code: UInt64?) -> Bool {
        guard let code else { return false }
        return Opcode(code, is64Bit: is64Bit).isInterrupt
    }

    private func clearTrapFlag(at linear: UInt64, _ vcpu: borrowing VCPU) {
        guard let place = physical(linear, vcpu), let flags = memory.word(at: place, size: 2),
            flags & Self.trapFlag != 0
        else { return }
        let cleared = flags & ~Self.trapFlag
        try? memory.write([UInt8(cleared & 0xFF), UInt8(cleared >> 8)], at: place)
    }
}

/// The bytes of an instruction behind its prefixes.
private struct Opcode {
    var bytes: UInt64
    /// REX.W
    var isWide = false

    init(_ code: UInt64, is64Bit: Bool) {
        bytes = code
        for _ in 0..<4 {
            switch bytes & 0xFF {
            case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3: break
            case 0x40...0x4F where is64Bit: isWide = bytes & 8 != 0
            default: return
            }
            bytes >>= 8
        }
    }

    var isInterrupt: Bool { bytes & 0xFF == 0xCC || bytes & 0xFF == 0xCD }
}

extension GuestDebug {
    /// A debug exit behind the next instruction, or before one of the first four of these places.
    static func step(orAt places: [UInt64]) -> GuestDebug {
        guard !places.isEmpty else { return .singleStep }
        var debug = breakpoints(at: places)
        debug.control.insert(.singleStep)
        return debug
    }
}
