private import CKVM

/// The kernel's counters of one VM or vCPU, as a file to be read at any time.
///
/// Source: KVM API document, 4.133 "KVM_GET_STATS_FD".
public struct StatisticsFile: ~Copyable, Sendable {
    let descriptor: Descriptor

    public var fd: Int32 { descriptor.target.fd }

    /// Reads `count` bytes at `offset`; fewer at the file's end. Empty when the kernel refuses.
    public borrowing func read(offset: Int, count: Int) -> [UInt8] {
        guard count > 0, offset >= 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, ckvm_pread(descriptor.target.fd, buffer.baseAddress, count, offset))
        }
    }
}
