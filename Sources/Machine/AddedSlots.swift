internal import Glibc
internal import KVM
internal import Synchronization

/// Memory that was laid under guest physical addresses after the machine was built.
struct AddedSlot: Sendable {
    var region: MemoryRegion
    var memory: GuestMemory
}

extension Machine {
    /// The largest slot that may be added.
    public static let largestAddedSlot = 1 << 30

    /// Lays fresh, zero-filled memory under guest physical addresses, or takes a slot away where `size` is 0.
    ///
    /// The vCPUs must stand. Source: KVM API document, "KVM_SET_USER_MEMORY_REGION".
    /// - Parameter slot: not 0, which is the memory that the machine was built with.
    public func setSlot(_ slot: UInt32, start: UInt64, size: Int, isReadOnly: Bool) throws(MachineError) {
        var region = MemoryRegion(slot: slot, guestAddress: start, size: 0, hostAddress: 0)
        guard size > 0 else {
            try tell(region)
            additions.withLock { $0[slot] = nil }
            return
        }
        guard size <= Self.largestAddedSlot else { throw .memory(bytes: size, errno: ENOMEM) }
        // KVM shall judge a size that is no number of whole pages; the memory has room for it in any case.
        let pages = (size + GuestMemory.pageSize - 1) / GuestMemory.pageSize
        let memory = try GuestMemory(size: pages * GuestMemory.pageSize, start: start)
        region.size = UInt64(size)
        region.hostAddress = memory.hostAddress
        if isReadOnly {
            region.flags = .readOnly
        } else if configuration.logsDirtyPages {
            region.flags = .logDirtyPages
        }
        try tell(region)
        let added = AddedSlot(region: region, memory: memory)
        additions.withLock { $0[slot] = added }
    }

    private func tell(_ region: MemoryRegion) throws(MachineError) {
        do throws(KVMError) { try vm.value.setMemoryRegion(region) } catch { throw .kvm(error) }
    }

    /// The memory that holds a guest physical address; the first slot's where none does, so that it can complain.
    private func memory(holding address: UInt64) -> GuestMemory {
        let added = additions.withLock { added in
            added.values.first {
                address >= $0.region.guestAddress && address - $0.region.guestAddress < $0.region.size
            }
        }
        return added?.memory ?? memory
    }

    /// Bytes of guest physical memory that lie in one slot.
    public func read(_ count: Int, at address: UInt64) throws(MachineError) -> [UInt8] {
        try memory(holding: address).read(count, at: address)
    }

    /// Writes bytes of guest physical memory that lie in one slot.
    public func write(_ bytes: some Collection<UInt8>, at address: UInt64) throws(MachineError) {
        try memory(holding: address).write(bytes, at: address)
    }

    /// What `takeChangedFrames` says of the added slots.
    func takeAddedFrames() throws(MachineError) -> [UInt64] {
        var frames: [UInt64] = []
        let all = additions.withLock { Array($0.values) }
        for added in all.sorted(by: { $0.region.guestAddress < $1.region.guestAddress }) {
            let first = added.region.guestAddress >> 12
            if added.region.flags.contains(.logDirtyPages) {
                var bitmap: [UInt64] = []
                do throws(KVMError) {
                    try vm.value.getDirtyLog(
                        slot: added.region.slot, pageCount: added.memory.size / GuestMemory.pageSize, into: &bitmap,
                        purpose: .observation)
                } catch {
                    throw .kvm(error)
                }
                frames += Self.frames(in: bitmap).map { first + $0 }
            }
            frames += added.memory.takeWrittenFrames().joined()
        }
        return frames
    }
}
