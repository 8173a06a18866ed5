import Timeline

/// Runs as values: no machine is needed to draw one.
struct MadeUpRun {
    private(set) var events: [Event] = []
    private(set) var clock: UInt64 = 0

    init(guest: String = "digit.S", vcpus: Int = 1) {
        add(
            .start(
                RunStart(
                    guest: guest, vcpus: vcpus, memory: 16 << 20, symbols: [Symbol(name: "_start", address: 0x100000)]))
        )
        add(.phase(.building), after: 1000)
        call("open", .call, fd: -1, result: 5)
        add(.descriptor(DescriptorChange(isOpen: true, fd: 5, target: "/dev/kvm", kind: .system, by: "open")))
        call("KVM_CREATE_VM", .system, fd: 5, result: 6)
        add(
            .descriptor(
                DescriptorChange(isOpen: true, fd: 6, target: "anon_inode:kvm-vm", kind: .vm, by: "KVM_CREATE_VM")))
        for vcpu in 0..<vcpus {
            call("KVM_CREATE_VCPU", .vm, fd: 6, result: Int64(7 + vcpu))
            add(
                .descriptor(
                    DescriptorChange(
                        isOpen: true, fd: Int32(7 + vcpu), target: "anon_inode:kvm-vcpu:\(vcpu)", kind: .vcpu(vcpu),
                        by: "KVM_CREATE_VCPU")))
        }
        add(.phase(.ready), after: 2_000_000)
    }

    mutating func add(_ body: Event.Body, after nanoseconds: UInt64 = 0) {
        clock += nanoseconds
        events.append(Event(nanoseconds: clock, thread: 41, body))
    }

    mutating func call(_ name: String, _ kind: IoctlClass, fd: Int32, result: Int64 = 0) {
        add(
            .ioctl(IoctlCall(kind: kind, fd: fd, name: name, request: 0xAE00, result: result, duration: 900)),
            after: 5000)
    }

    /// One call of KVM_RUN and what it came back with.
    mutating func exit(
        _ reason: String, _ detail: Exit.Detail = .none, vcpu: Int = 0, rip: UInt64? = 0x10_0007,
        servedBy: String? = nil, after nanoseconds: UInt64 = 20_000
    ) {
        add(
            .ioctl(
                IoctlCall(
                    kind: .vcpu, fd: Int32(7 + vcpu), name: "KVM_RUN", request: 0xAE80, duration: nanoseconds / 2,
                    vcpu: vcpu)), after: nanoseconds)
        add(.exit(Exit(vcpu: vcpu, reason: reason, detail: detail, rip: rip, servedBy: servedBy)))
    }

    mutating func write(_ text: String, vcpu: Int = 0, after nanoseconds: UInt64 = 20_000) {
        for byte in text.utf8 {
            exit(
                "io", .io(.init(isWrite: true, port: 0x3F8, size: 1, count: 1, data: Bytes([byte]))), vcpu: vcpu,
                servedBy: "console", after: nanoseconds)
            add(.console(ConsoleText(vcpu: vcpu, bytes: Bytes([byte]))))
        }
    }

    mutating func stop(_ reason: Stop.Reason = .exit, vcpu: Int = 0) {
        add(.stopped(Stop(vcpu: vcpu, reason: reason, text: "stopped at the exit")))
        add(.phase(.stopped))
    }

    mutating func end(_ why: RunEnd.Why = .hlt) {
        add(.end(RunEnd(why: why, code: 0)))
        add(.phase(.ended))
    }

    var timeline: Timeline {
        let timeline = Timeline()
        for event in events { timeline.append(event) }
        return timeline
    }

    /// Two vCPUs, most kinds of exit, a pause in which a person thought, and tracepoints.
    static var colourful: MadeUpRun {
        var run = MadeUpRun(vcpus: 2)
        run.write("Hi")
        run.exit(
            "mmio", .mmio(.init(isWrite: false, address: 0xD000_0004, data: Bytes([1, 0, 0, 0]))), vcpu: 1,
            servedBy: "counter")
        run.exit("debug", .debug(exception: 1, pc: 0x10_0009, dr6: 0xFFFF_4FF0, dr7: 0x400), after: 90_000)
        run.exit("intr", vcpu: 1, after: 14_000_000_000)
        run.write("!", vcpu: 1)
        run.exit(
            "unknown:77", .fields([.init(name: "flags", value: 0x10), .init(name: "count", value: 3, isNumber: true)]))
        for _ in 0..<6 {
            run.add(.kernel(KernelEvent(vcpu: 0, name: "kvm_entry", fields: [])), after: 700)
            run.add(.kernel(KernelEvent(vcpu: 0, name: "kvm_exit", fields: [])), after: 700)
        }
        run.exit(
            "internal-error", .internalError(suberror: 1, data: [7], instruction: Bytes([0x0F, 0xA2])), vcpu: 1)
        run.exit("hlt", rip: nil)
        run.stop(.halted)
        run.end()
        return run
    }
}
