/// Everything that the panes show, as it was at one cursor: the fold of all events before it.
public struct World: Sendable {
    public private(set) var start: RunStart?
    public private(set) var phase = MachinePhase.unbuilt
    public private(set) var descriptors: [Descriptor] = []
    public private(set) var threads: [HostThread] = []
    /// The threads as they were at the reading before, so that a pane can mark what moved.
    public private(set) var previousThreads: [HostThread] = []
    public private(set) var vcpus: [VCPU] = []
    public private(set) var memory = MemoryImage()
    public private(set) var console = ConsoleTail()
    public private(set) var guides: [IoctlGuide.Key: IoctlGuide] = [:]
    /// All ioctls, those made only to look included.
    public private(set) var ioctlCount = 0
    private var ioctlTally = Tally()
    /// The newest that was made to run the machine, not to look at it.
    public private(set) var lastIoctl: IoctlCall?
    /// Calls that stand at the gate, the longest there first; one a thread at most.
    public private(set) var waitingCalls: [WaitingCall] = []
    public private(set) var exitCount = 0
    /// The vCPU that left the guest last.
    private var lastExitVCPU: Int?
    private var kernelTally = Tally()
    /// Why the machine stands: the newest stop that was not only the company of another.
    public private(set) var lastStop: Stop?
    public private(set) var problem: String?
    public private(set) var marks: [String: Int] = [:]
    public private(set) var end: RunEnd?
    /// The roads that were traced last, by the ioctl's name.
    public private(set) var roads: [String: TracedRoad] = [:]
    /// How far one can see into the kernel; nil before anybody looked.
    public private(set) var sight: KernelSight?
    /// The KVM on which the run is made; nil where the run does not say.
    public private(set) var host: HostKVM?
    /// Tracepoint records that were written over before they were read: what is counted is less than what happened.
    public private(set) var kernelLost = 0
    /// The walk in view, and what KVM and the page map said of it; they answer for one moment, so that their answers are
    /// forgotten when the guest has run, or when memory, registers or slots are others.
    public private(set) var walk: WalkQuestion?
    public private(set) var translation: KernelTranslation?
    public private(set) var hostPage: HostPage?
    public private(set) var processor: GuestProcessor?
    /// The newest entries that KVM was seen to install, by the first guest frame that each maps.
    public private(set) var installed = InstalledEntries()
    /// How many events were folded.
    public private(set) var position = 0
    public private(set) var nanoseconds: UInt64 = 0
    /// Position of the newest resumption: what came after it is "since the last stop".
    public private(set) var resumedAt = 0

    public init() {}

    /// How often each ioctl was made, by name.
    public var ioctlCounts: [String: Int] { ioctlTally.dictionary }

    /// How often each tracepoint fired, by name.
    public var kernelCounts: [String: Int] { kernelTally.dictionary }

    /// A counter of KVM's binary statistics over all vCPUs; nil where none was read that has it.
    public func statistic(_ name: String) -> UInt64? {
        let values = vcpus.compactMap { $0.statistics[name] }
        return values.isEmpty ? nil : values.reduce(0, &+)
    }

    /// The newest exit of any vCPU.
    public var lastExit: Exit? { lastExitVCPU.flatMap { vcpus.indices.contains($0) ? vcpus[$0].lastExit : nil } }

    /// The call that stands at the gate longest.
    public var waiting: IoctlCall? { waitingCalls.first?.call }

    /// A call at the gate, with the thread that waits there.
    public struct WaitingCall: Sendable {
        public private(set) var thread: Int32
        public private(set) var call: IoctlCall
    }

    /// One vCPU as far as it is known at the cursor.
    public struct VCPU: Sendable {
        public private(set) var index: Int
        public internal(set) var fd: Int32?
        public internal(set) var thread: Int32?
        public internal(set) var isRunning = false
        public internal(set) var node = FlowNode.issueRun
        public internal(set) var lastArrow: FlowArrow?
        public internal(set) var arrows = FlowCounts()
        public internal(set) var exits = 0
        fileprivate var exitTally = Tally()
        /// How often it left for each reason.
        public var exitCounts: [String: Int] { exitTally.dictionary }
        /// Where in the timeline the newest exit stands.
        public internal(set) var exitedAt = 0
        public internal(set) var lastExit: Exit?
        public internal(set) var lastStop: Stop?
        public internal(set) var registers: RegisterReading?
        /// The reading before, for the marks.
        public internal(set) var previousRegisters: RegisterReading?
        /// Where in the timeline the registers were read; older than the last exit when the run was not recorded fully.
        public internal(set) var registersAt = 0
        /// True while registers set by user space have not been handed to KVM yet (QEMU's `kvm_vcpu_dirty`).
        public internal(set) var registersAreStale: Bool = false
        /// The newest KVM_RUN came back with EINTR, and its arrow is counted: the `intr` exit says the same again.
        fileprivate var countedInterruption = false
        /// The arrow of the KVM_RUN that is under way was counted when the vCPU was let go.
        fileprivate var countedRun = false
        fileprivate var kernelTally = Tally()
        /// Where the tracepoints left it.
        public internal(set) var kernelLoop = KernelLoop()
        /// A tracepoint told of guest mode since the newest KVM_RUN returned.
        fileprivate var wasSeenInside = false
        /// Where its time went.
        public internal(set) var times = ExitTimes()
        /// Where the newest tracepoint left the clock.
        public internal(set) var kernelTimer = KernelTimer()

        /// How often each tracepoint fired on this vCPU's thread, by name.
        public var kernelCounts: [String: Int] { kernelTally.dictionary }
        /// KVM's binary statistics as they were last read, by name; empty where they were not.
        public internal(set) var statistics: [String: UInt64] = [:]
        /// Whether it stands at an instruction that KVM's emulator gave up at, and that can be passed over.
        public var hasUnexecutedInstruction: Bool {
            lastStop?.reason == .failure && lastExit?.reason == "internal-error"
        }
        /// Whether the kernel told of guest mode: there are KVMs whose kvm_entry and kvm_exit never fire.
        public var seesGuestMode: Bool { arrows[.enter] > 0 || arrows[.exit] > 0 }
    }

    /// What is documented of a call, on the kind of descriptor that it was made on.
    public func guide(for call: IoctlCall) -> IoctlGuide? {
        guides[IoctlGuide.Key(request: call.request, kind: call.kind)].flatMap { $0.name == call.name ? $0 : nil }
    }

    /// Takes in the next event.
    public mutating func apply(_ event: Event) {
        position += 1
        // What was logged late keeps its moment, and the clock does not go back for it.
        nanoseconds = max(nanoseconds, event.nanoseconds)
        if changesAWay(event.body) { (translation, hostPage) = (nil, nil) }
        switch event.body {
        case .start(let start):
            let kept = (guides, marks, position, event.nanoseconds, host)
            self = World()
            (guides, marks, position, nanoseconds, host) = kept
            self.start = start
        case .ioctl(let call): apply(call, on: event.thread, at: event.nanoseconds)
        case .guide(let guide): if guides.count < Self.limit || guides[guide.key] != nil { guides[guide.key] = guide }
        case .descriptor(let change): apply(change)
        case .thread(let change): apply(change)
        case .exit(let exit): apply(exit, at: event.nanoseconds)
        case .kernel(let fired): apply(fired, at: event.nanoseconds)
        case .kernelTally(let tally): apply(tally)
        case .kernelLost(let count):
            kernelLost &+= count
            installed.forget(0..<UInt64.max >> 12)
        case .statistics(let reading):
            withVCPU(reading.vcpu) { vcpu in
                for counter in reading.counters { vcpu.statistics[counter.name] = counter.value }
            }
        case .road(let road): if roads.count < Self.limit || roads[road.name] != nil { roads[road.name] = road }
        case .sight(let sight): self.sight = sight
        case .host(let host): self.host = host
        case .console(let text): console.append(text.bytes)
        case .slot(let slot):
            // What KVM had for the addresses of the slot before goes with it, and what it has for the new one is new.
            for old in memory.slots where old.id == slot.id { installed.forget(old.frames) }
            installed.forget(slot.frames)
            memory.set(slot)
        case .disturbed(let disturbance): apply(disturbance)
        case .descriptors(let reading): apply(reading)
        case .threads(let reading):
            previousThreads = threads
            threads = reading
        case .registers(let reading):
            let now = position
            withVCPU(reading.vcpu) { $0.note(reading, at: now) }
        case .memory(let pages): memory.update(pages)
        case .gate(let call):
            waitingCalls.removeAll { $0.thread == event.thread }
            if waitingCalls.count >= Self.limit { waitingCalls.removeFirst() }
            waitingCalls.append(WaitingCall(thread: event.thread, call: call))
            if call.name == "KVM_RUN", let vcpu = call.vcpu {
                withVCPU(vcpu) { if $0.countedRun { $0.takeBackRun() } }
            }
        case .phase(let phase): self.phase = phase
        case .resumed(let resumption):
            memory.settle()
            problem = nil
            resumedAt = position
            withVCPU(resumption.vcpu) {
                $0.isRunning = true
                // The call is told when it returns, which may be never; that it is made is known now.
                if !$0.countedRun { $0.countRun() }
                $0.countedRun = true
                $0.lastArrow = .run
                $0.node = .insideRun
                $0.lastStop = nil
            }
        case .stopped(let stop):
            if stop.reason != .together || lastStop == nil { lastStop = stop }
            withVCPU(stop.vcpu) {
                $0.isRunning = false
                if $0.countedRun { $0.takeBackRun() }
                $0.times.noteStop()
                $0.lastStop = stop
                if $0.node.isInsideRun { $0.node = .issueRun }
            }
        case .mark(let name): mark(name, at: position)
        case .keyframe: break
        case .restored: problem = nil
        case .pastMark(let mark): self.mark(mark.name, at: mark.position)
        case .walk(let question): walk = question
        case .translation(let answer): translation = answer
        case .hostPage(let page): hostPage = page
        case .processor(let processor): self.processor = processor
        case .problem(let text): problem = text
        case .end(let end): self.end = end
        case .unknown: break
        }
    }

    /// What a list holds at most that grows by single events: a stranger's recording may have them without end.
    private static let limit = 1024

    /// The same, with a note that what comes later could not be taken in.
    func givenUp(at position: Int) -> World {
        var world = self
        world.problem =
            "this is the state at event \(position + 1): the recording lacks states, and working it out took too long"
        return world
    }

    private mutating func mark(_ name: String, at position: Int) {
        if marks.count < Self.limit * 16 || marks[name] != nil { marks[name] = position }
    }

    /// Whether an address may lead elsewhere after this than before, by tables, registers, slots or host pages.
    private func changesAWay(_ body: Event.Body) -> Bool {
        switch body {
        case .exit, .memory, .slot, .resumed, .restored: true
        case .registers(let reading):
            !vcpus.indices.contains(reading.vcpu) || vcpus[reading.vcpu].registers?.system != reading.system
        default: false
        }
    }

    private mutating func withVCPU(_ index: Int, _ change: (inout VCPU) -> Void) {
        guard index >= 0, index < Self.limit else { return }
        while vcpus.count <= index { vcpus.append(VCPU(index: vcpus.count)) }
        change(&vcpus[index])
    }

    private mutating func apply(_ call: IoctlCall, on thread: Int32, at moment: UInt64) {
        if !waitingCalls.isEmpty { waitingCalls.removeAll { $0.thread == thread } }
        if call.kind == .call { return }
        ioctlCount += 1
        ioctlTally.count(call.name)
        guard !call.observing else { return }
        lastIoctl = call
        guard call.name == "KVM_RUN", let vcpu = call.vcpu else { return }
        let wasInterrupted = call.errnoName == "EINTR"
        withVCPU(vcpu) {
            if $0.countedRun { $0.countedRun = false } else { $0.countRun() }
            $0.countedInterruption = wasInterrupted
            $0.kernelLoop.leave()
            if let sample = $0.kernelTimer.leave(at: moment) { $0.times.note(sample) }
            $0.times.noteRun(returnedAt: moment, duration: call.duration)
            // This is the moment of the return: where the kernel told of the way through it, that came later than the call.
            if !$0.wasSeenInside {
                $0.lastArrow = .run
                $0.node = .insideRun
            }
            $0.wasSeenInside = false
            guard wasInterrupted else { return }
            $0.arrows[.signalYes] += 1
            $0.lastArrow = .signalYes
            $0.node = .issueRun
        }
    }

    private mutating func apply(_ exit: Exit, at moment: UInt64) {
        exitCount += 1
        lastExitVCPU = exit.vcpu
        let now = position
        withVCPU(exit.vcpu) {
            let arrow = FlowArrow(of: exit)
            if arrow != .signalYes || !$0.countedInterruption { $0.arrows[arrow] += 1 }
            $0.countedInterruption = false
            $0.lastArrow = arrow
            $0.node = .handleIO
            $0.exits += 1
            $0.exitedAt = now
            $0.exitTally.count(exit.reason)
            $0.lastExit = exit
            $0.times.noteExit(exit.reason, at: moment)
            if let registers = exit.registers { $0.note(registers, at: now) }
        }
    }

    private mutating func apply(_ event: KernelEvent, at moment: UInt64) {
        kernelTally.count(event.name)
        installed.note(event, at: position, isTwoDimensional: host?.paging == .twoDimensional)
        withVCPU(event.vcpu) {
            $0.kernelTally.count(event.name)
            if let sample = $0.kernelTimer.note(event.name, at: moment, reason: event.exitReason) {
                $0.times.note(sample)
            }
            switch $0.kernelLoop.note(event.name, isInterrupted: event.isInterrupted) {
            case .enter(let again):
                if again {
                    $0.arrows[.ioNo] += 1
                    $0.arrows[.signalNo] += 1
                }
                $0.arrows[.enter] += 1
                $0.lastArrow = .enter
                $0.node = .guest
                $0.wasSeenInside = true
            case .exit:
                $0.arrows[.exit] += 1
                $0.lastArrow = .exit
                $0.node = .handleExit
                $0.wasSeenInside = true
            case .leave(let isInterrupted):
                $0.node = isInterrupted ? .isSignalPending : .isIO
                $0.wasSeenInside = true
            case .none: break
            }
        }
    }

    /// What KVM has in its own tables after it was not told.
    private mutating func apply(_ disturbance: Disturbance) {
        switch disturbance.what {
        case .slots, .tracking: installed.forget(0..<UInt64.max >> 12)
        case .dirtyLog: for slot in memory.slots where slot.logsDirtyPages { installed.forget(slot.frames) }
        }
    }

    private mutating func apply(_ tally: KernelTally) {
        // Entries are told of by events that are kept; among those that are not may be newer ones.
        if tally.counts.keys.contains(where: InstalledEntries.changing.contains) {
            installed.forget(0..<UInt64.max >> 12)
        }
        for (name, count) in tally.counts { kernelTally.count(name, times: count) }
        withVCPU(tally.vcpu) {
            for (name, count) in tally.counts { $0.kernelTally.count(name, times: count) }
            $0.arrows[.enter] += UInt64(tally.counts["kvm_entry"] ?? 0)
            $0.arrows[.exit] += UInt64(tally.counts["kvm_exit"] ?? 0)
            $0.arrows[.ioNo] += UInt64(tally.handled)
            $0.arrows[.signalNo] += UInt64(tally.handled)
            // In one order, so that a replay lists the reasons as the run did.
            for counted in CountedSample.sorted(tally.samples) { $0.times.note(counted.sample, times: counted.count) }
            $0.kernelTimer = tally.timer
            $0.kernelLoop = tally.loop
        }
    }

    private mutating func apply(_ change: DescriptorChange) {
        descriptors.removeAll { $0.fd == change.fd }
        // One more than the machine was made with is given back at once, and none of its vCPUs.
        if case .vcpu(let index) = change.kind, index < start?.vcpus ?? .max {
            withVCPU(index) { $0.fd = change.isOpen ? change.fd : nil }
        }
        guard change.isOpen, descriptors.count < Self.limit * 4 else { return }
        let isFile = change.kind == .system
        let new = Descriptor(
            fd: change.fd, type: isFile ? "CHR" : "a_inode", device: "", inode: 0, target: change.target,
            kind: change.kind, openedBy: change.by)
        let place = descriptors.firstIndex { $0.fd > new.fd } ?? descriptors.count
        descriptors.insert(new, at: place)
    }

    private mutating func apply(_ reading: [Descriptor]) {
        // procfs does not know who opened a descriptor; what the door saw is kept while the target is the same.
        let known = Dictionary(descriptors.map { ($0.fd, $0) }, uniquingKeysWith: { first, _ in first })
        descriptors = reading.map { descriptor in
            guard descriptor.openedBy == nil, let before = known[descriptor.fd],
                before.kind == descriptor.kind || descriptor.kind == .other
            else { return descriptor }
            var merged = descriptor
            merged.openedBy = before.openedBy
            return merged
        }
    }

    private mutating func apply(_ change: ThreadChange) {
        if let vcpu = change.vcpu { withVCPU(vcpu) { $0.thread = change.isStart ? change.id : nil } }
        threads.removeAll { $0.id == change.id }
        if change.isStart, threads.count < Self.limit * 4 {
            threads.append(
                HostThread(id: change.id, name: change.name, role: change.vcpu.map { .vcpu($0) } ?? .builder))
        }
    }
}

extension World.VCPU {
    fileprivate mutating func countRun() {
        if arrows[.run] > 0 { arrows[.again] += 1 }
        arrows[.run] += 1
    }

    /// It was stopped before it made the call.
    fileprivate mutating func takeBackRun() {
        countedRun = false
        if arrows[.run] > 0 { arrows[.run] -= 1 }
        if arrows[.again] > 0 { arrows[.again] -= 1 }
        lastArrow = nil
        node = .issueRun
    }

    fileprivate mutating func note(_ reading: RegisterReading, at position: Int) {
        previousRegisters = registers
        registers = reading
        registersAt = position
    }
}

// What a keyframe of a recording holds.
extension World: Recordable {
    static var blank: World { World() }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        var hasStart = start != nil
        try coder.flag(&hasStart)
        var begun = start ?? .blank
        // The guest's source and symbols, and what is documented of the ioctls, are the same in all keyframes of a run.
        try coder.part(&begun)
        start = hasStart ? begun : nil
        var known = GuideList(guides)
        try coder.part(&known)
        guides = known.byKey
        try coder.choice(&phase)
        try coder.list(&descriptors)
        try coder.list(&threads)
        try coder.list(&previousThreads)
        try coder.list(&vcpus)
        try memory.code(&coder)
        try console.code(&coder)
        try coder.number(&ioctlCount)
        try ioctlTally.code(&coder)
        try coder.option(&lastIoctl)
        try coder.list(&waitingCalls)
        try coder.number(&exitCount)
        try coder.option(&lastExitVCPU)
        try kernelTally.code(&coder)
        try coder.option(&lastStop)
        try coder.option(&problem)
        try coder.dictionary(&marks)
        try coder.option(&end)
        try coder.number(&position)
        try coder.number(&nanoseconds)
        try coder.number(&resumedAt)
        try coder.option(&sight)
        try coder.option(&host)
        try coder.number(&kernelLost)
        try coder.option(&walk)
        try coder.option(&translation)
        try coder.option(&hostPage)
        try coder.option(&processor)
        try installed.code(&coder)
        try coder.dictionary(&roads, by: \.name)
    }
}

extension World.WaitingCall: Recordable {
    static var blank: World.WaitingCall { .init(thread: 0, call: .blank) }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&thread)
        try call.code(&coder)
    }
}

extension World.VCPU: Recordable {
    static var blank: World.VCPU { .init(index: 0) }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&index)
        try coder.option(&fd)
        try coder.option(&thread)
        try coder.flag(&isRunning)
        try coder.choice(&node)
        try coder.option(&lastArrow)
        try arrows.code(&coder)
        try coder.number(&exits)
        try exitTally.code(&coder)
        try coder.number(&exitedAt)
        try coder.option(&lastExit)
        try coder.option(&lastStop)
        try coder.option(&registers)
        try coder.option(&previousRegisters)
        try coder.number(&registersAt)
        try coder.flag(&registersAreStale)
        try coder.flag(&countedInterruption)
        try coder.flag(&countedRun)
        try kernelTally.code(&coder)
        try kernelLoop.code(&coder)
        try coder.flag(&wasSeenInside)
        try coder.dictionary(&statistics)
        try times.code(&coder)
        try kernelTimer.code(&coder)
    }
}
