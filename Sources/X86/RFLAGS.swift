/// The flags register: the results of arithmetic, and switches such as IF and TF.
///
/// Source: Intel SDM volume 1, "EFLAGS Register".
public struct RFLAGS: OptionSet, NamedBits {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Carry out of the highest bit.
    public static let cf = RFLAGS(rawValue: 1 << 0)
    /// The result was zero.
    public static let zf = RFLAGS(rawValue: 1 << 6)
    /// The result was negative.
    public static let sf = RFLAGS(rawValue: 1 << 7)
    /// Trap: #DB after each instruction.
    public static let tf = RFLAGS(rawValue: 1 << 8)
    /// Maskable interrupts are taken.
    public static let `if` = RFLAGS(rawValue: 1 << 9)
    /// Direction: string instructions go downwards.
    public static let df = RFLAGS(rawValue: 1 << 10)
    /// Signed overflow.
    public static let of = RFLAGS(rawValue: 1 << 11)
    /// Virtual-8086 mode.
    public static let vm = RFLAGS(rawValue: 1 << 17)
    /// Alignment check; in supervisor mode it lifts SMAP.
    public static let ac = RFLAGS(rawValue: 1 << 18)

    /// Bit 1 is reserved and always one.
    public static let alwaysOne: UInt64 = 1 << 1

    public static let bits = [
        NamedBit("CF", 0, "carry: an unsigned result did not fit"),
        NamedBit("PF", 2, "parity: the low byte has an even number of ones"),
        NamedBit("AF", 4, "auxiliary carry: out of bit 3, for decimal arithmetic"),
        NamedBit("ZF", 6, "zero: the result was zero"),
        NamedBit("SF", 7, "sign: the result's highest bit"),
        NamedBit("TF", 8, "trap: a debug exception after each instruction"),
        NamedBit("IF", 9, "interrupt enable: maskable interrupts are taken"),
        NamedBit("DF", 10, "direction: string instructions go downwards"),
        NamedBit("OF", 11, "overflow: a signed result did not fit"),
        NamedBit("IOPL", BitRange(13, 12), "I/O privilege level: the highest CPL that may do port I/O"),
        NamedBit("NT", 14, "nested task: IRET returns to the previous task"),
        NamedBit("RF", 16, "resume: instruction breakpoints are ignored once"),
        NamedBit("VM", 17, "virtual-8086 mode"),
        NamedBit("AC", 18, "alignment check at CPL 3; in supervisor mode it lifts SMAP"),
        NamedBit("VIF", 19, "virtual interrupt flag"),
        NamedBit("VIP", 20, "virtual interrupt pending"),
        NamedBit("ID", 21, "can be changed where CPUID exists"),
    ]
}
