/// How one `KVM_RUN` came back.
public enum RunResult: Sendable, Hashable {
    /// The guest left for user space; the run page says why.
    case exit
    /// `EINTR`: a signal or `immediate_exit`. An ordinary result: this is how a vCPU is got back.
    case interrupted
    /// `EAGAIN`: the vCPU changed its state (a new application processor got INIT or SIPI) and wants to be run again.
    case again
    /// Any other error. With `EFAULT` the run page may hold a memory-fault exit (`KVM_CAP_MEMORY_FAULT_INFO`).
    case failed(Errno)

    init(result: Int) {
        if result >= 0 {
            self = .exit
            return
        }
        let errno = Errno(rawValue: Int32(truncatingIfNeeded: -result))
        switch errno {
        case .interrupted: self = .interrupted
        case .again: self = .again
        default: self = .failed(errno)
        }
    }
}

extension RunRecord {
    /// What the call returned, as `VCPU.run` tells it.
    public var outcome: RunResult { RunResult(result: result) }
}
