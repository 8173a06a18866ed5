internal import KVM
internal import Timeline

/// Makes timeline events of the calls that passed the door, and keeps what is needed to name them.
struct CallConverter {
    private var guided: Set<IoctlGuide.Key> = []
    private var hasGuidedRun = false

    /// The call as it waits at the gate.
    func waiting(_ call: KVM.IoctlCall) -> CallEvent {
        Self.convert(call, fields: call.fields, result: 0, duration: 0)
    }

    /// The events of one call: the guide before the first of its kind, the call, and the descriptor that it opened or closed.
    mutating func events(for record: IoctlRecord, at nanoseconds: UInt64) -> [Event] {
        let call = Self.convert(
            record.call, fields: record.fields, result: record.result, duration: record.end &- record.begin)
        var events: [Event] = []
        if let guide = guide(for: record.call) {
            events.append(Event(nanoseconds: nanoseconds, thread: record.thread, .guide(guide)))
        }
        events.append(Event(nanoseconds: nanoseconds, thread: record.thread, .ioctl(call)))
        for body in Self.consequences(of: record, name: call.name) {
            events.append(Event(nanoseconds: nanoseconds, thread: record.thread, body))
        }
        return events
    }

    /// A KVM_RUN, made often: nothing is decoded.
    mutating func event(for run: RunRecord, at nanoseconds: UInt64) -> Event {
        let errno = run.result < 0 ? Int32(truncatingIfNeeded: -run.result) : 0
        return Event(
            nanoseconds: nanoseconds, thread: run.thread,
            .ioctl(
                CallEvent(
                    kind: .vcpu, fd: run.fd, name: "KVM_RUN", request: 0xAE80, result: Int64(max(run.result, -1)),
                    errno: errno, errnoName: errno == 0 ? "" : Errno(rawValue: errno).name,
                    duration: run.end &- run.begin, vcpu: run.vcpu)))
    }

    mutating func guideForRun() -> IoctlGuide? {
        if hasGuidedRun { return nil }
        hasGuidedRun = true
        return guide(for: KVM.IoctlCall(operation: .ioctl(request: 0xAE80, argument: 0), fd: -1, kind: .vcpu))
    }

    /// What is documented of a call; nil where it was said before.
    mutating func guide(for call: KVM.IoctlCall) -> IoctlGuide? {
        guard let request = call.request,
            guided.insert(.init(request: UInt32(truncatingIfNeeded: request), kind: IoctlClass(call.kind))).inserted
        else {
            return nil
        }
        return IoctlGuide(request: request, kind: call.kind)
    }

    private static func convert(
        _ call: KVM.IoctlCall, fields: [KVM.IoctlField], result: Int, duration: UInt64
    ) -> CallEvent {
        let errno = result < 0 ? Int32(truncatingIfNeeded: -result) : 0
        var converted = CallEvent(
            kind: .call, fd: call.fd, name: "", request: 0, result: Int64(max(result, -1)), errno: errno,
            errnoName: errno == 0 ? "" : Errno(rawValue: errno).name, duration: duration, vcpu: call.vcpu,
            observing: call.purpose == .observation)
        converted.fields = fields.map { .init(name: $0.name, value: $0.value, note: $0.note) }
        switch call.operation {
        case .open: converted.name = "open"
        case .map: converted.name = "mmap"
        case .unmap: converted.name = "munmap"
        case .close: converted.name = "close"
        case .ioctl(let request, let argument):
            converted.kind = IoctlClass(call.kind)
            converted.name = IoctlCatalog.name(of: request)
            converted.request = UInt32(truncatingIfNeeded: request)
            converted.argument = UInt64(argument)
        }
        return converted
    }

    private static func consequences(of record: IoctlRecord, name: String) -> [Event.Body] {
        if let made = record.created {
            return [
                .descriptor(
                    .init(
                        isOpen: true, fd: made.fd, target: target(made, record.call.operation),
                        kind: kind(made.kind, made.vcpu), by: name))
            ]
        }
        guard record.result >= 0 else { return [] }
        let call = record.call
        if call.operation == .close {
            let closed = IoctlDoor.Target(fd: call.fd, kind: call.kind, vcpu: call.vcpu)
            return [
                .descriptor(
                    .init(
                        isOpen: false, fd: call.fd, target: target(closed, call.operation),
                        kind: kind(call.kind, call.vcpu), by: "close"))
            ]
        }
        if name == "KVM_SET_USER_MEMORY_REGION", let slot = slot(from: call.before) { return [.slot(slot)] }
        return []
    }

    private static func kind(_ kind: DescriptorKind, _ vcpu: Int?) -> Descriptor.Kind {
        switch kind {
        case .system: .system
        case .vm: .vm
        case .vcpu: .vcpu(vcpu ?? 0)
        case .device: .device("device")
        case .statistics: .statistics
        }
    }

    /// What /proc/self/fd says of it.
    private static func target(_ target: IoctlDoor.Target, _ operation: KVM.IoctlCall.Operation) -> String {
        if case .open(let path) = operation { return path }
        switch target.kind {
        case .system: return "/dev/kvm"
        case .vm: return "anon_inode:kvm-vm"
        case .vcpu: return "anon_inode:kvm-vcpu:\(target.vcpu ?? 0)"
        case .device: return "anon_inode:kvm-device"
        case .statistics: return target.vcpu.map { "anon_inode:kvm-vcpu-stats:\($0)" } ?? "anon_inode:kvm-vm-stats"
        }
    }

    /// `struct kvm_userspace_memory_region`: slot, flags, guest address, size, host address.
    private static func slot(from bytes: [UInt8]) -> MemorySlot? {
        guard bytes.count >= 32 else { return nil }
        func number(_ offset: Int, _ size: Int) -> UInt64 {
            bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let flags = number(4, 4)
        return MemorySlot(
            id: Int(number(0, 4)), start: number(8, 8), size: number(16, 8), host: number(24, 8),
            isReadOnly: flags & 2 != 0, logsDirtyPages: flags & 1 != 0)
    }
}

extension IoctlClass {
    init(_ kind: DescriptorKind) {
        switch kind {
        case .system: self = .system
        case .vm: self = .vm
        case .vcpu: self = .vcpu
        case .device, .statistics: self = .device
        }
    }
}
