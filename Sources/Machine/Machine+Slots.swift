internal import Glibc
public import KVM
internal import Synchronization

// Memory slots, as they are made, changed and looked into while the machine stands.
extension Machine {
    /// The largest slot that may be added.
    public static let largestAddedSlot = 1 << 30

    /// The slots as KVM has them now, by their numbers; the first begins at address 0.
    public var slots: [MemoryRegion] { memory.slots.map { toldRegion(of: $0) } }

    /// Lays fresh, zero-filled memory under guest physical addresses, or takes a slot away where `size` is 0.
    ///
    /// The vCPUs must stand. Source: KVM API document, "KVM_SET_USER_MEMORY_REGION".
    /// - Parameter slot: not 0, which is the memory that the guest was loaded into.
    public func setSlot(_ slot: UInt32, start: UInt64, size: Int, isReadOnly: Bool) throws(MachineError) {
        guard size > 0 else {
            return try remove(slot: MemoryRegion(slot: slot, guestAddress: start, size: 0, hostAddress: 0))
        }
        guard size <= Self.largestAddedSlot else { throw .memory(bytes: size, errno: ENOMEM) }
        try add(
            try MemorySlot(
                slot, start: start, size: size, flags: isReadOnly ? .readOnly : []))
    }

    /// Makes the slots beside the first those of a snapshot again: the same host memory, empty, at the same places.
    func setSlots(to slots: [MemorySlot]) throws(MachineError) {
        let wanted = slots.map(\.region)
        let present = memory.moreSlots
        for slot in present where !wanted.contains(slot.region) { try remove(slot: slot.none) }
        for slot in slots where !present.contains(where: { $0.region == slot.region }) { try add(slot) }
    }

    private func add(_ slot: MemorySlot) throws(MachineError) {
        try tell(toldRegion(of: slot))
        memory.add(slot)
        known.withLock { $0.forget(slot.frames) }
    }

    private func remove(slot: MemoryRegion) throws(MachineError) {
        try tell(slot)
        guard let gone = memory.remove(slot.slot) else { return }
        known.withLock { $0.forget(gone.frames) }
    }

    func tell(_ region: MemoryRegion) throws(MachineError) {
        do throws(KVMError) { try vm.value.setMemoryRegion(region) } catch { throw .kvm(error) }
    }

    /// Bytes of guest physical memory that lie in one slot.
    public func read(_ count: Int, at address: UInt64) throws(MachineError) -> [UInt8] {
        try memory.read(count, at: address)
    }

    /// Writes bytes of guest physical memory that lie in one slot.
    public func write(_ bytes: some Collection<UInt8>, at address: UInt64) throws(MachineError) {
        try memory.write(bytes, at: address)
    }

    /// Frames that the guest, KVM or this process wrote since the last call; none where nothing is tracked.
    ///
    /// By comparison they are those that differ from what is known, so they come again until `takeChangedPages` read them.
    public func takeChangedFrames() throws(MachineError) -> [UInt64] {
        let written = memory.takeWrittenFrames()
        var frames: [UInt64] = pending.withLock { pending in
            defer { pending.removeAll() }
            return pending
        }
        guard tracking == .dirtyLog else {
            frames += tracking == .comparison ? framesThatDiffer() : written.flatMap { Array($0) }
            return Array(Set(frames)).sorted()
        }
        var found: [UInt64] = []
        for slot in memory.slots {
            let within = slot.frames
            var bitmap = [UInt64](repeating: 0, count: (within.count + 63) / 64)
            if !slot.region.flags.contains(.readOnly) {
                do throws(KVMError) {
                    try vm.value.getDirtyLog(
                        slot: slot.region.slot, pageCount: within.count, into: &bitmap, purpose: .observation)
                } catch {
                    throw .kvm(error)
                }
            }
            for frame in written.joined() where within.contains(frame) {
                let place = frame - within.lowerBound
                bitmap[Int(place / 64)] |= 1 << (place % 64)
            }
            for frame in frames where within.contains(frame) {
                let place = frame - within.lowerBound
                bitmap[Int(place / 64)] |= 1 << (place % 64)
            }
            found += Self.frames(in: bitmap).map { within.lowerBound + $0 }
        }
        return found
    }

    /// The numbers of the bits that are set.
    private static func frames(in bitmap: [UInt64]) -> [UInt64] {
        var frames: [UInt64] = []
        for (index, var word) in bitmap.enumerated() {
            while word != 0 {
                frames.append(UInt64(index * 64 + word.trailingZeroBitCount))
                word &= word - 1
            }
        }
        return frames
    }

    /// Makes KVM drop what it remembers of guest page tables: each slot is taken away and given again.
    ///
    /// Where KVM shadows the guest's tables it sees the guest's writes to them, but not this process's. The two calls
    /// leave nothing changed and pass unseen.
    public func forgetTranslations() throws(MachineError) {
        let slots = memory.slots.map { (none: $0.none, told: toldRegion(of: $0)) }
        do throws(KVMError) {
            try withVM { vm throws(KVMError) in
                let level = vm.door.level
                vm.door.level = .off
                defer { vm.door.level = level }
                for slot in slots {
                    try vm.setMemoryRegion(slot.none)
                    try vm.setMemoryRegion(slot.told)
                }
            }
        } catch {
            throw .kvm(error)
        }
    }
}
