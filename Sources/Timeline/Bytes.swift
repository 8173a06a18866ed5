/// A short run of bytes that needs no allocation up to eight of them, since nearly every exit carries one to eight.
public struct Bytes: Sendable, Hashable {
    private var short: UInt64
    private var shortCount: UInt8
    private var long: [UInt8]?

    public init(_ bytes: some Collection<UInt8>) {
        short = 0
        shortCount = 0
        if bytes.count <= 8 {
            for byte in bytes.reversed() { short = short << 8 | UInt64(byte) }
            shortCount = UInt8(bytes.count)
        } else {
            long = Array(bytes)
        }
    }

    /// The lowest `count` bytes of a word, least significant first.
    /// - Parameter count: 0 to 8; more is taken as 8.
    public init(littleEndian word: UInt64, count: Int) {
        let kept = min(max(count, 0), 8)
        short = kept == 8 ? word : word & ((1 << (UInt64(kept) * 8)) &- 1)
        shortCount = UInt8(kept)
    }

    public var count: Int { long?.count ?? Int(shortCount) }

    public var array: [UInt8] {
        if let long { return long }
        return (0..<Int(shortCount)).map { UInt8(truncatingIfNeeded: short >> (UInt64($0) * 8)) }
    }

    func append(to bytes: inout [UInt8]) {
        if let long {
            bytes.append(contentsOf: long)
        } else {
            for index in 0..<UInt64(shortCount) { bytes.append(UInt8(truncatingIfNeeded: short >> (index * 8))) }
        }
    }

    /// The first eight bytes as one little-endian number.
    public var word: UInt64 {
        guard let long else { return short }
        return long.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Two hexadecimal digits a byte, in memory order.
    public var hex: String { array.map { hexadecimal(UInt64($0), digits: 2) }.joined() }
}

/// Lower-case hexadecimal digits, padded with zeros to at least `digits`.
public func hexadecimal(_ value: UInt64, digits: Int = 1) -> String {
    let text = String(value, radix: 16)
    return text.count >= digits ? text : String(repeating: "0", count: digits - text.count) + text
}
