/// Which of the machine's descriptors an ioctl is tried on.
public enum IoctlTarget: String, CaseIterable, Hashable, Sendable {
    case system, vm, vcpu

    /// What the completion says of it.
    var summary: String {
        switch self {
        case .system: "on /dev/kvm"
        case .vm: "on the virtual machine's descriptor"
        case .vcpu: "on the descriptor of the vCPU in view"
        }
    }
}

/// A request as a person writes it: by its name in the kernel's header, or as the number that it stands for.
public enum IoctlRequest: Hashable, Sendable, CustomStringConvertible {
    case named(String)
    case number(UInt32)

    public var description: String {
        switch self {
        case .named(let name): name
        case .number(let number): "0x" + String(number, radix: 16)
        }
    }
}
