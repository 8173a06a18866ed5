/// Where a fact was observed; a pane shows it beside the fact.
public enum Source: String, Sendable, CaseIterable {
    /// The return of an ioctl that passed the door.
    case ioctl
    /// The run page that KVM shares with user space (`struct kvm_run`).
    case run = "kvm_run"
    /// Files below /proc and /sys.
    case procfs
    /// /proc/self/pagemap and its kin.
    case pagemap
    /// A tracepoint of the kernel, through tracefs.
    case tracepoint
    /// The binary statistics of `KVM_GET_STATS_FD`.
    case statistics = "stats"
    /// Caused by kvmscope, in order to observe or since a person asked for it.
    case observer
    /// Worked out here from other facts, such as our own page walk.
    case computed
    /// Done by kvmscope itself, or by the person at the keyboard.
    case program
}
