/// The few bytes that an access moves, held without allocation when there are eight or fewer.
public struct ExitBytes: RandomAccessCollection, Sendable, Hashable {
    /// The first eight bytes, the first of them lowest; unused ones are zero so that equality is bitwise.
    private var word: UInt64
    public let count: Int
    /// All bytes, when there are more than eight.
    private var many: [UInt8]?

    public init() {
        word = 0
        count = 0
        many = nil
    }

    /// The `count` lowest bytes of a little-endian value; `count` beyond 8 counts as 8.
    public init(word: UInt64, count: Int) {
        let count = Swift.min(8, Swift.max(0, count))
        self.count = count
        self.word = count == 8 ? word : word & ((1 << UInt64(count * 8)) &- 1)
        many = nil
    }

    public init(_ bytes: UnsafeRawBufferPointer) {
        count = bytes.count
        if bytes.count <= 8 {
            var word: UInt64 = 0
            for (index, byte) in bytes.enumerated() { word |= UInt64(byte) << UInt64(index * 8) }
            self.word = word
            many = nil
        } else {
            word = 0
            many = [UInt8](bytes)
        }
    }

    public init(_ bytes: some Sequence<UInt8>) {
        self = [UInt8](bytes).withUnsafeBytes { ExitBytes($0) }
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public subscript(position: Int) -> UInt8 {
        precondition(position >= 0 && position < count, "index out of range")
        return many?[position] ?? UInt8(truncatingIfNeeded: word >> UInt64(position * 8))
    }

    /// The bytes as a little-endian number; those beyond the eighth are not in it.
    public var value: UInt64 {
        guard let many else { return word }
        return many.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Two hex digits a byte, in memory order.
    public var hex: String {
        let digits: [Character] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"]
        var text = ""
        text.reserveCapacity(count * 2)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}
