internal import Glibc
public import KVM
internal import Synchronization

/// What a machine is made of.
public struct MachineConfiguration: Sendable {
    public var image: GuestImage
    public var vcpus: Int
    /// Guest memory in bytes, rounded up to whole pages.
    public var memorySize: Int
    /// Slots beside the first, each with memory of its own; they may not overlap it or each other.
    public var moreSlots: [Slot] = []
    /// KVM's device; another path lets a person see what happens without one.
    public var devicePath: String
    /// How the pages that changed are found at each stop, to begin with.
    public var tracking: MemoryTracking

    /// A further memory slot.
    public struct Slot: Sendable, Hashable {
        /// First guest physical address and bytes, in whole pages.
        public var start: UInt64
        public var size: Int
        public var isReadOnly: Bool

        public init(start: UInt64, size: Int, isReadOnly: Bool = false) {
            self.start = start
            self.size = size
            self.isReadOnly = isReadOnly
        }
    }

    public static let defaultMemorySize = 16 << 20

    public init(
        image: GuestImage, vcpus: Int = 1, memorySize: Int = defaultMemorySize, devicePath: String = "/dev/kvm",
        tracking: MemoryTracking = .none
    ) {
        self.image = image
        self.vcpus = vcpus
        self.memorySize = memorySize
        self.devicePath = devicePath
        self.tracking = tracking
    }
}

/// One virtual machine with its memory, devices and vCPU threads; everything is given back by `close`.
///
/// Building it is the sequence of the API: open, version, VM, memory, vCPUs. Methods are for one owner; the threads
/// report to the observer.
public final class Machine: Sendable {
    public let configuration: MachineConfiguration
    public let memory: GuestMemory
    public let layout: BootLayout
    /// What the guest's `cpuid` answers, as every vCPU was told it.
    public let cpuid: [CPUIDEntry]
    private let system: SystemOwner
    let vm: VMOwner
    private let threads: [VCPUThread]
    let bus: Bus
    /// What is known of the memory's contents; used by the owner alone.
    let known: Mutex<KnownPages>
    let trackingNow: Mutex<MemoryTracking>
    /// Frames that are known to have changed though the tracking of now does not tell of them.
    let pending = Mutex<[UInt64]>([])
    private let access = Mutex<VCPUStateAccess?>(nil)
    /// Accesses that KVM finished for a snapshot since the owner last asked.
    private let finished = Mutex<[FinishedAccess]>([])
    private let orders = Atomic<Int>(0)
    private let current: Mutex<[Int: Int]> = Mutex([:])
    private let isClosed = Atomic<Bool>(false)
    private let observer: (any MachineObserver)?

    /// Builds the machine; every call passes the door and may wait at its gate.
    /// - Throws: what was refused, with all that was made before given back.
    public init(
        _ configuration: MachineConfiguration, door: IoctlDoor, observer: (any MachineObserver)?
    ) throws(MachineError) {
        let size = try Self.wholePages(configuration.memorySize)
        guard configuration.vcpus >= 1 else { throw .tooManyVCPUs(configuration.vcpus, maximum: 0) }
        let layout = try BootLayout(image: configuration.image, memorySize: UInt64(size), vcpus: configuration.vcpus)
        try Self.check(configuration.moreSlots, beside: UInt64(size))
        let memory = try GuestMemory(size: size)
        for (index, slot) in configuration.moreSlots.enumerated() {
            memory.add(
                try MemorySlot(
                    UInt32(index + 1), start: slot.start, size: slot.size,
                    flags: slot.isReadOnly ? .readOnly : []))
        }
        try Self.load(configuration.image, layout, into: memory)
        let bus = Bus()
        let made = try Self.create(configuration, memory, layout, bus, door, observer)
        self.configuration = configuration
        self.memory = memory
        self.layout = layout
        self.observer = observer
        self.bus = bus
        known = Mutex(KnownPages(frames: size / GuestMemory.pageSize))
        trackingNow = Mutex(configuration.tracking)
        (system, vm, threads, cpuid) = made
        for (index, thread) in threads.enumerated() {
            do {
                try thread.start()
            } catch {
                for started in threads[..<index] { started.finish() }
                isClosed.store(true, ordering: .relaxed)
                throw error
            }
        }
    }

    deinit { close() }

    private static func check(_ slots: [MachineConfiguration.Slot], beside size: UInt64) throws(MachineError) {
        var taken: [Range<UInt64>] = [0..<size]
        for slot in slots {
            let bytes = UInt64(max(slot.size, 0))
            let (end, overflow) = slot.start.addingReportingOverflow(bytes)
            let isWhole = slot.start % 4096 == 0 && bytes % 4096 == 0 && bytes > 0
            guard isWhole, !overflow, !taken.contains(where: { $0.overlaps(slot.start..<end) }) else {
                throw .slot(start: slot.start, size: slot.size)
            }
            taken.append(slot.start..<end)
        }
    }

    private static func wholePages(_ bytes: Int) throws(MachineError) -> Int {
        let (rounded, overflow) = bytes.addingReportingOverflow(GuestMemory.pageSize - 1)
        guard bytes > 0, !overflow else { throw .memory(bytes: bytes, errno: bytes > 0 ? ENOMEM : EINVAL) }
        return rounded / GuestMemory.pageSize * GuestMemory.pageSize
    }

    /// Builds the machine on a thread of its own, which ends with the build: so the caller stays free while calls wait
    /// at the gate.
    public static func buildInBackground(
        _ configuration: MachineConfiguration, door: IoctlDoor, observer: any MachineObserver,
        completion: @escaping @Sendable (Result<Machine, MachineError>) -> Void
    ) throws(MachineError) -> MachineBuild {
        let thread = try KernelThread(name: "VM builder") {
            let thread = ThisThread.id
            observer.threadDidChange(isStart: true, thread: thread, name: "VM builder", vcpu: nil)
            let result: Result<Machine, MachineError>
            do throws(MachineError) {
                result = .success(try Machine(configuration, door: door, observer: observer))
            } catch {
                result = .failure(error)
            }
            observer.threadDidChange(isStart: false, thread: thread, name: "VM builder", vcpu: nil)
            completion(result)
        }
        return MachineBuild(thread: thread)
    }

    private static func load(
        _ image: GuestImage, _ layout: BootLayout, into memory: GuestMemory
    ) throws(MachineError) {
        if let address = layout.descriptorTable {
            try memory.write(BootLayout.descriptors(for: image.mode), at: address)
        }
        if let address = layout.pageTables { try memory.write(BootLayout.identityTables(at: address), at: address) }
        for piece in layout.biosStubs?.pieces(beside: image) ?? [] { try memory.write(piece.bytes, at: piece.address) }
        for segment in image.segments { try memory.write(segment.bytes, at: segment.address) }
    }

    private static func create(
        _ configuration: MachineConfiguration, _ memory: GuestMemory, _ layout: BootLayout, _ bus: Bus,
        _ door: IoctlDoor, _ observer: (any MachineObserver)?
    ) throws(MachineError) -> (SystemOwner, VMOwner, [VCPUThread], [CPUIDEntry]) {
        do {
            let system = try System.open(path: configuration.devicePath, door: door)
            let version = try system.apiVersion()
            guard version == System.stableAPIVersion else {
                throw MachineError.version(version)
            }
            let runPageSize = try system.runPageSize()
            let synchronizes = try system.checkExtension(.synchronizedRegisters) & 3 == 3
            let maximum = try system.checkExtension(.maximumVCPUs)
            guard configuration.vcpus <= max(maximum, 1) else {
                throw MachineError.tooManyVCPUs(configuration.vcpus, maximum: maximum)
            }
            let cpuid = try system.supportedCPUID()
            let vm = try system.createVM()
            // VT-x without "unrestricted guest" runs real mode with the help of three pages near the top of 4 GiB.
            try vm.setTSSAddress(0xFFFB_D000)
            for slot in memory.slots { try vm.setMemoryRegion(toldRegion(of: slot, configuration.tracking)) }
            let owner = VMOwner(vm)
            let start = StartState(image: configuration.image, layout: layout, cpuid: cpuid)
            let context = VCPUThread.Context(
                vm: owner, memory: memory, runPageSize: runPageSize, bus: bus, observer: observer,
                exitsTaken: ExitCounter(), biosStubs: layout.biosStubs,
                synchronizesRegisters: synchronizes,
                prepare: { index, vcpu throws(KVMError) in try start.apply(to: vcpu, index: index) })
            let threads = (0..<configuration.vcpus).map { VCPUThread(index: $0, context: context) }
            return (SystemOwner(system), owner, threads, cpuid)
        } catch let error as KVMError {
            throw .kvm(error)
        } catch let error as MachineError {
            throw error
        } catch {
            throw .image(name: configuration.image.name, reason: "\(error)")
        }
    }

    public var vcpuCount: Int { threads.count }

    // MARK: Run control

    /// Gives a standing vCPU an order; its end comes to the observer as `didStop`.
    public func run(_ vcpu: Int, _ order: RunOrder) {
        guard threads.indices.contains(vcpu), !isClosed.load(ordering: .relaxed) else { return }
        let id = orders.add(1, ordering: .relaxed).newValue
        current.withLock { $0[vcpu] = id }
        threads[vcpu].put(.run(order, id: id))
    }

    /// Gets a vCPU out of its order; it stops with `kicked` unless it stopped for another reason first.
    public func pause(_ vcpu: Int) {
        guard threads.indices.contains(vcpu), let id = current.withLock({ $0[vcpu] }) else { return }
        threads[vcpu].interrupt(order: id)
    }

    /// Ends all threads and closes all descriptors; returns when they are gone.
    public func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        for index in threads.indices { pause(index) }
        for thread in threads { thread.finish() }
    }

    // MARK: A standing vCPU

    /// Nobody would answer for a vCPU that is not there, or not there any more.
    private func check(_ vcpu: Int) throws(MachineError) {
        let count = isClosed.load(ordering: .relaxed) ? 0 : threads.count
        guard vcpu >= 0, vcpu < count else { throw .noVCPU(vcpu, count: count) }
    }

    /// Runs `body` on the vCPU's own thread, which must stand, and waits for it.
    func onThread<Value: Sendable>(
        _ vcpu: Int, _ body: @escaping @Sendable (borrowing VCPU) throws(KVMError) -> Value
    ) throws(MachineError) -> Value {
        try check(vcpu)
        let reply = Mailbox<Result<Value, KVMError>>()
        threads[vcpu].put(
            .inspect { vcpu in
                do throws(KVMError) {
                    reply.put(.success(try body(vcpu)))
                } catch {
                    reply.put(.failure(error))
                }
            })
        do {
            return try reply.take().get()
        } catch {
            throw .kvm(error)
        }
    }

    /// General, segment and control registers of a standing vCPU.
    public func registers(of vcpu: Int) throws(MachineError) -> (Registers, SpecialRegisters) {
        let pair = try onThread(vcpu) { vcpu throws(KVMError) in
            RegisterPair(
                general: try vcpu.registers(purpose: .observation),
                special: try vcpu.specialRegisters(purpose: .observation))
        }
        return (pair.general, pair.special)
    }

    /// Lets KVM finish the port or memory access at which a standing vCPU left the guest: nothing else of it runs.
    ///
    /// To be called before registers are read in order to set them: KVM would write over them when it finishes the
    /// access at the next run. Source: KVM API document, 5 "The kvm_run structure", note on KVM_EXIT_IO.
    public func finishAccess(of vcpu: Int) throws(MachineError) {
        try check(vcpu)
        let reply = Mailbox<Void>()
        threads[vcpu].put(.finishAccess(reply: reply))
        reply.take()
    }

    // MARK: For snapshots

    /// Lets KVM finish all that it would else do to a state that is about to be set.
    func finishAll(of vcpu: Int) throws(MachineError) {
        try check(vcpu)
        let reply = Mailbox<Void>()
        threads[vcpu].put(.finishAll(reply: reply))
        reply.take()
    }

    /// Finds out once how this KVM gives and takes a vCPU's state.
    func stateAccess() throws(MachineError) -> VCPUStateAccess {
        if let known = access.withLock({ $0 }) { return known }
        let offers: StateOffers
        do throws(KVMError) {
            offers = StateOffers(
                indices: (try? system.value.msrIndexList()) ?? [],
                xsave: try vm.value.checkExtension(.xsave, purpose: .observation),
                xsave2: try vm.value.checkExtension(.xsave2, purpose: .observation),
                xsaveComponents: XSAVEArea.Component.list(in: cpuid),
                xcrs: try vm.value.checkExtension(.xcrs, purpose: .observation),
                debug: try vm.value.checkExtension(.debugRegisters, purpose: .observation))
        } catch {
            throw .kvm(error)
        }
        let found = try onThread(0) { vcpu throws(KVMError) in VCPUStateAccess(offers, on: vcpu) }
        access.withLock { $0 = found }
        return found
    }

    /// A standing vCPU's state, with any access finished first.
    func takeState(
        of vcpu: Int, _ access: VCPUStateAccess
    ) throws(MachineError) -> TakenState {
        try check(vcpu)
        let reply = Mailbox<Result<TakenState, KVMError>>()
        threads[vcpu].put(.takeState(access, reply: reply))
        do {
            let taken = try reply.take().get()
            if let moments = taken.finished {
                finished.withLock { $0.append(FinishedAccess(vcpu: vcpu, moments: moments)) }
            }
            return taken
        } catch {
            throw .kvm(error)
        }
    }

    /// The accesses that KVM was let finish for snapshots since the last call.
    public func takeFinishedAccesses() -> [FinishedAccess] {
        finished.withLock { finished in
            defer { finished.removeAll() }
            return finished
        }
    }

    func withVM<Value>(_ body: (borrowing VM) throws(KVMError) -> Value) throws(KVMError) -> Value {
        try body(vm.value)
    }

    public func setRegisters(of vcpu: Int, to registers: Registers) throws(MachineError) {
        try onThread(vcpu) { vcpu throws(KVMError) in try vcpu.setRegisters(registers) }
    }

    public func setSpecialRegisters(of vcpu: Int, to registers: SpecialRegisters) throws(MachineError) {
        try onThread(vcpu) { vcpu throws(KVMError) in try vcpu.setSpecialRegisters(registers) }
    }

    /// Opens the statistics of a standing vCPU.
    public func openStatistics(of vcpu: Int) throws(MachineError) -> VCPUStatistics {
        try onThread(vcpu) { vcpu throws(KVMError) in VCPUStatistics(try vcpu.openStatistics()) }
    }

    /// KVM's own walk of the guest's page tables, to hold ours against.
    public func translate(_ address: UInt64, on vcpu: Int) throws(MachineError) -> Translation {
        try onThread(vcpu) { vcpu throws(KVMError) in try vcpu.translate(address, purpose: .observation) }
    }

    /// Time of the C loop that does nothing but KVM_RUN, `exits` times on a standing vCPU.
    ///
    /// - Parameter stepping: single-steps the guest, so that each exit is one instruction.
    /// - Returns: nil where KVM refused.
    public func timeBareLoop(exits: UInt64, stepping: Bool = false, on vcpu: Int) throws(MachineError) -> LoopTime? {
        guard threads.indices.contains(vcpu) else { throw .noVCPU(vcpu, count: threads.count) }
        let reply = Mailbox<LoopTime?>()
        threads[vcpu].put(.timeBareLoop(exits: exits, stepping: stepping, reply: reply))
        return reply.take()
    }

    /// Asks the VM for one more vCPU and gives it back at once: a look at what KVM says to the number.
    public func tryCreateVCPU(_ index: Int) throws(MachineError) {
        do throws(KVMError) {
            _ = try vm.value.createVCPU(index, runPageSize: try system.value.runPageSize())
        } catch {
            throw .kvm(error)
        }
    }

    /// Tries one request on a descriptor of the standing machine; see `attempt` in KVM.
    ///
    /// - Parameter vcpu: whose descriptor is meant where `kind` is a vCPU; its own thread makes the call.
    /// - Returns: the value, or the negative error number.
    public func tryIoctl(
        _ request: UInt, _ argument: UInt16, on kind: DescriptorKind, vcpu: Int
    ) throws(MachineError) -> Int {
        switch kind {
        case .system: system.value.attempt(request, argument)
        case .vm: vm.value.attempt(request, argument)
        default: try onThread(vcpu) { $0.attempt(request, argument) }
        }
    }
}

/// The thread that builds a machine.
public struct MachineBuild: Sendable {
    let thread: KernelThread

    /// Returns when the thread is gone from the process's table.
    public func join() { thread.join() }
}

private struct RegisterPair: Sendable {
    var general: Registers
    var special: SpecialRegisters
}

/// The system descriptor, open as long as the machine is.
final class SystemOwner: Sendable {
    let value: System

    init(_ value: consuming System) { self.value = value }
}
