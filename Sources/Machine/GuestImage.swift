/// The processor mode in which a guest starts; the start states are listed in Documentation/GUESTS.md.
public enum StartMode: String, Sendable, CaseIterable {
    case real, protected, long

    /// Where a flat image is loaded and a source is linked.
    public var loadAddress: UInt64 { self == .real ? 0x1000 : 0x10_0000 }

    /// Width of an instruction's default operands: 16, 32 or 64.
    public var bits: Int {
        switch self {
        case .real: 16
        case .protected: 32
        case .long: 64
        }
    }
}

/// What is put into guest memory before the first instruction, and where that instruction is.
public struct GuestImage: Sendable {
    public struct Segment: Sendable {
        public var address: UInt64
        public var bytes: [UInt8]
        /// Bytes in memory; more than `bytes.count` where the rest is zero (`.bss`).
        public var memorySize: UInt64

        public init(address: UInt64, bytes: [UInt8], memorySize: UInt64? = nil) {
            self.address = address
            self.bytes = bytes
            self.memorySize = memorySize ?? UInt64(bytes.count)
        }

        var end: UInt64 { address &+ memorySize }
    }

    public struct Symbol: Sendable, Equatable {
        public var name: String
        public var address: UInt64
    }

    public struct Line: Sendable, Equatable {
        public var address: UInt64
        public var number: Int
    }

    /// As the user named it.
    public var name: String
    public var mode: StartMode
    public var entry: UInt64
    public var segments: [Segment]
    public var symbols: [Symbol] = []
    public var lines: [Line] = []
    public var source: String?
    /// The header in the image that asks for an entry in 32-bit protected mode, such as `multiboot header`.
    public var entersIn32Bit: String?

    /// The lowest address that the image occupies: stacks grow down from there.
    public var lowestAddress: UInt64 { segments.map(\.address).min() ?? entry }

    /// Bytes as they stand, entered at their first.
    /// - Throws: `.image` when there are none.
    public static func flat(
        name: String, bytes: [UInt8], mode: StartMode, loadAddress: UInt64? = nil
    ) throws(MachineError) -> GuestImage {
        guard !bytes.isEmpty else { throw .image(name: name, reason: "the file is empty") }
        let address = loadAddress ?? mode.loadAddress
        return GuestImage(
            name: name, mode: mode, entry: address, segments: [Segment(address: address, bytes: bytes)])
    }
}
