internal import Command
internal import Facts
internal import Host
internal import KVM
internal import Machine
internal import Timeline

extension Session {
    /// Moves what the threads logged into the timeline; tells which commands ended.
    @discardableResult
    public func pump() -> [Notice] {
        absorbLog()
        defer { notices.removeAll() }
        return notices
    }

    /// Moves what the threads logged into the timeline; what ended is told by the next `pump`.
    func absorbLog() {
        let begin = monotonicNow()
        adoptKernelTrace()
        makeRoomForKernel()
        repeat {
            let taken = kernel.trace == nil ? 0 : monotonicNow()
            log.take(into: &batch)
            drainKernel()
            for entry in batch.entries { absorb(entry, in: batch) }
            while !postponed.isEmpty { absorb(postponed.removeFirst(), in: batch) }
            tellSettledKernel(before: taken)
        } while !batch.entries.isEmpty && isStepping && monotonicNow() &- begin < Self.patience
        tellKernelTallies()
    }

    /// Moves what the threads logged to the sink; stops of vCPUs go to `stopped`.
    func pump(stopped: (VCPUStop) -> Void) {
        makeRoomForKernel()
        let taken = kernel.trace == nil ? 0 : monotonicNow()
        log.take(into: &batch)
        drainKernel()
        defer { tellSettledKernel(before: taken) }
        for entry in batch.entries {
            if case .stop(let stop) = entry { stopped(stop) } else { absorb(entry, in: batch) }
        }
    }

    /// A step that was just begun by `until`, or a short slice of a run, answers within microseconds: its end is worth one more look.
    private var isStepping: Bool {
        if case .running(let run) = activity { return (run.until != nil || run.slices != nil) && !run.isPausing }
        return false
    }

    /// Nanoseconds after which the screen gets its turn, though an `until` goes on and on.
    private static var patience: UInt64 { 5_000_000 }

    /// - Parameter batch: the one in which the registers of its exits lie.
    private func absorb(_ entry: RunLog.Entry, in batch: RunLog.Batch) {
        switch entry {
        case .waiting(let call, let thread):
            // A person reads what a call asks before letting it go.
            if let guide = converter.guide(for: call) { append(.guide(guide), thread: thread) }
            append(.gate(converter.waiting(call)), thread: thread)
            callWaits(thread)
        case .call(let record):
            tellKernel(upTo: record.end)
            for event in converter.events(for: record, at: relative(record.end)) { append(event) }
            if kernel.road != nil, record.call.purpose == .operation, let request = record.call.request {
                takeRoad(
                    IoctlCatalog.name(of: request), vcpu: record.call.vcpu, thread: record.thread, begin: record.begin,
                    end: record.end)
            }
        case .ran(let run): absorb(run)
        case .exit(let exit):
            if let run = exit.run { absorb(run) } else { tellKernel(upTo: exit.end) }
            let registers = reading(exit.registers, of: Int(exit.vcpu), in: batch)
            let event = ExitEvent(exit, registers: registers)
            append(.exit(event), at: relative(exit.end), thread: exit.thread)
            if steps != nil { noteStep(registers, isStep: event.reason == "debug") }
            if exit.isConsole {
                let byte = Bytes(littleEndian: exit.data, count: 1)
                append(.console(.init(vcpu: Int(exit.vcpu), bytes: byte)), at: relative(exit.end), thread: exit.thread)
            }
        case .rareExit(let record, let run): absorb(record, run)
        case .specialRegisters(let system, let vcpu): lastSystem[vcpu] = SystemRegisters(system)
        case .thread(let isStart, let id, let name, let vcpu, let moment):
            roles[id] = isStart ? vcpu.map { .vcpu($0) } ?? .builder : nil
            tellKernel(upTo: moment)
            append(.thread(.init(isStart: isStart, id: id, name: name, vcpu: vcpu)), at: relative(moment), thread: id)
            if isStart, vcpu != nil { followNewThread() }
            if isStart { roadThreadBegan() }
        case .stop(let stop): absorb(stop)
        case .built(let result): buildEnded(result)
        }
    }

    private func absorb(_ run: RunRecord) {
        tellKernel(upTo: run.end)
        if !kernel.tallies.isEmpty { kernel.tallies[run.vcpu]?.leave(at: relative(run.end)) }
        if let guide = converter.guideForRun() { append(.guide(guide), at: relative(run.end), thread: run.thread) }
        append(converter.event(for: run, at: relative(run.end)))
        if kernel.road != nil {
            takeRoad("KVM_RUN", vcpu: run.vcpu, thread: run.thread, begin: run.begin, end: run.end)
        }
    }

    private func absorb(_ record: ExitRecord, _ run: RunRecord?) {
        if let run { absorb(run) }
        let moment = relative(run?.end ?? 0)
        let registers = record.registers.map { reading($0, of: record.vcpu) }
        append(.exit(ExitEvent(record, registers: registers)), at: moment, thread: record.thread)
        noteStep(registers, isStep: false)
        guard record.handling.console.count > 0 else { return }
        append(
            .console(.init(vcpu: record.vcpu, bytes: Bytes(record.handling.console))), at: moment, thread: record.thread
        )
    }

    /// The registers at this place of the batch; nil where the exit came without.
    private func reading(_ place: Int32, of vcpu: Int, in batch: RunLog.Batch) -> RegisterReading? {
        guard place >= 0, Int(place) < batch.registers.count else { return nil }
        return reading(batch.registers[Int(place)], of: vcpu)
    }

    private func reading(_ registers: Registers, of vcpu: Int) -> RegisterReading {
        RegisterReading(vcpu: vcpu, general: GeneralRegisters(registers), system: lastSystem[vcpu], source: .run)
    }

    /// What was logged while something was read: the calls that the reading made stand before what they showed.
    ///
    /// What may set something going waits until the reading is done.
    func absorbCalls() {
        var made = RunLog.Batch()
        log.take(into: &made)
        drainKernel()
        for entry in made.entries {
            switch entry {
            case .call, .ran, .thread, .exit, .rareExit, .specialRegisters: absorb(entry, in: made)
            case .waiting, .stop, .built: postponed.append(entry)
            }
        }
    }

    private func absorb(_ stop: VCPUStop) {
        guard case .running(var run) = activity else { return }
        run.outstanding.remove(stop.vcpu)
        // With no vCPU under way nothing that fired can be waiting for an entry of the log.
        if run.outstanding.isEmpty { tellKernel(upTo: .max) }
        tellKernelTallies()
        if goOn(run, stop) { return }
        readStatistics(of: stop.vcpu)
        readRegisters(stop)
        let reason = reason(for: stop, in: run)
        endSteps(at: stop)
        append(.stopped(.init(vcpu: stop.vcpu, reason: reason, text: explainedText(for: stop, reason))))
        if let condition = run.until, goOn(run, condition, stop) { return }
        if run.decision == nil, stop.cause.isDecision { run.decision = stop.cause }
        let stopsOthers = stop.cause.stopsTheOthers && !run.isStopping && !run.outstanding.isEmpty
        if stopsOthers { run.isStopping = true }
        if !run.outstanding.isEmpty, run.callsLeft != nil, let thread = run.released,
            thread == stop.threadIn(timeline.live)
        {
            // The call that was let through was its vCPU's last: nobody comes back to the gate.
            finish(&run)
        }
        activity = .running(run)
        if stopsOthers { kick(run.outstanding) }
        guard run.outstanding.isEmpty else { return }
        allStand(run, run.decision ?? stop.cause)
    }

    /// Tells the end of a command whose vCPUs have not all stopped.
    func finish(_ run: inout Run) {
        run.callsLeft = nil
        guard !run.hasEnded else { return }
        run.hasEnded = true
        notices.append(.finished(run.command, .done(nil)))
    }

    /// True when a part of an order ended, and the vCPU was sent on with the next.
    private func goOn(_ run: Run, _ stop: VCPUStop) -> Bool {
        var run = run
        guard stop.cause == .exit || stop.cause == .instruction, var slices = run.slices, let next = slices.next()
        else { return false }
        readMemory()
        takeKeyframe()
        run.slices = slices
        run.outstanding = [stop.vcpu]
        activity = .running(run)
        leaveKeyframe()
        var order = RunOrder(
            slices.isSteps ? .instructions(next) : .exits(next), detail: .full, breakpoints: breakpoints)
        order.goesOn = true
        watch(&order, for: stop.vcpu)
        machine?.run(stop.vcpu, order)
        // The kick came when the part before had ended.
        if run.isPausing { kick(run.outstanding) }
        return true
    }

    /// True when an `until` is not there yet and the vCPU was sent on; the others have run on meanwhile.
    private func goOn(_ run: Run, _ condition: Expression, _ stop: VCPUStop) -> Bool {
        guard stop.cause == .exit, !run.isPausing, !run.isStopping else { return false }
        readMemory()
        readWalk(standing: stop.vcpu)
        var facts = WorldFacts(timeline, vcpu: stop.vcpu)
        facts.isMemoryCurrent = true
        guard condition.holds(in: facts) != true else {
            append(.stopped(.init(vcpu: stop.vcpu, reason: .until, text: "\(condition) holds")))
            return false
        }
        if run.outstanding.isEmpty { takeKeyframe() }
        order([stop.vcpu], .exits(1), how: .exit, run: run, beside: run.outstanding)
        return true
    }

    private func allStand(_ run: Run, _ cause: StopCause) {
        activity = .none
        steps = nil
        if !gateStaysClosed { openGate() }
        readAll()
        var outcome = Outcome.done(nil)
        switch cause {
        case .guestExit(let code):
            end(RunEnd(why: .exit, code: Int(code)))
        case .failed(.shutdown):
            end(RunEnd(why: .shutdown, code: 0, text: timeline.live.lastStop?.text ?? "triple fault"))
        case .biosCall(let call): end(RunEnd(why: .bios, code: Int(call.vector), text: call.text))
        case .refused(let text, _):
            append(.problem(text))
            append(.phase(.stopped))
            outcome = .refused(text)
        default:
            if haltedVCPUs == configuration.vcpus { end(RunEnd(why: .hlt, code: 0)) } else { append(.phase(.stopped)) }
        }
        // A command that stepped to a call ended there, and its vCPUs went on only when another command let them.
        if !run.hasEnded { notices.append(.finished(run.command, outcome)) }
        for command in run.pauses { notices.append(.finished(command, outcome)) }
    }

    private func end(_ end: RunEnd) {
        append(.phase(.ended))
        append(.end(end))
    }

    private func reason(for stop: VCPUStop, in run: Run) -> Stop.Reason {
        switch stop.cause {
        case .exit: .exit
        case .instruction: .instruction
        case .breakpoint: .breakpoint
        case .watchpoint: .watchpoint
        case .kicked: run.isStopping && !run.isPausing ? .together : .pause
        case .halted: .halted
        case .biosCall: .bios
        case .guestExit: .ended
        case .limit: .limit
        case .failed: .failure
        case .refused: .refused
        }
    }

    func stopText(for stop: VCPUStop, _ reason: Stop.Reason) -> String {
        switch stop.cause {
        case .exit: "stopped at the exit"
        case .instruction: steps?.text ?? "stepped to here"
        case .breakpoint(let address): "breakpoint at 0x\(hexadecimal(address))"
        case .watchpoint(let hit): watchText(hit, on: stop.vcpu)
        case .kicked:
            reason == .together ? "stopped because another vCPU did" : "kicked: a signal brought it back to user space"
        case .halted: "halted; no device here sends the interrupt that would wake it"
        case .biosCall(let call): call.text
        case .guestExit(let code): "the guest ended its run with code \(code)"
        case .limit: "as many exits as were asked for"
        case .failed(let exit): Self.failureText(exit)
        case .refused(let text, _): text
        }
    }

    private static func failureText(_ exit: KVM.Exit) -> String {
        switch exit {
        case .shutdown: "shutdown: a triple fault, which resets a PC; step back and look, or reset"
        case .internalError(let error):
            "internal error of KVM (\(error.reason)) at RIP: look at Code, skip the instruction, step back or reset"
        case .failEntry: "the processor refused to enter the guest: look at its registers, step back or reset"
        default: "exit \(exit.name), which nothing here serves: look, step back or reset"
        }
    }

    var haltedVCPUs: Int {
        timeline.live.vcpus.filter { $0.lastStop?.reason == .halted }.count
    }
}

extension StopCause {
    /// A halted vCPU waits alone; everything else makes the whole machine stand, so that it can be looked at.
    var stopsTheOthers: Bool { self != .halted }

    /// Says more of the whole machine than that a vCPU halted, or was made to stand.
    var isDecision: Bool { self != .halted && self != .kicked }
}

extension VCPUStop {
    fileprivate func threadIn(_ world: World) -> Int32? {
        world.vcpus.indices.contains(vcpu) ? world.vcpus[vcpu].thread : nil
    }
}
