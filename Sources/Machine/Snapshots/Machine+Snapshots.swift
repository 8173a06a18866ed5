internal import KVM
internal import Synchronization

// Taking a standing machine's whole state and setting it back.
extension Machine {
    /// Pages that a snapshot may hold, 128 MiB, unless told otherwise.
    public static let defaultPageLimit = 1 << 15

    /// The pages that changed since the last call, with their contents; KVM's part needs `logsDirtyPages`.
    public func takeChangedPages(limit: Int = defaultPageLimit) throws(MachineError) -> [ChangedPage] {
        try readChangedPages(limit)
        return known.withLock { $0.takeChanged() }
    }

    /// The same without asking KVM anew: what a snapshot has found.
    public func takePagesKnownToHaveChanged() -> [ChangedPage] { known.withLock { $0.takeChanged() } }

    private func readChangedPages(_ limit: Int) throws(MachineError) {
        let frames = try takeChangedFrames()
        known.withLock { known in
            known.update(frames, limit: limit) { frame in
                if frame < UInt64(memory.size / GuestMemory.pageSize), memory.isZero(frame: frame) { return nil }
                let bytes = try? read(GuestMemory.pageSize, at: frame << 12)
                return bytes.flatMap { $0.contains { $0 != 0 } ? $0 : nil }
            }
        }
    }

    /// The machine as it stands, when KVM has finished any access at which a vCPU left the guest.
    ///
    /// All vCPUs must stand, and the dirty log must be kept; each vCPU is asked on its own thread.
    /// - Throws: what KVM refused, or that more memory is in use than may be held.
    public func snapshot(pageLimit: Int = defaultPageLimit) throws(MachineError) -> MachineSnapshot {
        let begin = MonotonicClock.nanoseconds
        guard configuration.logsDirtyPages else {
            throw .snapshot("no snapshot: the machine was made without a dirty log, so what changed is not known")
        }
        let access = try stateAccess()
        var (vcpus, calls): ([VCPUSnapshot], Int) = ([], 1)
        for index in 0..<vcpuCount {
            let (state, count) = try takeState(of: index, access)
            vcpus.append(state)
            calls += count
        }
        try readChangedPages(pageLimit)
        let (pages, unread) = known.withLock { ($0.pages, $0.unread.count) }
        guard unread == 0 else {
            throw .snapshot(
                "no snapshot: the guest uses more than \(pageLimit) pages of memory, and \(unread) were not read")
        }
        var snapshot = MachineSnapshot(
            vcpus: vcpus, devices: bus.state, pages: pages, slots: addedRegions, clock: nil,
            omissions: access.omissions, calls: calls)
        if vcpus.contains(where: \.usesClock) {
            snapshot.clock = try? withVM { vm throws(KVMError) in try vm.clock(purpose: .observation) }
            snapshot.calls += 1
        }
        snapshot.duration = MonotonicClock.nanoseconds &- begin
        return snapshot
    }

    /// Sets the machine back, or forward, to a snapshot of a machine of the same make.
    ///
    /// All vCPUs must stand. What is the same already is not set again, as far as that can be told cheaply.
    public func restore(_ snapshot: MachineSnapshot) throws(MachineError) -> Restoration {
        guard snapshot.vcpus.count == vcpuCount else {
            throw .snapshot("the snapshot has \(snapshot.vcpus.count) vCPUs and the machine \(vcpuCount)")
        }
        guard snapshot.slots == addedRegions else {
            throw .snapshot("memory slots were added or taken away since; `reset` begins anew with the first alone")
        }
        var restoration = Restoration()
        let access = try stateAccess()
        for index in 0..<vcpuCount { try finishAccess(of: index) }
        try readChangedPages(Self.defaultPageLimit)
        let (now, unread) = known.withLock { ($0.pages, $0.unread) }
        restoration.frames = Set(now.frames(differingFrom: snapshot.pages)).union(unread).sorted()
        let zeros = [UInt8](repeating: 0, count: GuestMemory.pageSize)
        for frame in restoration.frames {
            try write(snapshot.pages[frame]?.bytes ?? zeros, at: frame << 12)
        }
        if !restoration.frames.isEmpty { try forgetTranslations() }
        // What was just written is known.
        _ = try takeChangedFrames()
        known.withLock { $0.replace(with: snapshot.pages, frames: restoration.frames) }
        for (index, state) in snapshot.vcpus.enumerated() {
            restoration.refusedMSRs += try onThread(index) { vcpu throws(KVMError) in
                try access.restore(state, on: vcpu)
            }
        }
        bus.state = snapshot.devices
        guard let clock = snapshot.clock else { return restoration }
        do throws(KVMError) {
            try withVM { vm throws(KVMError) in try vm.setClock(nanoseconds: clock) }
        } catch {
            throw .kvm(error)
        }
        return restoration
    }

    private var addedRegions: [MemoryRegion] {
        additions.withLock { $0.values.map(\.region) }.sorted { $0.slot < $1.slot }
    }

    /// Makes KVM drop what it remembers of guest page tables: the slot is taken away and given again.
    ///
    /// Where KVM shadows the guest's tables it sees the guest's writes to them, but not this process's. The two calls
    /// leave nothing changed and pass unseen.
    public func forgetTranslations() throws(MachineError) {
        let regions = slots + addedRegions
        do throws(KVMError) {
            try withVM { vm throws(KVMError) in
                let level = vm.door.level
                vm.door.level = .off
                defer { vm.door.level = level }
                for region in regions {
                    var none = region
                    none.size = 0
                    try vm.setMemoryRegion(none)
                    try vm.setMemoryRegion(region)
                }
            }
        } catch {
            throw .kvm(error)
        }
    }
}
