import Command
import Facts
import Timeline

/// A timeline made of events, without a machine.
struct MadeUpWorld {
    let timeline = Timeline()

    init(_ bodies: [Event.Body] = []) { for body in bodies { add(body) } }

    func add(_ body: Event.Body, thread: Int32 = 0) {
        timeline.append(Event(nanoseconds: UInt64(timeline.end), thread: thread, body))
    }

    func facts(vcpu: Int = 0) -> WorldFacts {
        WorldFacts(timeline, vcpu: vcpu)
    }

    /// What an expression comes to.
    func callAsFunction(_ expression: String, vcpu: Int = 0) throws -> Value {
        try Expression(parsing: expression).value(in: facts(vcpu: vcpu))
    }

    static func run(_ vcpu: Int = 0, errno: Int32 = 0) -> Event.Body {
        .ioctl(
            IoctlCall(
                kind: .vcpu, fd: 7, name: "KVM_RUN", request: 0xAE80, result: errno == 0 ? 0 : -1, errno: errno,
                errnoName: errno == 0 ? "" : "EINTR", vcpu: vcpu))
    }

    static func registers(
        _ vcpu: Int = 0, _ change: (inout GeneralRegisters, inout SystemRegisters) -> Void = { _, _ in }
    ) -> RegisterReading {
        var general = GeneralRegisters()
        var system = SystemRegisters()
        change(&general, &system)
        return RegisterReading(vcpu: vcpu, general: general, system: system, source: .run)
    }

    static func page(_ frame: UInt64, _ words: [Int: UInt64]) -> MemoryPage {
        var bytes = [UInt8](repeating: 0, count: 4096)
        for (offset, word) in words {
            for index in 0..<8 { bytes[offset + index] = UInt8(truncatingIfNeeded: word >> UInt64(index * 8)) }
        }
        return MemoryPage(frame: frame, content: PageContent(bytes))
    }

    /// A machine of two vCPUs that was built, ran and stands.
    static func stood() -> MadeUpWorld {
        MadeUpWorld([
            .start(
                RunStart(guest: "g.S", vcpus: 2, memory: 1 << 24, symbols: [Symbol(name: "message", address: 0x2000)])),
            .phase(.building),
            .threads([HostThread(id: 1, name: "kvmscope", role: .main)]),
            .thread(.init(isStart: true, id: 2, name: "VM builder", vcpu: nil)),
            .descriptor(.init(isOpen: true, fd: 4, target: "/dev/kvm", kind: .system, by: "open")),
            .descriptor(.init(isOpen: true, fd: 5, target: "anon_inode:kvm-vm", kind: .vm, by: "KVM_CREATE_VM")),
            .slot(MemorySlot(id: 0, start: 0, size: 1 << 24, host: 1 << 40)),
            .memory([page(2, [0: 0x1122_3344_5566_7788])]),
            .descriptor(
                .init(isOpen: true, fd: 6, target: "anon_inode:kvm-vcpu:0", kind: .vcpu(0), by: "KVM_CREATE_VCPU")),
            .descriptor(
                .init(isOpen: true, fd: 7, target: "anon_inode:kvm-vcpu:1", kind: .vcpu(1), by: "KVM_CREATE_VCPU")),
            .thread(.init(isStart: true, id: 3, name: "CPU 0/KVM", vcpu: 0)),
            .thread(.init(isStart: true, id: 4, name: "CPU 1/KVM", vcpu: 1)),
            .thread(.init(isStart: false, id: 2, name: "VM builder", vcpu: nil)),
            .guide(
                IoctlGuide(
                    request: 0xAE80, name: "KVM_RUN", kind: .vcpu, summary: "", direction: "none", type: 0xAE,
                    number: 0x80,
                    size: 0, argumentType: "",
                    road: [RoadStep(function: "kvm_vcpu_ioctl", file: "virt/kvm/kvm_main.c")], qemu: nil)),
            .host(HostKVM(module: "kvm_amd", paging: .twoDimensional, isGuest: false)),
            .sight(KernelSight(level: .statistics, reason: "not root")),
            .statistics(StatisticsReading(vcpu: 0, counters: [.init(name: "exits", value: 7, difference: 7)])),
            .phase(.ready), .resumed(.init(vcpu: 0, how: .run)), .resumed(.init(vcpu: 1, how: .run)), .phase(.running),
            run(0),
            .exit(
                Exit(
                    vcpu: 0, reason: "io",
                    detail: .io(.init(isWrite: true, port: 0x3F8, size: 1, count: 3, data: Bytes([0x48, 0x69, 0x0A]))),
                    rip: 0x1000,
                    registers: registers(0) { general, system in
                        general.rax = 0x1234_5678_9ABC_DEF0
                        system.cr0 = 1
                        system.ss.privilege = 3
                        system.gdt.base = 0x500
                    })),
            .console(ConsoleText(vcpu: 0, bytes: Bytes(Array("Hi\n".utf8)))),
            .stopped(.init(vcpu: 0, reason: .exit, text: "")), run(1),
            .exit(Exit(vcpu: 1, reason: "hlt", rip: 0x2000, registers: registers(1))),
            .stopped(.init(vcpu: 1, reason: .halted, text: "")), .phase(.stopped),
        ])
    }

    /// Machines in which an address is followed: to a host page, and to a fault.
    static func followed() -> [MadeUpWorld] {
        let tables: [Event.Body] = [
            .memory([page(1, [0: 0x2003]), page(2, [0: 0x3003]), page(3, [8: 0x83])]),
            .registers(
                registers(0) { _, system in
                    (system.cr0, system.cr3, system.cr4, system.efer) = (0x8001_0001, 0x1000, 0x20, 0x500)
                }),
        ]
        return [0x20_0000, 0x40_0000].map { (address: UInt64) in
            let world = stood()
            for body in tables { world.add(body) }
            world.add(
                .guide(
                    IoctlGuide(
                        request: 0xAE80, name: "KVM_RUN", kind: .vcpu, summary: "run", direction: "none", type: 0xAE,
                        number: 0x80, size: 0, argumentType: "",
                        road: [RoadStep(function: "kvm_vcpu_ioctl", file: "virt/kvm/kvm_main.c")], qemu: nil)))
            world.add(.walk(WalkQuestion(vcpu: 0, address: address)))
            world.add(.translation(KernelTranslation(vcpu: 0, linear: address, isValid: true, physical: 0)))
            world.add(
                .hostPage(HostPage(guestAddress: 0, hostAddress: 1 << 40, state: .present, frame: 0x123, unit: 4096)))
            return world
        }
    }
}
