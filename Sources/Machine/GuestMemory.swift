internal import Glibc
internal import KVM
internal import Synchronization

/// The guest's physical memory: the table of its slots, each with host memory of its own.
///
/// vCPUs write to it while we read: a reading is exact only while the vCPUs stand.
public final class GuestMemory: Sendable {
    public static let pageSize = 4096
    /// The slot with the lowest number, which is there as long as the memory is: found without the lock.
    private let first: MemorySlot
    /// All others, by their numbers.
    private let others = Mutex<[MemorySlot]>([])
    /// Frames that this process wrote: KVM's dirty log knows only what the guest and KVM wrote.
    private let written = Mutex<[ClosedRange<UInt64>]>([])

    /// Maps zero-filled memory that takes no room before it is touched.
    /// - Parameter size: in bytes; a multiple of the page size.
    public convenience init(size: Int, start: UInt64 = 0) throws(MachineError) {
        try self.init(size: size, start: start, flags: [])
    }

    /// - Parameter flags: of the first slot.
    init(size: Int, start: UInt64 = 0, flags: MemoryRegion.Flags) throws(MachineError) {
        guard size > 0, size % Self.pageSize == 0 else { throw .memory(bytes: size, errno: EINVAL) }
        first = try MemorySlot(0, start: start, size: size, flags: flags)
    }

    /// Bytes of the first slot; a multiple of the page size.
    public var size: Int { first.mapping.size }

    /// First guest physical address of the first slot.
    public var start: UInt64 { first.region.guestAddress }

    /// Address of the first slot's first byte in this process.
    public var hostAddress: UInt64 { first.mapping.address }

    // MARK: The table

    /// All slots, by their numbers.
    var slots: [MemorySlot] { [first] + moreSlots }

    /// Those beside the first.
    var moreSlots: [MemorySlot] { others.withLock { $0 } }

    /// Lays a slot's memory under its addresses.
    func add(_ slot: MemorySlot) {
        others.withLock { slots in
            slots.removeAll { $0.region.slot == slot.region.slot }
            slots.insert(slot, at: slots.firstIndex { $0.region.slot > slot.region.slot } ?? slots.count)
        }
    }

    /// Takes a slot away, with what it held; nil where there is none of that number beside the first.
    @discardableResult
    func remove(_ number: UInt32) -> MemorySlot? {
        others.withLock { slots in
            guard let index = slots.firstIndex(where: { $0.region.slot == number }) else { return nil }
            slots[index].mapping.clear()
            return slots.remove(at: index)
        }
    }

    // MARK: Bytes

    /// The one place where guest addresses are checked, overflow included; nil where no slot holds all the bytes.
    @inline(__always)
    private func withBytes<Value>(
        _ address: UInt64, _ count: Int, _ body: (UnsafeMutableRawPointer) -> Value
    ) -> Value? {
        if let offset = first.offset(of: address, count) { return body(first.mapping.base + offset) }
        let found = others.withLock { slots -> (mapping: HostMapping, offset: Int)? in
            for slot in slots {
                if let offset = slot.offset(of: address, count) { return (slot.mapping, offset) }
            }
            return nil
        }
        // Another thread may take the slot away meanwhile: the mapping is held.
        return found.map { found in
            withExtendedLifetime(found.mapping) { body(found.mapping.base + found.offset) }
        }
    }

    public func write(_ bytes: some Collection<UInt8>, at address: UInt64) throws(MachineError) {
        let count = bytes.count
        guard count > 0 else { return }
        let isWritten: Void? = withBytes(address, count) { target in
            UnsafeMutableRawBufferPointer(start: target, count: count).copyBytes(from: bytes)
        }
        guard isWritten != nil else { throw .address(address, count: count) }
        let frames = (address >> 12)...((address + UInt64(count) - 1) >> 12)
        written.withLock { ranges in
            // The same page again and again, as `poke` does it, must not make the list grow.
            guard !ranges.contains(where: { $0.lowerBound <= frames.lowerBound && frames.upperBound <= $0.upperBound })
            else { return }
            ranges.append(frames)
        }
    }

    public func read(_ count: Int, at address: UInt64) throws(MachineError) -> [UInt8] {
        let bytes = withBytes(address, count) { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
        guard let bytes else { throw .address(address, count: count) }
        return bytes
    }

    /// A little-endian number of 1 to 8 bytes; nil outside the memory.
    public func word(at address: UInt64, size: Int) -> UInt64? {
        guard size >= 1, size <= 8 else { return nil }
        return withBytes(address, size) { source in
            var value: UInt64 = 0
            withUnsafeMutableBytes(of: &value) {
                $0.copyMemory(from: UnsafeRawBufferPointer(start: source, count: size))
            }
            return UInt64(littleEndian: value)
        }
    }

    /// Whether a page holds nothing but zeros; true outside the memory.
    func isZero(frame: UInt64) -> Bool {
        guard frame < UInt64.max >> 12 else { return true }
        return withBytes(frame << 12, Self.pageSize) { page in
            // All bytes are zero where the first is and each equals the one before it.
            page.load(as: UInt8.self) == 0 && memcmp(page, page + 1, Self.pageSize - 1) == 0
        } ?? true
    }

    /// Frames written by this process since the last call; ranges may overlap.
    func takeWrittenFrames() -> [ClosedRange<UInt64>] {
        written.withLock { ranges in
            defer { ranges.removeAll() }
            return ranges
        }
    }
}
