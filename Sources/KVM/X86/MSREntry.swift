/// One model-specific register with its value (`struct kvm_msr_entry`).
public struct MSREntry: Sendable, Hashable {
    public var index: UInt32
    public var value: UInt64

    public init(index: UInt32, value: UInt64 = 0) {
        self.index = index
        self.value = value
    }

    static let size = 16
    static let headerSize = 8

    /// Reads the first `count` entries of `struct kvm_msrs`; those that the bytes do not hold are left out.
    static func list(in bytes: [UInt8], count: Int) -> [MSREntry] {
        bytes.withUnsafeBytes { raw in
            guard raw.count >= headerSize, count > 0 else { return [] }
            return (0..<min(count, (raw.count - headerSize) / size)).map { n in
                MSREntry(
                    index: raw.loadUnaligned(fromByteOffset: headerSize + n * size, as: UInt32.self),
                    value: raw.loadUnaligned(fromByteOffset: headerSize + n * size + 8, as: UInt64.self))
            }
        }
    }

    static func bytes(_ entries: [MSREntry]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: headerSize + entries.count * size)
        bytes.withUnsafeMutableBytes { raw in
            raw.storeBytes(of: UInt32(truncatingIfNeeded: entries.count), as: UInt32.self)
            for (n, entry) in entries.enumerated() {
                raw.storeBytes(of: entry.index, toByteOffset: headerSize + n * size, as: UInt32.self)
                raw.storeBytes(of: entry.value, toByteOffset: headerSize + n * size + 8, as: UInt64.self)
            }
        }
        return bytes
    }
}
