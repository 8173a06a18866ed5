internal import Glibc
internal import KVM

/// Guest physical memory as KVM was told of it, with the pages of this process that serve as it.
struct MemorySlot: Sendable {
    let region: MemoryRegion
    let mapping: HostMapping

    /// Makes a slot of fresh memory; KVM has still to be told.
    /// - Parameter size: in bytes; where it is no number of whole pages, KVM shall judge it, and there is room for it.
    init(_ number: UInt32, start: UInt64, size: Int, flags: MemoryRegion.Flags = []) throws(MachineError) {
        let (room, overflow) = size.addingReportingOverflow(GuestMemory.pageSize - 1)
        guard size > 0, !overflow else { throw .memory(bytes: size, errno: size > 0 ? ENOMEM : EINVAL) }
        mapping = try HostMapping(size: room / GuestMemory.pageSize * GuestMemory.pageSize)
        region = MemoryRegion(
            slot: number, guestAddress: start, size: UInt64(size), hostAddress: mapping.address, flags: flags)
    }

    /// What KVM is told to take it away.
    var none: MemoryRegion {
        var none = region
        none.size = 0
        return none
    }

    /// Frames of guest physical memory that begin in it.
    var frames: Range<UInt64> {
        let first = region.guestAddress >> 12
        return first..<first + UInt64(mapping.size / GuestMemory.pageSize)
    }

    /// Where bytes of guest physical memory lie in the mapping; nil where they do not lie in it whole.
    func offset(of address: UInt64, _ count: Int) -> Int? {
        guard count >= 0, address >= region.guestAddress, address - region.guestAddress <= region.size,
            UInt64(count) <= region.size - (address - region.guestAddress)
        else { return nil }
        return Int(address - region.guestAddress)
    }
}

/// An anonymous mapping, given back when dropped.
// Sound to share: the address never changes, and who reaches it checks bounds.
final class HostMapping: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    /// Bytes; a multiple of the page size.
    let size: Int

    var address: UInt64 { UInt64(UInt(bitPattern: base)) }

    /// Maps zero-filled memory that takes no room before it is touched.
    init(size: Int) throws(MachineError) {
        let mapping = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapping, mapping != MAP_FAILED else { throw .memory(bytes: size, errno: errno) }
        base = mapping
        self.size = size
    }

    /// Makes it zeros again, which take no room.
    func clear() { madvise(base, size, MADV_DONTNEED) }

    deinit { munmap(base, size) }
}
