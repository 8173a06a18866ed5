internal import CKVM

/// What `cpuid` answers for one leaf (`struct kvm_cpuid_entry2`).
public struct CPUIDEntry: Sendable, Hashable {
    /// EAX of the question.
    public var function: UInt32
    /// ECX of the question, where `indexIsSignificant`.
    public var index: UInt32
    /// Bit 0: the index matters.
    public var flags: UInt32
    public var eax: UInt32
    public var ebx: UInt32
    public var ecx: UInt32
    public var edx: UInt32

    public init(
        function: UInt32, index: UInt32 = 0, flags: UInt32 = 0, eax: UInt32 = 0, ebx: UInt32 = 0, ecx: UInt32 = 0,
        edx: UInt32 = 0
    ) {
        self.function = function
        self.index = index
        self.flags = flags
        self.eax = eax
        self.ebx = ebx
        self.ecx = ecx
        self.edx = edx
    }

    public var indexIsSignificant: Bool { flags & UInt32(KVM_CPUID_FLAG_SIGNIFCANT_INDEX) != 0 }

    /// Bytes of one entry, and of the header before the first.
    static let size = 40
    static let headerSize = 8

    /// Reads `struct kvm_cpuid2`; entries that the bytes do not hold are left out.
    static func list(in bytes: [UInt8]) -> [CPUIDEntry] {
        bytes.withUnsafeBytes { raw in
            guard raw.count >= headerSize else { return [] }
            let said = Int(raw.loadUnaligned(as: UInt32.self))
            return (0..<min(said, (raw.count - headerSize) / size)).map { n in
                func field(_ k: Int) -> UInt32 {
                    raw.loadUnaligned(fromByteOffset: headerSize + n * size + k * 4, as: UInt32.self)
                }
                return CPUIDEntry(
                    function: field(0), index: field(1), flags: field(2), eax: field(3), ebx: field(4), ecx: field(5),
                    edx: field(6))
            }
        }
    }

    /// `struct kvm_cpuid2` with these entries and room for `capacity`.
    static func bytes(_ entries: [CPUIDEntry], capacity: Int? = nil) -> [UInt8] {
        let capacity = max(capacity ?? 0, entries.count)
        var bytes = [UInt8](repeating: 0, count: headerSize + capacity * size)
        bytes.withUnsafeMutableBytes { raw in
            raw.storeBytes(of: UInt32(truncatingIfNeeded: capacity), as: UInt32.self)
            for (n, entry) in entries.enumerated() {
                let fields = [entry.function, entry.index, entry.flags, entry.eax, entry.ebx, entry.ecx, entry.edx]
                for (k, field) in fields.enumerated() {
                    raw.storeBytes(of: field, toByteOffset: headerSize + n * size + k * 4, as: UInt32.self)
                }
            }
        }
        return bytes
    }
}
