public import KVM

/// The XSAVE area of a vCPU, in the standard format. Two are equal where they hold the same state.
///
/// A processor may say of a component that it is in its initial state, and then its bytes do not count, or hold the same
/// values in those bytes. Source: Intel SDM volume 1, "XSAVE Area" and "Processor Tracking of XSAVE-Managed State".
public struct XSAVEArea: Sendable, Hashable {
    /// A component beyond x87 and SSE, which lie at fixed places.
    public struct Component: Sendable, Hashable {
        /// Its number, which is its bit in XSTATE_BV.
        public var number: Int
        public var offset: Int
        public var size: Int

        public init(number: Int, offset: Int, size: Int) {
            self.number = number
            self.offset = offset
            self.size = size
        }
    }

    public let bytes: [UInt8]
    /// The same state in one spelling.
    private let state: [UInt8]

    /// XSTATE_BV, and before it what the hardware leaves to software.
    private static let header = 464..<520
    private static let legacySize = 576

    public init(_ bytes: [UInt8], components: [Component]) {
        self.bytes = bytes
        guard bytes.count >= Self.legacySize else {
            state = bytes
            return
        }
        var state = bytes
        let present = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[512 + $1]) << UInt64($1 * 8) }
        func clear(_ range: Range<Int>) { for index in range.clamped(to: 0..<state.count) { state[index] = 0 } }
        if present & 1 == 0 {
            // x87: the control word is 0x37f, MXCSR with its mask is none of it.
            clear(0..<24)
            clear(32..<160)
            (state[0], state[1]) = (0x7F, 0x03)
        }
        if present & 2 == 0 { clear(160..<416) }
        for component in components where component.number < 64 && present >> UInt64(component.number) & 1 == 0 {
            clear(component.offset..<component.offset + component.size)
        }
        clear(Self.header)
        self.state = state
    }

    public static func == (a: Self, b: Self) -> Bool { a.state == b.state }
    public func hash(into hasher: inout Hasher) { hasher.combine(state) }

    /// Where two of the same size hold other state.
    func differences(from other: XSAVEArea) -> [Int] {
        zip(state, other.state).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
    }
}

extension XSAVEArea.Component {
    /// The components that `cpuid` leaf 0xD lists, those left out that have no place in the standard format.
    static func list(in cpuid: [CPUIDEntry]) -> [XSAVEArea.Component] {
        cpuid.filter { $0.function == 0xD && $0.index >= 2 && $0.index < 63 && $0.eax > 0 && $0.ecx & 1 == 0 }
            .map { .init(number: Int($0.index), offset: Int($0.ebx), size: Int($0.eax)) }
    }
}
