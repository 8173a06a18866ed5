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
        guard let base = bytes.baseAddress else {
            word = 0
            many = nil
            return
        }
        // The sizes of single accesses get a load each: every port exit passes here.
        switch bytes.count {
        case 1: word = UInt64(base.load(as: UInt8.self))
        case 2: word = UInt64(UInt16(littleEndian: base.loadUnaligned(as: UInt16.self)))
        case 4: word = UInt64(UInt32(littleEndian: base.loadUnaligned(as: UInt32.self)))
        case 8: word = UInt64(littleEndian: base.loadUnaligned(as: UInt64.self))
        case 0..<8:
            word = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        default:
            word = 0
            many = [UInt8](bytes)
            return
        }
        many = nil
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
