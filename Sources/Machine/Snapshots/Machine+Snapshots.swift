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
                memory.isZero(frame: frame) ? nil : try? read(GuestMemory.pageSize, at: frame << 12)
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
            let taken = try takeState(of: index, access)
            vcpus.append(taken.state)
            calls += taken.calls
        }
        try readChangedPages(pageLimit)
        let (pages, unread) = known.withLock { ($0.pages, $0.unread.count) }
        guard unread == 0 else {
            throw .snapshot(
                "no snapshot: the guest uses more than \(pageLimit) pages of memory, and \(unread) were not read")
        }
        var snapshot = MachineSnapshot(
            vcpus: vcpus, devices: bus.state, pages: pages, slots: memory.moreSlots, clock: nil,
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
    /// - Throws: what KVM refused; the machine is then partly the one and partly the other.
    public func restore(_ snapshot: MachineSnapshot) throws(MachineError) -> Restoration {
        guard snapshot.vcpus.count == vcpuCount else {
            throw .snapshot("the snapshot has \(snapshot.vcpus.count) vCPUs and the machine \(vcpuCount)")
        }
        var restoration = Restoration()
        let access = try stateAccess()
        for index in 0..<vcpuCount { try finishAll(of: index) }
        try readChangedPages(Self.defaultPageLimit)
        try setSlots(to: snapshot.slots)
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
}
