/// A memory operand of an instruction, from which the address that it touches can be worked out.
public struct MemoryOperand: Hashable, Sendable {
    /// The segment override as written, such as `fs`; nil where the default segment is used.
    public let segment: String?
    /// Name of the base register, such as `rbx`; `rip` for RIP-relative operands.
    public let base: String?
    /// Name of the register that is multiplied by `scale`.
    public let index: String?
    /// 1, 2, 4 or 8.
    public let scale: Int
    /// The displacement, sign-extended.
    public let displacement: Int64
    /// Bytes read or written; 0 where the instruction has no fixed size.
    public let size: Int
    /// The instruction takes a value from there.
    public let isRead: Bool
    /// The instruction puts a value there.
    public let isWritten: Bool
    /// 2, 4 or 8: sums wrap at this many bytes.
    public let addressSize: Int
    /// The address of the following instruction, which RIP-relative operands count from.
    public let nextInstruction: UInt64

    /// The offset within the segment, or nil where the value of a register is not known.
    ///
    /// - Parameter register: Gives a register by its lower-case name (`rbx`, `ebx` or `bx`, as the operand has it).
    ///   Upper bits that the named register does not have may be left in.
    public func effectiveAddress(register: (String) -> UInt64?) -> UInt64? {
        var sum = UInt64(bitPattern: displacement)
        if let base {
            if base == "rip" || base == "eip" || base == "ip" {
                sum &+= nextInstruction
            } else {
                guard let value = register(base) else { return nil }
                sum &+= value
            }
        }
        if let index, index != "riz", index != "eiz" {
            guard let value = register(index) else { return nil }
            sum &+= value &* UInt64(truncatingIfNeeded: scale)
        }
        return addressSize >= 8 ? sum : sum & bits(addressSize * 8 - 1, 0)
    }
}
