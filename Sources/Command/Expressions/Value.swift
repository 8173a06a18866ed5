/// What an expression comes to: a number, a text, a yes or no, or a reason why nobody knows.
///
/// Numbers are 64-bit patterns, as registers and addresses are. Comparison, division and shifts to the right read them
/// without a sign; `-1` is 0xffff_ffff_ffff_ffff, so `ioctl.result == -1` holds where the source gives the
/// sign-extended pattern, and `ioctl.result < 0` never does. Arithmetic wraps around.
public enum Value: Hashable, Sendable {
    case integer(UInt64)
    case text(String)
    case boolean(Bool)
    /// Nobody knows; the text says why, and how to find out where that is possible.
    case unknown(String)
}

extension Value {
    /// A signed number as its 64-bit pattern.
    public static func signed(_ number: Int64) -> Value { .integer(UInt64(bitPattern: number)) }

    /// Yes or no, where a number that is not 0 counts as yes; nil for a text and for what is unknown.
    public var truth: Bool? {
        switch self {
        case .boolean(let flag): flag
        case .integer(let number): number != 0
        case .text, .unknown: nil
        }
    }

    /// Whether so many bits hold a number: as it stands, or as a negative one.
    public static func fits(_ number: UInt64, bits: Int) -> Bool {
        guard bits < 64 else { return true }
        let signed = Int64(bitPattern: number)
        return number >> UInt64(max(bits, 0)) == 0 || signed < 0 && signed >= -(1 << Int64(max(bits - 1, 0)))
    }

    /// The reason why the value is not known, nil if it is known.
    public var unknownReason: String? {
        if case .unknown(let reason) = self { reason } else { nil }
    }

    /// What kind of value this is, in the words of an error message.
    var kindName: String {
        switch self {
        case .integer: "a number"
        case .text: "a text"
        case .boolean: "a yes or no"
        case .unknown: "unknown"
        }
    }
}

extension Value: CustomStringConvertible {
    /// One line to read: a number in decimal and hexadecimal, a text as it is, `unknown: reason`.
    public var description: String {
        switch self {
        case .integer(let number):
            switch number {
            case 0...9: String(number)
            // So near the top it is a small negative number, as a failed call returns it.
            case (UInt64.max - 4095)...: "\(Int64(bitPattern: number)) = 0x\(String(number, radix: 16))"
            default:
                "\(number) = 0x\(String(number, radix: 16))"
                    + (Spelling.characterLiteral(number).map { " = \($0)" } ?? "")
            }
        case .text(let text): text
        case .boolean(let flag): flag ? "true" : "false"
        case .unknown(let reason): "unknown: \(reason)"
        }
    }
}
