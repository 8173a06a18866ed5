internal import Command
internal import Glibc
internal import Host
internal import KVM
internal import Machine
internal import Timeline

// Building, running and stopping the machine.
extension Session {
    // MARK: Building

    func build(_ command: Command, gated: Bool) -> Outcome {
        guard machine == nil, !isBusy else {
            return .refused("the machine is built already; `reset` takes it down first")
        }
        beginTimeline()
        if gated {
            closeGate()
            activity = .building(command: command, callsLeft: 0)
            if let refused = startBuilder() { return refused }
            return .started
        }
        log.openGate()
        door.level = .record
        do {
            let built = try Machine(machineConfiguration, door: door, observer: log)
            machine = built
        } catch {
            absorbLog()
            return failed(error)
        }
        absorbLog()
        machineStands()
        return .done(nil)
    }

    var machineConfiguration: MachineConfiguration {
        var machine = MachineConfiguration(
            image: configuration.image, vcpus: configuration.vcpus, memorySize: configuration.memorySize,
            devicePath: configuration.devicePath, logsDirtyPages: sink == nil)
        machine.moreSlots = configuration.slots.map {
            MachineConfiguration.Slot(start: $0.start, size: $0.size, isReadOnly: $0.isReadOnly)
        }
        return machine
    }

    func beginTimeline() {
        restartClock()
        lastSystem = [:]
        leaveKeyframe()
        let image = configuration.image
        append(
            .start(
                RunStart(
                    guest: image.name, vcpus: configuration.vcpus, memory: configuration.memorySize,
                    symbols: symbols,
                    lines: image.lines.map { SourceLine(address: $0.address, line: $0.number) }, source: image.source)))
        kernel.sightTold = nil
        append(.host(HostKVM.read()))
        guard sink == nil else { return }
        append(.phase(.building))
        readHost()
    }

    var symbols: [Symbol] { configuration.image.symbols.map { Symbol(name: $0.name, address: $0.address) } }

    private func startBuilder() -> Outcome? {
        do {
            let (configuration, door, log) = (machineConfiguration, door, log)
            builder = try Machine.buildInBackground(configuration, door: door, observer: log) { result in
                log.didBuild(result)
            }
            return nil
        } catch {
            activity = .none
            return failed(error)
        }
    }

    func buildEnded(_ result: Result<Machine, MachineError>) {
        guard case .building(let command, _) = activity else { return }
        activity = .none
        if !gateStaysClosed { openGate() }
        builder?.join()
        builder = nil
        switch result {
        case .success(let built):
            machine = built
            machineStands()
            notices.append(.finished(command, .done(nil)))
        case .failure(let error):
            notices.append(.finished(command, failed(error)))
        }
    }

    private func failed(_ error: MachineError) -> Outcome {
        failure = error
        append(.problem(error.description))
        append(.phase(.failed))
        return .refused(error.description)
    }

    private func machineStands() {
        guard sink == nil else { return }
        for index in 0..<configuration.vcpus { readRegisters(of: index) }
        tellProcessor()
        observeMachine()
        readAll()
        resumeWalk()
        append(.phase(.ready))
    }

    // MARK: The gate

    func closeGate() {
        log.closeGate()
        door.level = .gate
    }

    func openGate() {
        log.openGate()
        door.level = .record
    }

    /// A call reached the gate: it is let through, or the command that stepped to it ends here.
    func callWaits(_ thread: Int32) {
        switch activity {
        case .building(let command, let left):
            if left > 0 {
                activity = .building(command: command, callsLeft: left - 1)
                log.release(thread)
            } else {
                if sink == nil { readHost() }
                notices.append(.finished(command, .done(nil)))
            }
        case .running(var run):
            guard let left = run.callsLeft, run.released == nil || run.released == thread else { return }
            if left > 0 {
                run.callsLeft = left - 1
                run.released = thread
                log.release(thread)
            } else {
                finish(&run)
            }
            activity = .running(run)
        case .none: break
        }
    }

    /// The thread whose call `step ioctl` lets through: the vCPU's in view, else the one that waits longest.
    private var nextAtGate: Int32? {
        let waiting = timeline.live.waitingCalls
        return (waiting.first { $0.call.vcpu == vcpu } ?? waiting.first)?.thread
    }

    /// Lets the next calls through the gate, building the machine if there is none.
    func stepIoctl(_ count: Int, _ command: Command) -> Outcome {
        // Without a call at the gate the next that comes is the first to be let through.
        let thread = nextAtGate
        let left = thread == nil ? count : count - 1
        switch activity {
        case .building(let before, let callsLeft):
            // Where no call waits the command before has not ended yet.
            if thread == nil, callsLeft > 0 { notices.append(.finished(before, .done(nil))) }
            activity = .building(command: command, callsLeft: left)
            if let thread { log.release(thread) }
            return .started
        case .running(var run):
            guard log.isClosed else { return .refused("the machine is running; pause it first") }
            finish(&run)
            run.hasEnded = false
            run.callsLeft = left
            run.released = thread
            run.command = command
            activity = .running(run)
            if let thread { log.release(thread) }
            return .started
        case .none: break
        }
        if machine == nil {
            let outcome = build(command, gated: true)
            if outcome == .started { activity = .building(command: command, callsLeft: count) }
            return outcome
        }
        if let refused = obstacle(to: [vcpu]) { return .refused(refused) }
        takeKeyframe()
        closeGate()
        order([vcpu], .exits(count), how: .exit, run: Run(command: command, outstanding: [], callsLeft: count))
        return .started
    }

    // MARK: Running

    /// Why these vCPUs cannot run, or nil.
    func obstacle(to indices: [Int]) -> String? {
        if isBusy {
            if case .building = activity {
                return "the machine is being built; `step ioctl` goes on, `build` finishes it"
            }
            return "the machine is running; pause it first"
        }
        guard machine != nil else { return "no machine is built yet" }
        if timeline.live.end != nil { return "the guest has ended; `reset` starts it anew" }
        if indices.isEmpty {
            return "every vCPU has halted, and nothing here will wake one; `reset` starts the guest anew"
        }
        for index in indices {
            guard index < timeline.live.vcpus.count else { return "there is no vCPU \(index)" }
            switch timeline.live.vcpus[index].lastStop?.reason {
            case .halted:
                return "vCPU \(index) has halted and nothing here will wake it; `reset` starts the guest anew"
            case .failure:
                return "vCPU \(index) cannot go on: `skip` the instruction, go back and look, or `reset`"
            default: break
            }
        }
        return nil
    }

    /// - Parameter others: vCPUs that are under way already.
    func order(
        _ indices: [Int], _ extent: RunOrder.Extent, how: Resumption.How, run: Run, maximumExits: Int? = nil,
        beside others: Set<Int> = []
    ) {
        // What a vCPU does now is to be seen.
        awaitKernelTrace()
        var run = run
        run.outstanding = others.union(indices)
        run.isStopping = false
        activity = .running(run)
        leaveKeyframe()
        // The step back from a first exit ends before the first of these.
        for index in indices { append(.resumed(.init(vcpu: index, how: how))) }
        if timeline.live.phase != .running { append(.phase(.running)) }
        let detail: Detail = sink == nil ? .full : .exits
        for index in indices {
            var order = RunOrder(extent, detail: detail, breakpoints: breakpoints, maximumExits: maximumExits)
            // What passes the gate one by one cannot be stepped over unseen.
            if run.callsLeft == nil { watch(&order, for: index) }
            machine?.run(index, order)
        }
    }

    func start(
        _ command: Command, _ indices: [Int], _ extent: RunOrder.Extent, how: Resumption.How, until: Expression? = nil
    )
        -> Outcome
    {
        if machine == nil, !isBusy {
            let built = build(command, gated: false)
            if case .refused = built { return built }
        }
        if let refused = obstacle(to: indices) { return .refused(refused) }
        takeKeyframe()
        if gateStaysClosed { closeGate() }
        if case .instructions(let count) = extent, let index = indices.first { followSteps(of: index, max(count, 1)) }
        var run = Run(command: command, outstanding: [], callsLeft: gateStaysClosed ? 0 : nil, until: until)
        order(indices, sliced(extent, &run), how: how, run: run)
        return .started
    }

    /// The first part of an order that is cut so that keyframes come in between; the whole where that cannot be.
    private func sliced(_ extent: RunOrder.Extent, _ run: inout Run) -> RunOrder.Extent {
        // While one vCPU stands for its keyframe, another would run on.
        guard sink == nil, configuration.vcpus == 1, run.callsLeft == nil, run.until == nil else { return extent }
        var slices: Slices
        switch extent {
        case .free: slices = Slices(left: nil, isSteps: false)
        case .exits(let count): slices = Slices(left: count, isSteps: false)
        case .instructions(let count): slices = Slices(left: count, isSteps: true)
        }
        guard let first = slices.next() else { return extent }
        run.slices = slices
        return slices.isSteps ? .instructions(first) : .exits(first)
    }

    /// vCPUs that `run` lets go: all but those that have halted.
    var runnable: [Int] {
        (0..<configuration.vcpus).filter { index in
            guard index < timeline.live.vcpus.count else { return true }
            return timeline.live.vcpus[index].lastStop?.reason != .halted
        }
    }

    /// Sends the kicks; the command, where there is one, ends when the vCPUs are back.
    func pauseAll(_ command: Command?) -> Outcome {
        guard case .running(var run) = activity else { return .done("nothing runs") }
        run.isPausing = true
        if let command { run.pauses.append(command) }
        activity = .running(run)
        kick(run.outstanding)
        return .started
    }

    /// Makes vCPUs stand, those at the gate too: kicked before it opens, they come back from KVM_RUN at once.
    func kick(_ indices: Set<Int>) {
        for index in indices { machine?.pause(index) }
        log.openGate()
    }

    func reset() -> Outcome {
        closeMachine()
        forgetKernelRecords()
        gateStaysClosed = false
        return build(.reset, gated: false)
    }
}
