/// Fields as bytes: the strings that they name, then the numbers of pages and parts, then the fields themselves.
public struct Packet: Sendable {
    private let strings: [UInt8]
    private let stringCount: Int
    /// Pages that are to be stored beside it.
    public let contents: [PageContent]
    /// Bytes that are to be stored beside it, once for all packets that have the same.
    public let parts: [[UInt8]]
    private let body: [UInt8]

    init(strings: [UInt8], stringCount: Int, contents: [PageContent], parts: [[UInt8]], body: [UInt8]) {
        self.strings = strings
        self.stringCount = stringCount
        self.contents = contents
        self.parts = parts
        self.body = body
    }

    /// The whole packet, with the numbers under which pages and parts were stored, in their order here.
    public func bytes(contents: [UInt64], parts: [UInt64]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(strings.count + body.count + 3 * contents.count + 16)
        FieldWriter.append(UInt64(stringCount), to: &bytes)
        bytes += strings
        for numbers in [contents, parts] {
            FieldWriter.append(UInt64(numbers.count), to: &bytes)
            for number in numbers { FieldWriter.append(number, to: &bytes) }
        }
        return bytes + body
    }

    /// A sum over bytes that changes when any of them does.
    ///
    /// It guards against damage, not against malice: eight bytes at a time, multiplied by the prime of FNV-1a.
    public static func sum(_ bytes: [UInt8], _ more: [UInt8] = []) -> UInt64 {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        for bytes in [bytes, more] {
            bytes.withUnsafeBytes { raw in
                var offset = 0
                while offset + 8 <= raw.count {
                    let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    sum = (sum ^ word) &* 0x0000_0100_0000_01B3
                    sum ^= sum >> 29
                    offset += 8
                }
                while offset < raw.count {
                    sum = (sum ^ UInt64(raw[offset])) &* 0x0000_0100_0000_01B3
                    offset += 1
                }
                sum = (sum ^ UInt64(raw.count)) &* 0x0000_0100_0000_01B3
            }
        }
        return sum ^ sum >> 32
    }
}
