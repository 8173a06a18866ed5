internal import KVM
internal import Synchronization

/// How the pages of guest memory that changed are found while the vCPUs stand.
public enum MemoryTracking: String, Sendable, CaseIterable {
    /// Not at all.
    case none
    /// Each page that is there is compared with what it held: costs time with the memory that is in use, and KVM does
    /// nothing otherwise than without it.
    case comparison
    /// By KVM's dirty log: cheap whatever the size, but KVM then maps 4 KiB pages alone and takes the right to write
    /// from each page that it names, which the guest meets as page faults. KVM API document, KVM_GET_DIRTY_LOG.
    case dirtyLog
}

// Changing it, and what KVM has to be told.
extension Machine {
    /// How changed pages are found now.
    public var tracking: MemoryTracking { trackingNow.withLock { $0 } }

    /// Finds changed pages in another way from here on. The vCPUs must stand.
    public func track(_ new: MemoryTracking) throws(MachineError) {
        let old = tracking
        guard new != old else { return }
        trackingNow.withLock { $0 = new }
        guard (old == .dirtyLog) != (new == .dirtyLog) else { return }
        for slot in memory.slots where !slot.region.flags.contains(.readOnly) { try tell(toldRegion(of: slot)) }
        // What changed before the log began is found by comparing once.
        guard new == .dirtyLog else { return }
        let frames = framesThatDiffer()
        pending.withLock { $0 += frames }
    }

    /// A slot as KVM is told of it, with the log that the tracking needs.
    func toldRegion(of slot: MemorySlot) -> MemoryRegion { Self.toldRegion(of: slot, tracking) }

    static func toldRegion(of slot: MemorySlot, _ tracking: MemoryTracking) -> MemoryRegion {
        var region = slot.region
        // The guest cannot write to a read-only slot, so there is nothing to log.
        if tracking == .dirtyLog, !region.flags.contains(.readOnly) { region.flags.insert(.logDirtyPages) }
        return region
    }

    /// Frames whose bytes are not those that are known.
    ///
    /// A page that the host has not made yet holds zeros, and is not touched: reading it would make it.
    func framesThatDiffer() -> [UInt64] {
        var frames: [UInt64] = []
        for slot in memory.slots {
            let present = PresentPages(slot.mapping)
            known.withLock { known in
                for page in 0..<slot.mapping.size / GuestMemory.pageSize where present[page] {
                    let frame = slot.frames.lowerBound + UInt64(page)
                    let bytes = UnsafeRawBufferPointer(
                        start: slot.mapping.base + page * GuestMemory.pageSize, count: GuestMemory.pageSize)
                    if known.differs(frame, from: bytes) { frames.append(frame) }
                }
            }
        }
        return frames
    }
}
