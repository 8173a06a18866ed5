import TestSupport

@testable import Timeline

/// Events as a machine would make them, in short.
enum MadeUp {
    static func event(_ body: Event.Body, at nanoseconds: UInt64 = 0, thread: Int32 = 0) -> Event {
        Event(nanoseconds: nanoseconds, thread: thread, body)
    }

    static func start(guest: String = "guest.S", vcpus: Int = 1) -> Event {
        event(.start(RunStart(guest: guest, vcpus: vcpus, memory: 1 << 24)))
    }

    static func ioctl(
        _ name: String, _ kind: IoctlClass = .vm, vcpu: Int? = nil, result: Int64 = 0, errno: String = "",
        observing: Bool = false, thread: Int32 = 7
    ) -> Event {
        event(
            .ioctl(
                IoctlCall(
                    kind: kind, fd: 5, name: name, request: 0xAE80, result: result, errno: errno.isEmpty ? 0 : 4,
                    errnoName: errno, vcpu: vcpu, observing: observing)), thread: thread)
    }

    static func run(_ vcpu: Int = 0, errno: String = "") -> Event {
        ioctl("KVM_RUN", .vcpu, vcpu: vcpu, result: errno.isEmpty ? 0 : -1, errno: errno, thread: Int32(100 + vcpu))
    }

    static func exit(_ reason: String, _ vcpu: Int = 0, rip: UInt64 = 0x1000, registers: RegisterReading? = nil)
        -> Event
    {
        event(.exit(Exit(vcpu: vcpu, reason: reason, rip: rip, registers: registers)), thread: Int32(100 + vcpu))
    }

    static func resumed(_ vcpu: Int = 0, _ how: Resumption.How = .exit) -> Event {
        event(.resumed(Resumption(vcpu: vcpu, how: how)))
    }

    static func stopped(_ reason: Stop.Reason, _ vcpu: Int = 0) -> Event {
        event(.stopped(Stop(vcpu: vcpu, reason: reason, text: "")))
    }

    static func opened(_ fd: Int32, _ kind: Descriptor.Kind, by: String = "open") -> Event {
        event(.descriptor(DescriptorChange(isOpen: true, fd: fd, target: "target", kind: kind, by: by)))
    }

    static func closed(_ fd: Int32, _ kind: Descriptor.Kind) -> Event {
        event(.descriptor(DescriptorChange(isOpen: false, fd: fd, target: "target", kind: kind, by: "close")))
    }

    static func registers(_ vcpu: Int = 0, rax: UInt64 = 0, cr3: UInt64 = 0) -> RegisterReading {
        var general = GeneralRegisters()
        general.rax = rax
        var system = SystemRegisters()
        system.cr3 = cr3
        return RegisterReading(vcpu: vcpu, general: general, system: system, source: .run)
    }

    static func page(_ frame: UInt64, _ byte: UInt8) -> MemoryPage {
        MemoryPage(frame: frame, content: PageContent([UInt8](repeating: byte, count: 4096)))
    }

    static func world(after events: [Event]) -> World {
        var world = World()
        for event in events { world.apply(event) }
        return world
    }
}

extension Seeded {
    /// Any event, most often one of a running guest.
    mutating func event(_ nanoseconds: UInt64) -> Event {
        let vcpu = below(3)
        let thread = Int32(100 + vcpu)
        func made(_ body: Event.Body) -> Event { MadeUp.event(body, at: nanoseconds, thread: thread) }
        switch below(40) {
        case 0: return made(.mark("mark\(below(3))"))
        case 1: return made(.phase(MachinePhase.allCases[below(MachinePhase.allCases.count)]))
        case 2: return made(.problem("problem \(below(9))"))
        case 3: return made(.slot(MemorySlot(id: below(2), start: 0, size: UInt64(below(3)) << 16, host: 1 << 40)))
        case 4, 5: return made(.memory((0..<below(4)).map { _ in MadeUp.page(UInt64(below(20)), UInt8(below(5))) }))
        case 6:
            return made(.descriptor(.init(isOpen: true, fd: Int32(below(9)), target: "t", kind: .vcpu(vcpu), by: "x")))
        case 7:
            return made(.descriptor(.init(isOpen: false, fd: Int32(below(9)), target: "t", kind: .vcpu(vcpu), by: "x")))
        case 8:
            return made(
                .thread(.init(isStart: below(2) == 0, id: Int32(below(5)), name: "n", vcpu: below(2) == 0 ? vcpu : nil))
            )
        case 9:
            return made(
                .descriptors([
                    Descriptor(fd: Int32(below(9)), type: "CHR", device: "1,3", inode: 4, target: "t", kind: .other)
                ]))
        case 10: return made(.threads([HostThread(id: Int32(below(5)), name: "t", role: .main)]))
        case 11: return made(.gate(IoctlCall(kind: .vm, fd: 3, name: "KVM_CREATE_VCPU", request: 1, vcpu: vcpu)))
        case 12: return made(.end(RunEnd(why: .hlt, code: below(3))))
        case 13: return made(.kernel(KernelEvent(vcpu: vcpu, name: "kvm_exit", fields: [])))
        case 14:
            return below(20) == 0
                ? made(.start(RunStart(guest: "g\(below(9))", vcpus: 3, memory: 4096))) : made(.phase(.ready))
        case 15, 16, 17: return made(.console(ConsoleText(vcpu: vcpu, bytes: Bytes([UInt8(65 + below(26))]))))
        case 18, 19: return MadeUp.resumed(vcpu)
        case 20, 21: return MadeUp.stopped(Stop.Reason.allCases[below(Stop.Reason.allCases.count)], vcpu)
        case 22: return made(.registers(MadeUp.registers(vcpu, rax: UInt64(below(100)))))
        case 23: return MadeUp.ioctl("KVM_GET_REGS", .vcpu, vcpu: vcpu, observing: true, thread: thread)
        case 24: return MadeUp.run(vcpu, errno: "EINTR")
        case 25..<32: return MadeUp.run(vcpu)
        default:
            return MadeUp.exit(
                ["io", "mmio", "hlt", "intr"][below(4)], vcpu, rip: UInt64(below(1000)),
                registers: below(2) == 0 ? MadeUp.registers(vcpu, rax: UInt64(below(100))) : nil)
        }
    }
}

extension World {
    /// All that a pane could show, as text, so that two worlds can be held against each other.
    var picture: String {
        func sorted<Value>(_ counts: [String: Value]) -> String {
            counts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        }
        func text(_ reading: RegisterReading?) -> String {
            reading.map { "\($0.vcpu) \($0.general) \(String(describing: $0.system)) \($0.source)" } ?? "-"
        }
        var lines = [
            "\(String(describing: start)) \(phase) \(position) \(nanoseconds) \(resumedAt) \(ioctlCount) \(exitCount)",
            "\(descriptors)", "\(threads)", "\(previousThreads)", sorted(ioctlCounts), sorted(kernelCounts),
            sorted(marks),
            "\(String(describing: lastIoctl)) \(waitingCalls) \(String(describing: lastStop)) \(problem ?? "-")",
            "\(String(describing: end)) \(console.total) \(console.text)",
            "\(memory.slots) \(memory.readCount)",
            memory.pages.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.bytes.first ?? 0)" }.joined(
                separator: " "),
            memory.changed.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value?.bytes.first.map(Int.init) ?? -1)" }
                .joined(separator: " "),
        ]
        for vcpu in vcpus {
            lines.append(
                "\(vcpu.index) \(String(describing: vcpu.fd)) \(String(describing: vcpu.thread)) \(vcpu.isRunning) \(vcpu.node)"
            )
            lines.append(
                "\(String(describing: vcpu.lastArrow)) \(FlowArrow.allCases.map { vcpu.arrows[$0] }) \(vcpu.exits)")
            lines.append(
                "\(sorted(vcpu.exitCounts)) \(vcpu.exitedAt) \(vcpu.registersAt) \(String(describing: vcpu.lastStop))")
            lines.append("\(vcpu.lastExit.map { "\($0.reason) \($0.rip ?? 0)" } ?? "-")")
            lines.append(text(vcpu.registers) + text(vcpu.previousRegisters))
        }
        return lines.joined(separator: "\n")
    }
}
