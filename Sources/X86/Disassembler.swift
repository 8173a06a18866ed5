import CCapstone

/// Turns instruction bytes into text; one handle of the capstone library, closed when the last reference goes.
///
/// Not Sendable: a capstone handle may be used by one thread at a time, and decoding reuses one buffer.
public final class Disassembler {
    /// How operands are written.
    public enum Syntax: Hashable, Sendable {
        /// Destination first, as in the manuals.
        case intel
        /// Source first, as the GNU assembler writes by default.
        case att
    }

    /// The code size that bytes are read as.
    public let mode: CodeSize
    public let syntax: Syntax
    private let handle: csh
    /// Owned, from `cs_malloc`; capstone writes each decoded instruction over the last one.
    private let buffer: UnsafeMutablePointer<cs_insn>

    /// The longest instruction, in bytes (Intel SDM volume 2, "Instruction Format").
    public static let longestInstruction = 15

    /// - Throws: `DisassemblerError` where the installed capstone cannot do x86 in this mode or syntax.
    public init(mode: CodeSize, syntax: Syntax = .intel) throws(DisassemblerError) {
        let bits =
            switch mode {
            case .bits16: CS_MODE_16
            case .bits32: CS_MODE_32
            case .bits64: CS_MODE_64
            }
        var handle: csh = 0
        try DisassemblerError.check(cs_open(CS_ARCH_X86, bits, &handle), "cs_open for \(mode.rawValue)-bit x86")
        do throws(DisassemblerError) {
            try DisassemblerError.check(
                cs_option(handle, CS_OPT_DETAIL, Int(CS_OPT_ON.rawValue)), "cs_option CS_OPT_DETAIL")
            let notation = syntax == .att ? CS_OPT_SYNTAX_ATT : CS_OPT_SYNTAX_INTEL
            try DisassemblerError.check(
                cs_option(handle, CS_OPT_SYNTAX, Int(notation.rawValue)), "cs_option CS_OPT_SYNTAX")
            guard let buffer = cs_malloc(handle) else {
                throw DisassemblerError(operation: "cs_malloc", code: UInt32(CS_ERR_MEM.rawValue))
            }
            self.buffer = buffer
        } catch {
            cs_close(&handle)
            throw error
        }
        self.handle = handle
        self.mode = mode
        self.syntax = syntax
    }

    deinit {
        cs_free(buffer, 1)
        var handle = handle
        cs_close(&handle)
    }

    /// The instruction that the bytes begin with. Bytes beyond the fifteenth are not looked at.
    ///
    /// Where they begin with none, the first byte comes back as `.byte 0x..` with `isUndecodable`; so does an
    /// instruction that the bytes cut off. Without any byte, length is 0.
    ///
    /// - Parameter address: The instruction pointer. In 16-bit code that is IP, not the linear address, since targets
    ///   of jumps wrap at 64 KiB.
    public func decode(_ bytes: some Collection<UInt8>, at address: UInt64) -> Instruction {
        let window = Array(bytes.prefix(Self.longestInstruction))
        guard let first = window.first else { return .undecodable(nil, at: address) }
        let decoded = window.withUnsafeBufferPointer { window in
            // Sound: capstone reads at most `count` bytes from `code` while this closure holds the array.
            var code = window.baseAddress
            var count = window.count
            var next = address
            return cs_disasm_iter(handle, &code, &count, &next, buffer)
        }
        guard decoded, buffer.pointee.detail != nil else { return .undecodable(first, at: address) }
        return Instruction(buffer.pointee, bytes: window, mode: mode, handle: handle)
    }

    /// Up to `count` instructions one after the other, fewer where the bytes run out.
    ///
    /// Undecodable bytes are one instruction each, so what follows them may have lost its step. Give some bytes more
    /// than needed, lest the last instruction be cut off.
    public func instructions(from bytes: some Collection<UInt8>, at address: UInt64, count: Int) -> [Instruction] {
        var result: [Instruction] = []
        var rest = bytes[...]
        var next = address
        while result.count < count, !rest.isEmpty {
            let instruction = decode(rest, at: next)
            rest = rest.dropFirst(instruction.length)
            next = instruction.end
            result.append(instruction)
        }
        return result
    }
}

/// Capstone refused: which call, and its own words for why.
public struct DisassemblerError: Error, Hashable, CustomStringConvertible {
    /// The capstone function, and on what.
    public let operation: String
    /// The `cs_err` number.
    public let code: UInt32

    public var description: String {
        let reason = cs_strerror(cs_err(rawValue: code)).map { String(cString: $0) } ?? "error \(code)"
        return "\(operation): \(reason). Disassembly needs libcapstone built with x86."
    }

    static func check(_ code: cs_err, _ operation: String) throws(DisassemblerError) {
        guard code != CS_ERR_OK else { return }
        throw DisassemblerError(operation: operation, code: code.rawValue)
    }
}
