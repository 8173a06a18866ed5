/// One field of an ioctl's argument, as text.
public struct IoctlField: Sendable, Hashable {
    /// As the C structure calls it.
    public var name: String
    public var value: String
    /// What the value means, or nothing.
    public var note: String

    public init(_ name: String, _ value: String, _ note: String = "") {
        self.name = name
        self.value = value
        self.note = note
    }
}

extension IoctlCall {
    /// The argument before the call; fields that the kernel will fill are not among them.
    public var fields: [IoctlField] {
        guard let request, let argument else { return operationFields }
        if RequestCode(rawValue: request).direction == .read, !IoctlArgument.isReversed(request) { return [] }
        return IoctlArgument.fields(request: request, argument: argument, before: before, after: [])
    }

    private var operationFields: [IoctlField] {
        switch operation {
        case .open(let path): [IoctlField("path", path), IoctlField("flags", "O_RDWR|O_CLOEXEC")]
        case .map(let length):
            [
                IoctlField("length", "\(length)", "bytes"), IoctlField("prot", "PROT_READ|PROT_WRITE"),
                IoctlField("flags", "MAP_SHARED"), IoctlField("fd", "\(fd)"), IoctlField("offset", "0"),
            ]
        case .unmap(let address, let length):
            [IoctlField("addr", FieldText.hex(UInt64(address))), IoctlField("length", "\(length)", "bytes")]
        case .close: [IoctlField("fd", "\(fd)")]
        case .ioctl: []
        }
    }
}

extension IoctlRecord {
    /// The argument as the call left it.
    public var fields: [IoctlField] {
        guard let request = call.request, let argument = call.argument else { return call.fields }
        return IoctlArgument.fields(request: request, argument: argument, before: call.before, after: after)
    }

    /// The descriptor that the call made, with what it is.
    public var created: IoctlDoor.Target? {
        guard result >= 0 else { return nil }
        let fd = Int32(truncatingIfNeeded: result)
        switch call.operation {
        case .open: return IoctlDoor.Target(fd: fd, kind: .system)
        case .ioctl(let request, let argument):
            switch IoctlCatalog.name(of: request) {
            case "KVM_CREATE_VM": return IoctlDoor.Target(fd: fd, kind: .vm)
            case "KVM_CREATE_VCPU":
                return IoctlDoor.Target(fd: fd, kind: .vcpu, vcpu: Int(truncatingIfNeeded: argument))
            case "KVM_GET_STATS_FD": return IoctlDoor.Target(fd: fd, kind: .statistics, vcpu: call.vcpu)
            case "KVM_CREATE_DEVICE":
                guard let made = StructureBytes(after).value(at: 4, size: 4) else { return nil }
                return IoctlDoor.Target(fd: Int32(truncatingIfNeeded: made), kind: .device)
            default: return nil
            }
        default: return nil
        }
    }
}
