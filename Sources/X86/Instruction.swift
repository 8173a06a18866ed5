/// One instruction as text, with what a pane or a stepper needs to know about it.
public struct Instruction: Hashable, Sendable, CustomStringConvertible {
    /// The ways in which an instruction hands over control.
    public enum Flow: String, Hashable, Sendable {
        /// To the next instruction.
        case next
        case jump
        /// Either to the target or to the next instruction; LOOP and JRCXZ included.
        case conditionalJump
        case call
        case `return`
        /// INT n, INT3, INTO, SYSCALL, SYSENTER.
        case interrupt
        /// IRET, SYSRET, SYSEXIT.
        case interruptReturn
        /// HLT: to the next instruction, once an interrupt comes.
        case halt
    }

    /// The instruction pointer that was given for it.
    public let address: UInt64
    /// The bytes of this instruction, none more; empty only where no bytes were given.
    public let bytes: [UInt8]
    /// With its prefixes, as `rep outsb`; `.byte` where the bytes are no instruction.
    public let mnemonic: String
    /// As the syntax writes them, separated by commas; empty where there are none.
    public let operands: String
    /// Where execution can go from it.
    public let flow: Flow
    /// Where a direct jump or call goes; nil for others, indirect ones included.
    public let target: UInt64?
    /// The selector of a direct far jump or call, whose `target` is then an offset in that segment.
    public let targetSelector: SegmentSelector?
    /// IN, OUT, INS or OUTS.
    public let isPortIO: Bool
    /// INS or OUTS, which move between a port and memory.
    public let isStringIO: Bool
    /// A REP, REPE or REPNE prefix on a string instruction.
    public let isRepeated: Bool
    /// Operands that lie in memory; LEA and NOP name one that they do not touch.
    public let memoryOperands: [MemoryOperand]
    /// The bytes are no instruction: an invalid opcode, or one that was cut off.
    public let isUndecodable: Bool

    /// 1 to 15 bytes; 0 only where no bytes were given.
    public var length: Int { bytes.count }
    /// Where the next instruction begins.
    public var end: UInt64 { address &+ UInt64(bytes.count) }
    /// The first operand that lies in memory.
    public var memoryOperand: MemoryOperand? { memoryOperands.first }
    /// Mnemonic and operands with a space between.
    public var text: String { operands.isEmpty ? mnemonic : mnemonic + " " + operands }
    /// The bytes in hexadecimal, as `48 89 d8`.
    public var byteText: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    public var description: String { text }

    /// A byte that is not the beginning of an instruction, shown as the assembler would take it.
    static func undecodable(_ byte: UInt8?, at address: UInt64) -> Instruction {
        Instruction(
            address: address, bytes: byte.map { [$0] } ?? [], mnemonic: ".byte",
            operands: byte.map { ($0 < 16 ? "0x0" : "0x") + String($0, radix: 16) } ?? "", flow: .next, target: nil,
            targetSelector: nil, isPortIO: false, isStringIO: false, isRepeated: false, memoryOperands: [],
            isUndecodable: true)
    }
}
