/// The newest part of what the guest wrote to the console: enough to show, bounded whatever the guest does.
public struct ConsoleTail: Sendable, Equatable {
    /// Bytes kept.
    public static let limit = 16384
    public private(set) var bytes: [UInt8] = []
    /// All bytes ever written, those no longer kept included.
    public private(set) var total = 0

    public init() {}

    mutating func append(_ more: Bytes) {
        more.append(to: &bytes)
        total += more.count
        // Trimmed in steps, so that a guest that writes for ever does not make each byte cost a copy.
        if bytes.count > 2 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
    }

    /// False once the beginning was dropped: what is not found in the text may still have been written.
    public var isWhole: Bool { total == bytes.count }

    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension ConsoleTail {
    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.octets(&bytes)
        try coder.number(&total)
    }
}
