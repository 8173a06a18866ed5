/// The kinds of file descriptor that KVM hands out; the kind decides which requests a descriptor answers.
///
/// Source: KVM API document, 1 "General description".
public enum DescriptorKind: String, Sendable, Hashable, CaseIterable {
    /// `/dev/kvm` itself: questions about the host, and the birth of VMs.
    case system
    /// One virtual machine: its memory slots, interrupt controllers, vCPUs and devices.
    case vm
    /// One virtual processor: its registers, and `KVM_RUN`.
    case vcpu
    /// One in-kernel device made by `KVM_CREATE_DEVICE`.
    case device
    /// Binary statistics of a VM or a vCPU: read, never asked by ioctl.
    case statistics

    /// What the kernel writes in `/proc/self/fd` for such a descriptor, without the vCPU's number.
    public var anonymousName: String {
        switch self {
        case .system: "/dev/kvm"
        case .vm: "anon_inode:kvm-vm"
        case .vcpu: "anon_inode:kvm-vcpu"
        case .device: "anon_inode:kvm-device"
        case .statistics: "anon_inode:kvm-stats"
        }
    }
}
