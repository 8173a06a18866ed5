internal import Facts
internal import KVM
internal import Machine
internal import Timeline

// Why a vCPU stands where it did not mean to, in the words of its state.
extension Session {
    /// The stop's text, with what the state tells of a death.
    func explainedText(for stop: VCPUStop, _ reason: Stop.Reason) -> String {
        guard let why = explanation(of: stop) else { return stopText(for: stop, reason) }
        switch stop.cause {
        case .failed(.shutdown): return why + "; step back and look, or reset"
        case .failed: return why + (why.contains("emulate") ? "; skip it, step back or reset" : "; step back, or reset")
        case .kicked, .halted: return stopText(for: stop, reason) + " · " + why
        default: return why
        }
    }

    /// What registers and memory tell of a failure, a BIOS call, a loop or a halt; nil where they tell nothing more.
    func explanation(of stop: VCPUStop) -> String? {
        switch stop.cause {
        case .biosCall(let call): return call.text
        case .halted:
            guard let flags = stop.registers?.rflags, flags & 1 << 9 != 0 else { return nil }
            return "the guest waits for an interrupt, and nothing here sends any"
        case .kicked: return death(stop)?.endlessLoop
        case .failed(.shutdown): return death(stop)?.tripleFault
        case .failed(.internalError(let error)) where error.suberror == 1:
            return death(stop)?.emulationFailure(error.instruction ?? [])
        default: return nil
        }
    }

    private func death(_ stop: VCPUStop) -> Death? {
        guard let machine, let general = stop.registers, let system = stop.system else { return nil }
        let image = configuration.image
        return Death(
            general: GeneralRegisters(general), system: SystemRegisters(system),
            processor: GuestProcessor(machine.cpuid), misentry: image.mode == .long ? image.entersIn32Bit : nil,
            syntax: .init(of: timeline.live.start),
            memory: { machine.memory.word(at: $0, size: $1) })
    }
}
