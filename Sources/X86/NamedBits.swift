/// One bit or field of a register as the manual names it, with a line for a person who meets it the first time.
public struct NamedBit: Hashable, Sendable {
    /// The manual's mnemonic, such as `WP`.
    public let name: String
    /// Where it lies in the register.
    public let bits: BitRange
    /// What the processor does when it is set, in one line.
    public let meaning: String

    /// The number of its lowest bit.
    public var bit: Int { bits.low }

    init(_ name: String, _ bit: Int, _ meaning: String) {
        self.init(name, BitRange(bit), meaning)
    }

    init(_ name: String, _ bits: BitRange, _ meaning: String) {
        self.name = name
        self.bits = bits
        self.meaning = meaning
    }
}

/// A register that is a row of flags, each with a name.
public protocol NamedBits: RawRepresentable, Hashable, Sendable, CustomStringConvertible where RawValue == UInt64 {
    /// Every named bit, from the lowest up.
    static var bits: [NamedBit] { get }
    /// Reserved bits that always read as one and so tell nothing.
    static var alwaysOne: UInt64 { get }
}

extension NamedBits {
    public static var alwaysOne: UInt64 { 0 }

    /// The names of the bits that are set, lowest first; a wide field as `IOPL=3`, a bit without a name as `bit 37`.
    public var names: [String] {
        var unnamed = rawValue & ~Self.alwaysOne
        var result: [String] = []
        for field in Self.bits {
            let value = field.bits.value(in: rawValue)
            unnamed &= ~field.bits.mask
            guard value != 0 else { continue }
            result.append(field.bits.width == 1 ? field.name : "\(field.name)=\(value)")
        }
        while unnamed != 0 {
            result.append("bit \(unnamed.trailingZeroBitCount)")
            unnamed &= unnamed &- 1
        }
        return result
    }

    /// The names with spaces between, as `PE ET NE WP PG`; empty when nothing is set.
    public var description: String { names.joined(separator: " ") }
}
