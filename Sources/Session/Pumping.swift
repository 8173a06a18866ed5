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

    /// Moves what was logged into the timeline and keeps the notices for the next `pump`.
    func absorbLog() {
        // Bounded, so that an `until` that is never met leaves the screen its turn.
        for _ in 0..<64 {
            log.take(into: &batch)
            for entry in batch.entries { absorb(entry) }
            guard !batch.entries.isEmpty, activityWantsMore else { return }
        }
    }

    /// Moves what the threads logged to the sink; stops of vCPUs go to `stopped`.
    func pump(stopped: (VCPUStop) -> Void) {
        log.take(into: &batch)
        for entry in batch.entries {
            if case .stop(let stop) = entry { stopped(stop) } else { absorb(entry) }
        }
    }

    /// A step that was just begun by `until` answers within microseconds: its end is worth one more look.
    private var activityWantsMore: Bool {
        if case .running(let run) = activity { return run.until != nil }
        return false
    }

    private func absorb(_ entry: RunLog.Entry) {
        switch entry {
        case .waiting(let call, let thread):
            append(.gate(converter.waiting(call)), thread: thread)
            callWaits()
        case .call(let record):
            for event in converter.events(for: record, at: relative(record.end)) { append(event) }
        case .ran(let run): absorb(run)
        case .exit(let exit):
            if let run = exit.run { absorb(run) }
            let registers = reading(exit.registers, of: Int(exit.vcpu))
            append(.exit(ExitEvent(exit, registers: registers)), at: relative(exit.end), thread: exit.thread)
            if exit.isConsole {
                let byte = Bytes(littleEndian: exit.data, count: 1)
                append(.console(.init(vcpu: Int(exit.vcpu), bytes: byte)), at: relative(exit.end), thread: exit.thread)
            }
        case .rareExit(let record, let run): absorb(record, run)
        case .specialRegisters(let system, let vcpu): lastSystem[vcpu] = SystemRegisters(system)
        case .thread(let isStart, let id, let name, let vcpu, let moment):
            roles[id] = isStart ? vcpu.map { .vcpu($0) } ?? .builder : nil
            append(.thread(.init(isStart: isStart, id: id, name: name, vcpu: vcpu)), at: relative(moment), thread: id)
        case .stop(let stop): absorb(stop)
        case .built(let result): buildEnded(result)
        }
    }

    private func absorb(_ run: RunRecord) {
        if let guide = converter.guideForRun() { append(.guide(guide), at: relative(run.end), thread: run.thread) }
        append(converter.event(for: run, at: relative(run.end)))
    }

    private func absorb(_ record: ExitRecord, _ run: RunRecord?) {
        if let run { absorb(run) }
        let moment = relative(run?.end ?? 0)
        let registers = record.registers.map { reading($0, of: record.vcpu) }
        append(.exit(ExitEvent(record, registers: registers)), at: moment, thread: record.thread)
        guard record.handling.console.count > 0 else { return }
        append(
            .console(.init(vcpu: record.vcpu, bytes: Bytes(record.handling.console))), at: moment, thread: record.thread)
    }

    /// The registers at this place of the batch; nil where the exit came without.
    private func reading(_ place: Int32, of vcpu: Int) -> RegisterReading? {
        guard place >= 0, Int(place) < batch.registers.count else { return nil }
        return reading(batch.registers[Int(place)], of: vcpu)
    }

    private func reading(_ registers: Registers, of vcpu: Int) -> RegisterReading {
        RegisterReading(vcpu: vcpu, general: GeneralRegisters(registers), system: lastSystem[vcpu], source: .run)
    }

    private func absorb(_ stop: VCPUStop) {
        guard case .running(var run) = activity else { return }
        run.outstanding.remove(stop.vcpu)
        readRegisters(stop)
        let reason = reason(for: stop, in: run)
        append(.stopped(.init(vcpu: stop.vcpu, reason: reason, text: text(for: stop, reason))))
        let halted = haltedVCPUs
        activity = .running(run)
        if stop.cause.stopsTheOthers, !run.isStopping, !run.outstanding.isEmpty {
            run.isStopping = true
            activity = .running(run)
            for index in run.outstanding { machine?.pause(index) }
        }
        guard run.outstanding.isEmpty else { return }
        if let condition = run.until, goOn(run, condition, stop) { return }
        allStand(run, stop, everyoneHalted: halted == configuration.vcpus)
    }

    /// True when an `until` is not there yet and the vCPU was sent on.
    private func goOn(_ run: Run, _ condition: Expression, _ stop: VCPUStop) -> Bool {
        guard stop.cause == .exit else { return false }
        readMemory()
        let facts = WorldFacts(world: timeline.live, vcpu: stop.vcpu, timelineCount: timeline.end)
        guard condition.holds(in: facts) != true else {
            append(.stopped(.init(vcpu: stop.vcpu, reason: .until, text: "\(condition) holds")))
            return false
        }
        order([stop.vcpu], .exits(1), how: .exit, run: run)
        return true
    }

    private func allStand(_ run: Run, _ stop: VCPUStop, everyoneHalted: Bool) {
        activity = .none
        if !gateStaysClosed { openGate() }
        readAll()
        var outcome = Outcome.done(nil)
        switch stop.cause {
        case .guestExit(let code):
            end(RunEnd(why: .exit, code: Int(code)))
        case .failed(.shutdown):
            end(RunEnd(why: .shutdown, code: 0, text: "triple fault"))
        case .refused(let text, _):
            append(.problem(text))
            append(.phase(.stopped))
            outcome = .refused(text)
        default:
            if everyoneHalted { end(RunEnd(why: .hlt, code: 0)) } else { append(.phase(.stopped)) }
        }
        notices.append(.finished(run.command, outcome))
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
        case .kicked: run.isStopping ? .together : .pause
        case .halted: .halted
        case .guestExit: .ended
        case .limit: .limit
        case .failed: .failure
        case .refused: .refused
        }
    }

    private func text(for stop: VCPUStop, _ reason: Stop.Reason) -> String {
        switch stop.cause {
        case .exit: "stopped at the exit"
        case .instruction: "one instruction done"
        case .breakpoint(let address): "breakpoint at 0x\(hexadecimal(address))"
        case .kicked:
            reason == .together ? "stopped because another vCPU did" : "kicked: a signal brought it back to user space"
        case .halted: "halted; no device here sends the interrupt that would wake it"
        case .guestExit(let code): "the guest ended its run with code \(code)"
        case .limit: "as many exits as were asked for"
        case .failed(let exit): failureText(exit.name)
        case .refused(let text, _): text
        }
    }

    private func failureText(_ name: String) -> String {
        switch name {
        case "shutdown": "shutdown: a triple fault, which resets a PC"
        case "internal-error": "KVM cannot go on with the instruction at RIP: look at Code, skip it, step back or reset"
        case "fail-entry": "the processor refused to enter the guest: look at its registers, step back or reset"
        default: "exit \(name), which nothing here serves: look, step back or reset"
        }
    }

    var haltedVCPUs: Int {
        timeline.live.vcpus.filter { $0.lastStop?.reason == .halted }.count
    }
}

extension StopCause {
    /// A halted vCPU waits alone; everything else makes the whole machine stand, so that it can be looked at.
    var stopsTheOthers: Bool { self != .halted }
}
