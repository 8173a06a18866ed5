import Glibc

/// What KVM counts for one VM or vCPU, and how its values are to be read: the fixed part of a statistics descriptor.
///
/// KVM API document, KVM_GET_STATS_FD. The same names mean the same on every kernel; which there are differs.
public final class KernelStatistics: Sendable {
    /// Whom the statistics are about, such as `kvm-1234/vcpu-0`.
    public let identifier: String
    public let counters: [Counter]
    private let indices: [String: Int]
    /// Where the values start in the file, and how many bytes they take.
    private let dataOffset: UInt64
    private let dataSize: Int

    /// One statistic: a number, or a histogram of several.
    public struct Counter: Sendable, Equatable {
        public enum Kind: Sendable, Equatable {
            /// Only grows, so differences are meaningful.
            case cumulative
            /// As it is now.
            case instant
            /// The largest so far.
            case peak
            /// Counts for ranges of this width; the last is open.
            case linearHistogram(width: UInt32)
            /// Counts for 0, then 1, then 2 to 3, 4 to 7 and so on.
            case logarithmicHistogram
            /// Of a type that this program does not know.
            case other(UInt32)
        }

        public var name: String
        public var kind: Kind
        /// `ns`, `bytes`, `cycles`; empty for a plain count, and the number of a unit that is not known.
        public var unit: String
        /// How many 64-bit numbers; 1 but for histograms.
        public var size: Int
        /// Bytes from the start of the values.
        var offset: Int
    }

    /// Reads header and descriptors through the number of a statistics descriptor, which stays its owner's.
    public convenience init(fd: Int32) throws(KernelStatisticsFailure) {
        try self.init(read: Self.reader(fd))
    }

    /// The same through a function: fills a buffer from an offset; its result is the bytes read or an errno, negative.
    public init(read: (UnsafeMutableRawBufferPointer, UInt64) -> Int) throws(KernelStatisticsFailure) {
        let header = try Self.bytes(24, at: 0, read)
        func word(_ index: Int) -> Int {
            header.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)) }
        }
        let (nameSize, count) = (word(1), word(2))
        let (nameOffset, counterOffset, dataOffset) = (word(3), word(4), word(5))
        // No kernel comes near these; a file that claims more is none of KVM's.
        guard (1...4096).contains(nameSize), (0...65536).contains(count) else {
            throw KernelStatisticsFailure(reason: "not KVM's binary statistics: \(count) names of \(nameSize) bytes")
        }
        identifier = Self.text(try Self.bytes(nameSize, at: UInt64(nameOffset), read)[...])
        let stride = 16 + nameSize
        let table = try Self.bytes(count * stride, at: UInt64(counterOffset), read)
        let counters = (0..<count).map { Self.counter(table[($0 * stride)..<(($0 + 1) * stride)]) }
        let size = counters.map { $0.offset + $0.size * 8 }.max() ?? 0
        guard size <= 1 << 24 else {
            throw KernelStatisticsFailure(reason: "not KVM's binary statistics: values of \(size) bytes")
        }
        self.counters = counters
        self.dataOffset = UInt64(dataOffset)
        dataSize = size
        indices = Dictionary(counters.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    private static func reader(_ fd: Int32) -> (UnsafeMutableRawBufferPointer, UInt64) -> Int {
        { buffer, offset in
            guard let offset = off_t(exactly: offset) else { return -Int(EINVAL) }
            let count = unbroken { pread(fd, buffer.baseAddress, buffer.count, offset) }
            return count < 0 ? -Int(errno) : count
        }
    }

    private static func bytes(
        _ count: Int, at offset: UInt64, _ read: (UnsafeMutableRawBufferPointer, UInt64) -> Int
    ) throws(KernelStatisticsFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { read($0, offset) }
        guard result >= 0 else {
            let refusal = FileRefusal(call: "read", path: "statistics", errno: Int32(truncatingIfNeeded: -result))
            throw KernelStatisticsFailure(reason: refusal.description)
        }
        guard result == count else {
            throw KernelStatisticsFailure(reason: "the statistics end at \(result) of \(count) bytes")
        }
        return bytes
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// struct kvm_stats_desc: flags, exponent, size, offset, bucket_size, name.
    private static func counter(_ bytes: ArraySlice<UInt8>) -> Counter {
        bytes.withUnsafeBytes { raw in
            let flags = raw.loadUnaligned(as: UInt32.self)
            let exponent = raw.loadUnaligned(fromByteOffset: 4, as: Int16.self)
            let size = raw.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
            let offset = raw.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
            let width = raw.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
            let kind: Counter.Kind =
                switch flags & 0xF {
                case 0: .cumulative
                case 1: .instant
                case 2: .peak
                case 3: .linearHistogram(width: width)
                case 4: .logarithmicHistogram
                case let other: .other(other)
                }
            return Counter(
                name: text(bytes.dropFirst(16)), kind: kind,
                unit: unit(flags >> 4 & 0xF, isBinary: flags >> 8 & 0xF == 1, exponent: exponent), size: Int(size),
                offset: Int(offset))
        }
    }

    private static func unit(_ unit: UInt32, isBinary: Bool, exponent: Int16) -> String {
        let prefix: String? =
            switch (isBinary, exponent) {
            case (_, 0): ""
            case (false, -9): "n"
            case (false, -6): "µ"
            case (false, -3): "m"
            case (false, 3): "k"
            case (false, 6): "M"
            case (false, 9): "G"
            case (true, 10): "Ki"
            case (true, 20): "Mi"
            case (true, 30): "Gi"
            default: nil
            }
        let name: String =
            switch unit {
            case 0: ""
            case 1: "bytes"
            case 2: "s"
            case 3: "cycles"
            case 4: "yes or no"
            default: "unit \(unit)"
            }
        // A prefix belongs to a unit that takes one; else the factor is written out.
        if let prefix, prefix.isEmpty || unit == 2 { return prefix + name }
        let factor = "× \(isBinary ? 2 : 10)^\(exponent)"
        return name.isEmpty ? factor : "\(name) \(factor)"
    }

    /// Where a statistic stands in `counters`.
    public func index(of name: String) -> Int? { indices[name] }

    /// The values as they are now; one system call, at a few microseconds.
    public func reading(fd: Int32) throws(KernelStatisticsFailure) -> KernelStatisticsReading {
        try reading(read: Self.reader(fd))
    }

    /// The same through a function, as in `init(read:)`.
    public func reading(
        read: (UnsafeMutableRawBufferPointer, UInt64) -> Int
    ) throws(KernelStatisticsFailure) -> KernelStatisticsReading {
        KernelStatisticsReading(self, bytes: try Self.bytes(dataSize, at: dataOffset, read))
    }
}

/// Why a statistics descriptor could not be read, in one line.
public struct KernelStatisticsFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public var reason: String
    public var description: String { reason }
}
