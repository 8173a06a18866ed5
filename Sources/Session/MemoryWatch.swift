internal import Host
internal import Machine
internal import Timeline

// How changed memory is found, and what finding it makes the guest meet.
extension Session {
    /// Carries out `observe gently` and `observe log`.
    func trackMemory(_ how: MemoryTracking) -> Outcome {
        guard !isBusy else { return .refused("the machine is running; pause it first") }
        if let machine, machine.tracking != how {
            do {
                try machine.track(how)
                absorbCalls()
            } catch {
                absorbCalls()
                return .refused(error.description)
            }
            noteForgottenTables(.tracking)
        }
        tracking = how
        switch how {
        case .dirtyLog:
            return .done("changed memory is found by KVM's dirty log; page faults that come of it are marked as ours")
        default: return .done("changed memory is found by comparing pages at stops, which KVM does not notice")
        }
    }

    /// KVM's tables begin anew, or another way: faults on what they held are ours.
    func noteForgottenTables(_ what: Disturbance.What) {
        kernel.disturbed.forget(timeline.live.installed.frames)
        append(.disturbed(Disturbance(what: what)))
    }

    /// The dirty log was read, if that is how memory is tracked.
    func noteDirtyLog(_ changed: [ChangedPage]) {
        guard !changed.isEmpty, machine?.tracking == .dirtyLog else { return }
        kernel.disturbed.protect(changed.map(\.frame))
        append(.disturbed(Disturbance(what: .dirtyLog, pages: changed.count)))
    }

    /// How kvmscope caused what a tracepoint tells; nil where it did not.
    ///
    /// Linux, arch/x86/kvm/trace.h, kvm_page_fault: with two-dimensional paging the address is a guest physical one; the
    /// error code's bit 1 says that the guest wrote.
    func cause(of record: KernelRecord) -> String? {
        guard timeline.live.host?.paging == .twoDimensional else { return nil }
        var fault = record
        if record.name == "kvm_exit" {
            // The exit has its reason in the fault that the same thread tells next.
            guard let next = kernel.pending[kernel.told...].first(where: { $0.thread == record.thread }) else {
                return nil
            }
            fault = next
        }
        guard fault.name == "kvm_page_fault", let address = fault["fault_address"], let error = fault["error_code"]
        else {
            return nil
        }
        return kernel.disturbed.cause(
            ofFaultAt: address >> 12, isWrite: error & 2 != 0, isLogged: tracking == .dirtyLog,
            isLast: record.name == "kvm_page_fault")?.rawValue
    }
}
