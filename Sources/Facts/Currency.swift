internal import Command
internal import Timeline

// Whether what was read of a guest is still so at the cursor: a fact is never worked out of what the guest may have
// changed since.
extension WorldFacts {
    /// Why guest memory is not known at the cursor; nil where it is.
    ///
    /// It is read while the machine stands, and at each keyframe.
    var unknownMemory: String? {
        if isMemoryCurrent { return nil }
        if world.memory.pages.isEmpty, !world.memory.slots.isEmpty {
            return "guest memory was not read up to here"
        }
        let newest = timeline.last(
            before: world.position, of: [.exit, .resumed, .memory, .keyframe, .restored, .phase, .start])
        let isRun =
            switch newest.flatMap({ timeline[$0]?.body }) {
            case .exit, .resumed, .phase(.running): true
            default: false
            }
        guard isRun else { return nil }
        let read = timeline.last(before: world.position, of: [.memory, .keyframe]).map { "at event \($0 + 1)" }
        return "guest memory was read \(read ?? "earlier") and the guest has run since; \(remedy)"
    }

    /// A vCPU's registers where they are those of the cursor, else why they are not known.
    func currentRegisters(of vcpu: World.VCPU) -> Result<RegisterReading, Stale> {
        guard let reading = vcpu.registers else {
            return .failure(Stale("vCPU \(vcpu.index)'s registers were not read yet"))
        }
        if vcpu.registersAt < vcpu.exitedAt {
            return .failure(
                Stale("vCPU \(vcpu.index)'s registers were not read at this exit; they are where it stopped"))
        }
        guard vcpu.isRunning else { return .success(reading) }
        // Behind an exit of a run that went on, its registers are those of that moment.
        if world.position < timelineCount, vcpu.registersAt > lastResumption(of: vcpu.index) {
            return .success(reading)
        }
        return .failure(
            Stale("vCPU \(vcpu.index) has run since its registers were read at event \(vcpu.registersAt); \(remedy)"))
    }

    struct Stale: Error {
        var reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private func lastResumption(of vcpu: Int) -> Int {
        let found = timeline.last(before: world.position, of: [.resumed]) { event in
            if case .resumed(let resumption) = event.body { resumption.vcpu == vcpu } else { false }
        }
        return found.map { $0 + 1 } ?? 0
    }

    private var remedy: String {
        world.position == timelineCount && world.phase == .running
            ? "pause it to read again" : "go to a place where the machine stood"
    }
}
