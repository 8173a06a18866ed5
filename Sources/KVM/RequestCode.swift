/// An ioctl's request number cut into the four parts that Linux packs into it.
///
/// Bits 0-7 are the number, 8-15 the type (0xAE for KVM), 16-29 the argument's size in bytes, 30-31 the direction.
/// Source: `include/uapi/asm-generic/ioctl.h`.
public struct RequestCode: RawRepresentable, Sendable, Hashable {
    /// Which way the argument structure travels, as the program sees it.
    public enum Direction: UInt8, Sendable, Hashable {
        /// No structure: the argument is an integer or unused.
        case none = 0
        /// The kernel reads the program's structure (`_IOW`).
        case write = 1
        /// The kernel fills the program's structure (`_IOR`).
        case read = 2
        /// Both (`_IOWR`).
        case readWrite = 3

        /// The macro that builds such a request.
        public var macro: String {
            switch self {
            case .none: "_IO"
            case .write: "_IOW"
            case .read: "_IOR"
            case .readWrite: "_IOWR"
            }
        }
    }

    /// The type byte of every KVM request.
    public static let kvmType: UInt8 = 0xAE

    public let rawValue: UInt

    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    /// Packs the parts; a size beyond 14 bits loses its upper bits, as it does in C.
    public init(direction: Direction, type: UInt8 = Self.kvmType, number: UInt8, size: Int) {
        rawValue =
            UInt(direction.rawValue) << 30 | (UInt(truncatingIfNeeded: size) & 0x3FFF) << 16 | UInt(type) << 8
            | UInt(number)
    }

    public var number: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
    public var type: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }
    /// Bytes of the argument structure, without a flexible array at its end.
    public var size: Int { Int(rawValue >> 16 & 0x3FFF) }

    public var direction: Direction {
        switch rawValue >> 30 & 3 {
        case 1: .write
        case 2: .read
        case 3: .readWrite
        default: .none
        }
    }
}
