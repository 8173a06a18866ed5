internal import KVM
internal import Timeline

/// Makes timeline events of the calls that passed the door, and keeps what is needed to name them.
struct CallConverter {
    private var guided: Set<UInt32> = []

    /// The call as it waits at the gate.
    func waiting(_ call: KVM.IoctlCall) -> CallEvent {
        Self.convert(call, after: call.before, result: 0, duration: 0)
    }

    /// The events of one call: the guide before the first of its kind, the call, and the descriptor that it opened or closed.
    mutating func events(for record: IoctlRecord, at nanoseconds: UInt64) -> [Event] {
        let call = Self.convert(
            record.call, after: record.after, result: record.result, duration: record.end &- record.begin)
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
        guide(for: KVM.IoctlCall(operation: .ioctl(request: 0xAE80, argument: 0), fd: -1, kind: .vcpu))
    }

    private mutating func guide(for call: KVM.IoctlCall) -> IoctlGuide? {
        guard let request = call.request, guided.insert(UInt32(truncatingIfNeeded: request)).inserted else { return nil }
        return IoctlGuide(request: request, kind: call.kind)
    }

    private static func convert(
        _ call: KVM.IoctlCall, after: [UInt8], result: Int, duration: UInt64
    ) -> CallEvent {
        let errno = result < 0 ? Int32(truncatingIfNeeded: -result) : 0
        var converted = CallEvent(
            kind: .call, fd: call.fd, name: "", request: 0, result: Int64(max(result, -1)), errno: errno,
            errnoName: errno == 0 ? "" : Errno(rawValue: errno).name, duration: duration, vcpu: call.vcpu,
            observing: call.purpose == .observation)
        switch call.operation {
        case .open(let path):
            converted.name = "open"
            converted.fields = [IoctlField(name: "path", value: path)]
        case .map(let length):
            converted.name = "mmap"
            converted.fields = [IoctlField(name: "length", value: "\(length)")]
        case .unmap(_, let length):
            converted.name = "munmap"
            converted.fields = [IoctlField(name: "length", value: "\(length)")]
        case .close:
            converted.name = "close"
        case .ioctl(let request, let argument):
            converted.kind = IoctlClass(call.kind)
            converted.name = IoctlCatalog.name(of: request)
            converted.request = UInt32(truncatingIfNeeded: request)
            converted.argument = UInt64(argument)
            converted.fields = decodedFields(call, after: after)
        }
        return converted
    }

    private static func consequences(of record: IoctlRecord, name: String) -> [Event.Body] {
        guard record.result >= 0 else { return [] }
        let call = record.call
        switch call.operation {
        case .open(let path):
            return [.descriptor(.init(isOpen: true, fd: Int32(record.result), target: path, kind: .system, by: "open"))]
        case .close:
            return [
                .descriptor(
                    .init(
                        isOpen: false, fd: call.fd, target: target(call.kind, call.vcpu), kind: kind(call.kind, call.vcpu),
                        by: "close"))
            ]
        case .ioctl(let request, let argument):
            switch name {
            case "KVM_CREATE_VM":
                return [opened(record.result, .vm, nil, name)]
            case "KVM_CREATE_VCPU":
                return [opened(record.result, .vcpu, Int(argument), name)]
            case "KVM_GET_STATS_FD":
                return [opened(record.result, .statistics, call.vcpu, name)]
            case "KVM_SET_USER_MEMORY_REGION":
                return slot(from: call.before).map { [.slot($0)] } ?? []
            default:
                _ = request
                return []
            }
        case .map, .unmap:
            return []
        }
    }

    private static func opened(_ fd: Int, _ kind: DescriptorKind, _ vcpu: Int?, _ by: String) -> Event.Body {
        .descriptor(
            .init(isOpen: true, fd: Int32(fd), target: target(kind, vcpu), kind: Self.kind(kind, vcpu), by: by))
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

    /// What /proc/self/fd will say.
    private static func target(_ kind: DescriptorKind, _ vcpu: Int?) -> String {
        switch kind {
        case .system: "/dev/kvm"
        case .vm: "anon_inode:kvm-vm"
        case .vcpu: "anon_inode:kvm-vcpu:\(vcpu ?? 0)"
        case .device: "anon_inode:kvm-device"
        case .statistics: vcpu.map { "anon_inode:kvm-vcpu-stats:\($0)" } ?? "anon_inode:kvm-vm-stats"
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
