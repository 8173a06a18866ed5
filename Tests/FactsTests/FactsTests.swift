import Command
import Facts
import Testing
import Timeline

@Suite("Facts of a made-up world") struct FactsTests {
    @Test(
        "a fact is what the events said",
        arguments: [
            ("exit.reason", "hlt"), ("exit.number", "2"), ("exit.count", "2"), ("exit.count(io)", "1"),
            ("exit.count(mmio)", "0"),
            ("exit.vcpu", "1"), ("exit.interrupted", "false"), ("vcpu.count", "2"), ("vcpu.current", "0"),
            ("vcpu0.reason", "io"), ("vcpu1.reason", "hlt"), ("vcpu0.exits", "1"), ("vcpu0.state", "stopped"),
            ("vcpu1.state", "halted"), ("vcpu0.mode", "protected"), ("vcpu1.mode", "real"), ("vcpu0.cpl", "3"),
            ("vcpu1.cpl", "0"),
            ("vcpu7.state", "unbuilt"), ("fd.count", "4"), ("fd.count(kvm)", "1"), ("fd.count(kvm-vm)", "1"),
            ("fd.count(kvm-vcpu)", "2"), ("fd.count(kvm-stats)", "0"), ("fd.count(other)", "0"),
            ("fd.last", "kvm-vcpu"),
            ("thread.count", "3"), ("thread.count(main)", "1"), ("thread.count(vcpu)", "2"),
            ("thread.count(builder)", "0"),
            ("ioctl.count", "2"), ("ioctl.count(KVM_RUN)", "2"), ("ioctl.count(KVM_CREATE_VM)", "0"),
            ("ioctl.last", "KVM_RUN"),
            ("ioctl.class", "vcpu"), ("ioctl.result", "0"), ("ioctl.errno", "none"), ("console", "Hi\n"),
            ("console.length", "3"),
            ("flow.node", "handle-io"), ("flow.count(run)", "1"), ("flow.count(io-yes)", "1"),
            ("flow.count(signal-yes)", "0"),
            ("flow.count(again)", "0"), ("machine.state", "stopped"), ("stop.reason", "halted"), ("end.why", "none"),
            ("timeline.live", "true"), ("contains(console, Hi)", "true"), ("contains(console, Ho)", "false"),
        ])
    func values(_ expression: String, _ wanted: String) throws {
        let value = try MadeUpWorld.stood()(expression)
        switch value {
        case .integer(let number): #expect("\(number)" == wanted, "\(expression)")
        case .text(let text): #expect(text == wanted, "\(expression)")
        case .boolean(let flag): #expect("\(flag)" == wanted, "\(expression)")
        case .unknown(let reason): Issue.record("\(expression) is unknown: \(reason)")
        }
    }

    @Test("every fact that is served is answered somewhere in the story of a machine")
    func everyServedFact() throws {
        // What the newest exit is decides which of its facts exist.
        var worlds = [MadeUpWorld.stood()]
        for detail: Exit.Detail in [
            .io(.init(isWrite: true, port: 1, size: 1, count: 1, data: Bytes([1]))),
            .mmio(.init(isWrite: true, address: 0xD000_0000, data: Bytes([1]))),
            .internalError(suberror: 1, data: [], instruction: Bytes([0xCC])),
        ] {
            let world = MadeUpWorld.stood()
            world.add(.exit(Exit(vcpu: 0, reason: "io", detail: detail, registers: MadeUpWorld.registers())))
            world.add(.stopped(.init(vcpu: 0, reason: .exit, text: "")))
            world.add(.end(RunEnd(why: .exit, code: 3)))
            world.add(.kernel(KernelEvent(vcpu: 0, name: "kvm_exit", fields: [])))
            worlds.append(world)
        }
        worlds += MadeUpWorld.followed()
        for entry in FactTable.entries {
            let name = entry.id == .flowCount ? "flow.count(run)" : entry.id == .register ? "reg.rax" : entry.example
            let answers = try worlds.map { try $0(name).unknownReason }
            #expect(answers.contains(nil), "\(name): \(answers.compactMap { $0 }.first ?? "")")
        }
    }

    @Test("before there is anything, each fact says none, zero or why it is unknown")
    func nothing() throws {
        let world = MadeUpWorld()
        for entry in FactTable.entries {
            let value = try world(entry.example)
            if case .unknown(let reason) = value { #expect(reason.count > 10, "\(entry.id)") }
        }
        #expect(try world("exit.reason") == .text("none"))
        #expect(try world("exit.count") == .integer(0))
        #expect(try world("exit.port").unknownReason?.contains("no vCPU has left") == true)
        #expect(try world("vcpu0.state") == .text("unbuilt"))
        #expect(try world("machine.state") == .text("unbuilt"))
        #expect(try world("fd.last").unknownReason != nil)
        #expect(try world("end.code").unknownReason?.contains("not ended") == true)
        #expect(try world("stop.reason") == .text("none"))
        #expect(try world("mem8[0]").unknownReason?.contains("slot") == true)
    }

    @Test("the facts of an io exit, and what it has not")
    func ioExit() throws {
        let world = MadeUpWorld([
            .exit(
                Exit(
                    vcpu: 0, reason: "io",
                    detail: .io(
                        .init(isWrite: false, port: 0x60, size: 2, count: 2, data: Bytes([0x34, 0x12, 0x78, 0x56])))))
        ])
        #expect(try world("exit.port") == .integer(0x60))
        #expect(try world("exit.direction") == .text("in"))
        #expect(try world("exit.size") == .integer(2))
        #expect(try world("exit.repeat") == .integer(2))
        #expect(try world("exit.data") == .integer(0x1234))
        #expect(try world("exit.address").unknownReason?.contains("io, has no exit.address") == true)
        #expect(try world("exit.suberror").unknownReason != nil)
    }

    @Test("the facts of an mmio exit and of an internal error")
    func otherExits() throws {
        let world = MadeUpWorld([
            .exit(
                Exit(
                    vcpu: 0, reason: "mmio",
                    detail: .mmio(.init(isWrite: true, address: 0xD000_0008, data: Bytes([1, 2, 3, 4])))))
        ])
        #expect(try world("exit.address") == .integer(0xD000_0008))
        #expect(try world("exit.data") == .integer(0x0403_0201))
        #expect(try world("exit.size") == .integer(4))
        #expect(try world("exit.direction") == .text("write"))
        #expect(try world("exit.direction == write") == .boolean(true))
        #expect(try world("exit.direction == out") == .boolean(true))
        #expect(try world("exit.direction != in") == .boolean(true))
        #expect(try world("exit.port").unknownReason != nil)
        world.add(
            .exit(
                Exit(
                    vcpu: 0, reason: "internal-error",
                    detail: .internalError(suberror: 1, data: [], instruction: Bytes([])))))
        #expect(try world("exit.suberror") == .integer(1))
        world.add(.exit(Exit(vcpu: 0, reason: "intr")))
        #expect(try world("exit.interrupted") == .boolean(true))
    }

    @Test("registers come whole and in parts, of the vCPU that is meant")
    func registers() throws {
        let world = MadeUpWorld.stood()
        #expect(try world("reg.rax") == .integer(0x1234_5678_9ABC_DEF0))
        #expect(try world("reg.eax") == .integer(0x9ABC_DEF0))
        #expect(try world("reg.ax") == .integer(0xDEF0))
        #expect(try world("reg.al") == .integer(0xF0))
        #expect(try world("reg.ah") == .integer(0xDE))
        #expect(try world("vcpu1.rax") == .integer(0))
        #expect(try world("reg.rax", vcpu: 1) == .integer(0))
        #expect(try world("reg.cr0") == .integer(1))
        #expect(try world("vcpu2.rax").unknownReason?.contains("no vCPU 2") == true)
        for register in RegisterName.all {
            #expect(try world("reg.\(register.name)").unknownReason == nil, "\(register.name)")
        }
    }

    @Test("registers that are older than the exit are unknown, and so are those of a running vCPU")
    func staleRegisters() throws {
        let world = MadeUpWorld.stood()
        world.add(.exit(Exit(vcpu: 0, reason: "io", rip: 0x1004)))
        #expect(try world("reg.rax").unknownReason?.contains("not read at this exit") == true)
        world.add(.registers(MadeUpWorld.registers { general, _ in general.rax = 9 }))
        #expect(try world("reg.rax") == .integer(9))
        world.add(.resumed(.init(vcpu: 0, how: .run)))
        #expect(try world("reg.rax").unknownReason?.contains("running") == true)
        #expect(try world("vcpu0.state") == .text("running"))
    }

    @Test("memory is read where it is: little-endian, zeros where nothing was written, unknown where no slot is")
    func memory() throws {
        let world = MadeUpWorld.stood()
        #expect(try world("mem64[message]") == .integer(0x1122_3344_5566_7788))
        #expect(try world("mem8[message + 1]") == .integer(0x77))
        #expect(try world("mem16[message + 2]") == .integer(0x5566))
        #expect(try world("mem32[0x1ffe]") == .integer(0x7788_0000))
        #expect(try world("mem64[0x9000]") == .integer(0))
        #expect(try world("mem8[0xffffff]") == .integer(0))
        #expect(try world("mem8[0x1000000]").unknownReason?.contains("no memory slot") == true)
        #expect(try world("mem64[0xfffffc]").unknownReason?.contains("no memory slot") == true)
        world.add(.memory([MemoryPage(frame: 2, content: .unread)]))
        #expect(try world("mem8[message]").unknownReason?.contains("left out") == true)
    }

    @Test("with paging on, an address is a virtual one: it goes through the guest's own tables")
    func virtualMemory() throws {
        let world = MadeUpWorld.stood()
        // One 4 KiB page at 0x40_0000 lies at 0x2000, the page behind it at 0x9000; nothing else is mapped.
        world.add(
            .memory([
                MadeUpWorld.page(0x10, [0: 0x11003]), MadeUpWorld.page(0x11, [0: 0x12003]),
                MadeUpWorld.page(0x12, [2 * 8: 0x13003]),
                MadeUpWorld.page(0x13, [0: 0x2003, 8: 0x9003]), MadeUpWorld.page(9, [0: 0xEE]),
            ]))
        world.add(
            .registers(
                MadeUpWorld.registers { _, system in
                    system.cr0 = 0x8000_0001
                    system.cr3 = 0x10000
                    system.cr4 = 0x20
                    system.efer = 0x500
                }))
        #expect(try world("mem64[0x400000]") == .integer(0x1122_3344_5566_7788))
        #expect(try world("mem8[0x401000]") == .integer(0xEE))
        #expect(try world("mem16[0x400fff]") == .integer(0xEE00))
        #expect(try world("mem8[0x2000]").unknownReason?.contains("not mapped") == true)
        #expect(try world("mem16[0x401fff]").unknownReason?.contains("not mapped") == true)
        // vCPU 1 has no paging.
        #expect(try world("mem64[0x2000]", vcpu: 1) == .integer(0x1122_3344_5566_7788))
    }

    @Test("what is not in a console whose beginning is gone is unknown, and what is there is found")
    func trimmedConsole() throws {
        let world = MadeUpWorld([.console(ConsoleText(vcpu: 0, bytes: Bytes(Array("first".utf8))))])
        #expect(try world("contains(console, last)") == .boolean(false))
        for _ in 0..<5000 { world.add(.console(ConsoleText(vcpu: 0, bytes: Bytes(Array("0123456789".utf8))))) }
        world.add(.console(ConsoleText(vcpu: 0, bytes: Bytes(Array("last".utf8)))))
        #expect(try world("contains(console, last)") == .boolean(true))
        #expect(try world("contains(console, first)").unknownReason?.contains("beginning is gone") == true)
        #expect(try world("!contains(console, first)").unknownReason != nil)
        #expect(try world("console.length") == .integer(50009))
    }

    @Test("the timeline's facts follow the cursor")
    func cursor() throws {
        let world = MadeUpWorld.stood()
        let earlier = WorldFacts(world.timeline, at: 3, vcpu: 0)
        #expect(try Expression(parsing: "timeline.live").value(in: earlier) == .boolean(false))
        #expect(try Expression(parsing: "timeline.cursor").value(in: earlier) == .integer(3))
        #expect(try Expression(parsing: "timeline.count").value(in: earlier) == .integer(UInt64(world.timeline.end)))
    }

    @Test("a branch differs from another at the exit that comparing them finds")
    func difference() throws {
        let world = MadeUpWorld.stood()
        func out(_ byte: UInt8) -> Event.Body {
            .exit(
                Exit(
                    vcpu: 0, reason: "io",
                    detail: .io(.init(isWrite: true, port: 0x3F8, size: 1, count: 1, data: Bytes([byte])))))
        }
        let before = world.timeline.live.exitCount
        for byte in [1, 2, 3] as [UInt8] { world.add(out(byte)) }
        #expect(try world("branch.difference(1)") == .integer(0))
        #expect(try world("branch.difference(2)").unknownReason == "there is no branch 2")
        world.timeline.fork(at: world.timeline.end - 2, name: "what if")
        #expect(try world("branch.difference(1)") == .integer(0))
        world.add(out(2))
        #expect(try world("branch.difference(1)") == .integer(0))
        world.add(out(9))
        let expected = Value.integer(UInt64(before + 3))
        #expect(try world("branch.difference(1)") == expected)
        // A matter of the branches, not of the place one looks at.
        let earlier = WorldFacts(world.timeline, at: 3, vcpu: 0)
        #expect(try Expression(parsing: "branch.difference(1)").value(in: earlier) == expected)
        #expect(world.timeline.select(branch: 1))
        #expect(try world("branch.difference(2)") == expected)
    }

    @Test("a comparison that was cut short says so instead of finding no difference")
    func differenceFarAway() throws {
        let world = MadeUpWorld.stood()
        world.timeline.fork(at: world.timeline.end, name: "again")
        for _ in 0..<1001 { world.add(.exit(Exit(vcpu: 0, reason: "hlt"))) }
        #expect(world.timeline.select(branch: 1))
        for _ in 0..<1001 { world.add(.exit(Exit(vcpu: 0, reason: "hlt"))) }
        #expect(try world("branch.difference(2)").unknownReason?.contains("1000 exits do not differ") == true)
    }

    @Test("the errno of a refused call is a fact, and calls made to look do not hide it")
    func errno() throws {
        let world = MadeUpWorld([
            .ioctl(
                IoctlCall(
                    kind: .vm, fd: 5, name: "KVM_CREATE_VCPU", request: 0xAE41, result: -1, errno: 17,
                    errnoName: "EEXIST")),
            .ioctl(IoctlCall(kind: .vm, fd: 5, name: "KVM_GET_DIRTY_LOG", request: 1, observing: true)),
        ])
        #expect(
            try world("ioctl.errno == EEXIST && ioctl.last == KVM_CREATE_VCPU && ioctl.class == vm") == .boolean(true))
        #expect(try world("ioctl.result") == .integer(.max))
    }
}
