import CCapstone

extension Instruction {
    /// Copies what capstone decoded; `raw.detail` is not nil and lives as long as the disassembler's buffer.
    init(_ raw: cs_insn, bytes: [UInt8], mode: CodeSize, handle: csh) {
        let length = min(Int(raw.size), bytes.count)
        let end = raw.address &+ UInt64(length)
        let detail = CapstoneDetail(raw.detail, handle: handle)
        let flow = Flow(raw.id, detail)
        let immediates = detail.operands.filter { $0.type == X86_OP_IMM }.map(\.imm)
        var target: UInt64?
        var selector: SegmentSelector?
        if flow == .jump || flow == .conditionalJump || flow == .call {
            if immediates.count == 2 {
                selector = SegmentSelector(rawValue: UInt16(truncatingIfNeeded: immediates[0]))
                target = UInt64(bitPattern: immediates[1])
            } else if let immediate = immediates.first {
                target = UInt64(bitPattern: immediate)
            }
        }
        let isString = stringIO.contains(raw.id)
        let mnemonic = characters(raw.mnemonic)
        self.init(
            address: raw.address, bytes: Array(bytes.prefix(length)), mnemonic: mnemonic,
            operands: characters(raw.op_str), flow: flow, target: target, targetSelector: selector,
            isPortIO: isString || raw.id == X86_INS_IN.rawValue || raw.id == X86_INS_OUT.rawValue,
            isStringIO: isString, isRepeated: mnemonic.hasPrefix("rep"),
            memoryOperands: detail.memoryOperands(of: raw.id, next: end), isUndecodable: false)
    }
}

extension Instruction.Flow {
    fileprivate init(_ id: UInt32, _ detail: CapstoneDetail) {
        switch x86_insn(id) {
        case X86_INS_JMP, X86_INS_LJMP: self = .jump
        case X86_INS_CALL, X86_INS_LCALL: self = .call
        case X86_INS_RET, X86_INS_RETF, X86_INS_RETFQ: self = .return
        case X86_INS_IRET, X86_INS_IRETD, X86_INS_IRETQ, X86_INS_SYSRET, X86_INS_SYSEXIT: self = .interruptReturn
        case X86_INS_INT, X86_INS_INT1, X86_INS_INT3, X86_INS_INTO, X86_INS_SYSCALL, X86_INS_SYSENTER:
            self = .interrupt
        case X86_INS_HLT: self = .halt
        case X86_INS_LOOP, X86_INS_LOOPE, X86_INS_LOOPNE: self = .conditionalJump
        default: self = detail.groups.contains(UInt8(X86_GRP_JUMP.rawValue)) ? .conditionalJump : .next
        }
    }
}

/// The instructions that move between a port and memory.
private let stringIO: Set<UInt32> = Set(
    [X86_INS_INSB, X86_INS_INSW, X86_INS_INSD, X86_INS_OUTSB, X86_INS_OUTSW, X86_INS_OUTSD].map(\.rawValue))

/// The parts of capstone's detail record that we use, out of its C arrays.
private struct CapstoneDetail {
    let groups: [UInt8]
    let operands: [cs_x86_op]
    let addressSize: Int
    let handle: csh

    init(_ detail: UnsafeMutablePointer<cs_detail>, handle: csh) {
        self.handle = handle
        // Sound: the tuple is a C array of one element type, whose first `count` elements capstone has filled in.
        groups = withUnsafeBytes(of: detail.pointee.groups) { Array($0.prefix(Int(detail.pointee.groups_count))) }
        let x86 = detail.pointee.x86
        // Sound: as above.
        operands = withUnsafeBytes(of: x86.operands) {
            Array($0.bindMemory(to: cs_x86_op.self).prefix(Int(x86.op_count)))
        }
        addressSize = Int(x86.addr_size)
    }

    func memoryOperands(of id: UInt32, next: UInt64) -> [MemoryOperand] {
        operands.filter { $0.type == X86_OP_MEM }.map { operand in
            let (isRead, isWritten) = accesses(operand, of: id)
            return MemoryOperand(
                segment: register(operand.mem.segment), base: register(operand.mem.base),
                index: register(operand.mem.index), scale: Int(operand.mem.scale), displacement: operand.mem.disp,
                size: Int(operand.size), isRead: isRead, isWritten: isWritten, addressSize: addressSize,
                nextInstruction: next)
        }
    }

    /// Capstone 4 leaves string I/O without an access, and gives LEA and NOP one.
    private func accesses(_ operand: cs_x86_op, of id: UInt32) -> (isRead: Bool, isWritten: Bool) {
        switch x86_insn(id) {
        case X86_INS_INSB, X86_INS_INSW, X86_INS_INSD: (false, true)
        case X86_INS_OUTSB, X86_INS_OUTSW, X86_INS_OUTSD: (true, false)
        case X86_INS_LEA, X86_INS_NOP: (false, false)
        default:
            (
                operand.access & UInt8(CS_AC_READ.rawValue) != 0,
                operand.access & UInt8(CS_AC_WRITE.rawValue) != 0
            )
        }
    }

    private func register(_ id: x86_reg) -> String? {
        id == X86_REG_INVALID ? nil : cs_reg_name(handle, id.rawValue).map { String(cString: $0) }
    }
}

/// The text in one of capstone's fixed C character arrays, up to its terminating zero.
private func characters<CArray>(_ array: CArray) -> String {
    // Sound: a tuple of `CChar` is read as the bytes that it is.
    withUnsafeBytes(of: array) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
