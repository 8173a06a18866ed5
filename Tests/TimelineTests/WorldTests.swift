import Testing

@testable import Timeline

@Suite("The world after events") struct WorldTests {
    @Test("descriptors open in order of number, keep who opened them, and close")
    func descriptors() {
        var world = MadeUp.world(after: [
            MadeUp.opened(9, .vcpu(0), by: "KVM_CREATE_VCPU"), MadeUp.opened(5, .system),
            MadeUp.opened(6, .vm, by: "KVM_CREATE_VM"),
        ])
        #expect(world.descriptors.map(\.fd) == [5, 6, 9])
        #expect(world.vcpus.map(\.fd) == [9])
        // procfs knows neither the call nor, for a device node with another path, the kind.
        world.apply(
            MadeUp.event(
                .descriptors([
                    Descriptor(fd: 0, type: "CHR", device: "1,3", inode: 1, target: "/dev/null", kind: .other),
                    Descriptor(
                        fd: 6, type: "a_inode", device: "0,15", inode: 2, target: "anon_inode:kvm-vm", kind: .vm),
                    Descriptor(fd: 9, type: "REG", device: "8,1", inode: 3, target: "/file", kind: .other),
                ])))
        #expect(world.descriptors.map(\.fd) == [0, 6, 9])
        #expect(world.descriptors[0].openedBy == nil)
        #expect(world.descriptors[1].openedBy == "KVM_CREATE_VM")
        world.apply(MadeUp.closed(9, .vcpu(0)))
        #expect(world.descriptors.map(\.fd) == [0, 6])
        #expect(world.vcpus[0].fd == nil)
    }

    @Test("threads come and go, and the reading before stays for the marks")
    func threads() {
        var world = MadeUp.world(after: [
            MadeUp.event(.threads([HostThread(id: 1, name: "main", role: .main)])),
            MadeUp.event(.thread(ThreadChange(isStart: true, id: 2, name: "CPU 0/KVM", vcpu: 0))),
            MadeUp.event(.thread(ThreadChange(isStart: true, id: 3, name: "VM builder", vcpu: nil))),
        ])
        #expect(world.threads.map(\.role) == [.main, .vcpu(0), .builder])
        #expect(world.vcpus[0].thread == 2)
        world.apply(MadeUp.event(.thread(ThreadChange(isStart: false, id: 3, name: "VM builder", vcpu: nil))))
        world.apply(MadeUp.event(.threads([HostThread(id: 1, name: "main", role: .main, voluntarySwitches: 4)])))
        #expect(world.threads.map(\.id) == [1])
        #expect(world.previousThreads.map(\.id) == [1, 2])
        world.apply(MadeUp.event(.thread(ThreadChange(isStart: false, id: 2, name: "CPU 0/KVM", vcpu: 0))))
        #expect(world.vcpus[0].thread == nil)
    }

    @Test("each KVM_RUN takes one arrow out and one back, and the node is where the vCPU is now")
    func flow() {
        var world = MadeUp.world(after: [MadeUp.start(), MadeUp.resumed()])
        func arrows() -> [UInt64] { [.run, .ioYes, .signalYes, .again].map { world.vcpus[0].arrows[$0] } }
        #expect(world.vcpus[0].node == .insideRun && world.vcpus[0].isRunning)
        // A guest that never comes back is inside its first KVM_RUN all the same.
        #expect(arrows() == [1, 0, 0, 0] && world.vcpus[0].lastArrow == .run)
        world.apply(MadeUp.run())
        #expect(arrows() == [1, 0, 0, 0])
        world.apply(MadeUp.exit("io"))
        #expect(arrows() == [1, 1, 0, 0] && world.vcpus[0].node == .handleIO && world.vcpus[0].lastArrow == .ioYes)
        world.apply(MadeUp.run(errno: "EINTR"))
        #expect(arrows() == [2, 1, 1, 1] && world.vcpus[0].node == .issueRun)
        // The exit that the kick is shown as says the same once more.
        world.apply(MadeUp.exit("intr"))
        #expect(arrows() == [2, 1, 1, 1] && world.vcpus[0].lastArrow == .signalYes)
        world.apply(MadeUp.stopped(.pause))
        #expect(!world.vcpus[0].isRunning)
        // A kernel that gives the exit reason with a result of 0.
        world.apply(MadeUp.run())
        world.apply(MadeUp.exit("intr"))
        #expect(arrows() == [3, 1, 2, 2])
        #expect(world.vcpus[0].exitCounts == ["io": 1, "intr": 2] && world.vcpus[0].exits == 3 && world.exitCount == 3)
        #expect(world.ioctlCounts == ["KVM_RUN": 3])
        // Made to stand before it made the call.
        world.apply(MadeUp.resumed())
        #expect(arrows() == [4, 1, 2, 3])
        world.apply(MadeUp.stopped(.pause))
        #expect(arrows() == [3, 1, 2, 2])
    }

    @Test("what comes out to user space and is neither I/O nor a signal is counted as that")
    func otherReasons() {
        var world = MadeUp.world(after: [MadeUp.start()])
        for reason in ["io", "hlt", "mmio", "debug", "shutdown", "unknown-99"] {
            world.apply(MadeUp.run())
            world.apply(MadeUp.exit(reason))
        }
        let vcpu = world.vcpus[0]
        #expect([.ioYes, .otherYes, .signalYes].map { vcpu.arrows[$0] } == [2, 4, 0])
        #expect(vcpu.lastArrow == .otherYes && vcpu.node == .handleIO)
    }

    @Test("what was called only to look is counted, and is not the newest call of the machine")
    func observing() {
        let world = MadeUp.world(after: [
            MadeUp.ioctl("KVM_CREATE_VCPU", result: -1, errno: "EEXIST"),
            MadeUp.ioctl("KVM_GET_DIRTY_LOG", observing: true),
            MadeUp.event(.ioctl(IoctlCall(kind: .call, fd: 4, name: "close", request: 0))),
        ])
        #expect(world.lastIoctl?.name == "KVM_CREATE_VCPU")
        #expect(world.ioctlCount == 2)
        #expect(world.ioctlCounts == ["KVM_CREATE_VCPU": 1, "KVM_GET_DIRTY_LOG": 1])
    }

    @Test("several threads wait at the gate, and each leaves it by its own call")
    func gate() {
        func waits(_ thread: Int32, _ vcpu: Int) -> Event {
            MadeUp.event(
                .gate(IoctlCall(kind: .vcpu, fd: 7, name: "KVM_RUN", request: 0xAE80, vcpu: vcpu)), thread: thread)
        }
        var world = MadeUp.world(after: [waits(101, 1), waits(100, 0)])
        #expect(world.waiting?.vcpu == 1)
        // The main thread looks at something meanwhile.
        world.apply(MadeUp.ioctl("KVM_GET_DIRTY_LOG", observing: true, thread: 1))
        #expect(world.waitingCalls.map(\.thread) == [101, 100])
        world.apply(MadeUp.run(1))
        #expect(world.waiting?.vcpu == 0)
        world.apply(MadeUp.run(0))
        #expect(world.waiting == nil)
    }

    @Test("the machine stands for the reason of the vCPU that stopped it, not for those that stopped with it")
    func together() {
        var world = MadeUp.world(after: [MadeUp.stopped(.breakpoint, 0), MadeUp.stopped(.together, 1)])
        #expect(world.lastStop?.reason == .breakpoint)
        #expect(world.vcpus[1].lastStop?.reason == .together)
        world.apply(MadeUp.resumed(0))
        #expect(world.vcpus[0].lastStop == nil && world.vcpus[1].lastStop != nil)
        world.apply(MadeUp.stopped(.halted, 0))
        #expect(world.lastStop?.reason == .halted)
    }

    @Test("registers come with exits and with readings, and the one before stays for the marks")
    func registers() {
        var world = MadeUp.world(after: [MadeUp.exit("io", registers: MadeUp.registers(rax: 1))])
        #expect(world.vcpus[0].registers?.general.rax == 1 && world.vcpus[0].registersAt == 1)
        world.apply(MadeUp.exit("io"))
        #expect(world.vcpus[0].registersAt < world.vcpus[0].exitedAt)
        world.apply(MadeUp.event(.registers(MadeUp.registers(rax: 2))))
        #expect(world.vcpus[0].registersAt > world.vcpus[0].exitedAt)
        #expect(world.vcpus[0].previousRegisters?.general.rax == 1)
    }

    @Test("a new start forgets the machine before it, but not the guides and the marks")
    func restart() {
        let guide = IoctlGuide(
            request: 1, name: "KVM_RUN", kind: .vcpu, summary: "", direction: "_IO", type: 0xAE, number: 0x80, size: 0,
            argumentType: "", road: [], qemu: nil)
        let world = MadeUp.world(after: [
            MadeUp.start(guest: "a"), MadeUp.event(.guide(guide)), MadeUp.event(.mark("here")), MadeUp.exit("hlt"),
            MadeUp.opened(5, .system), MadeUp.event(.end(RunEnd(why: .hlt, code: 0))), MadeUp.start(guest: "b"),
        ])
        #expect(world.start?.guest == "b" && world.exitCount == 0 && world.descriptors.isEmpty && world.end == nil)
        #expect(world.guides[guide.key] == guide && world.marks == ["here": 3] && world.position == 7)
    }

    @Test("the console keeps its newest part, counts all of it, and says when the beginning is gone")
    func console() {
        var tail = ConsoleTail()
        for _ in 0..<32768 { tail.append(Bytes([65])) }
        #expect(tail.isWhole && tail.bytes.count == 32768)
        tail.append(Bytes([66]))
        #expect(!tail.isWhole && tail.total == 32769)
        for _ in 0..<100_000 { tail.append(Bytes([67])) }
        #expect(tail.total == 132_769)
        #expect(tail.bytes.count >= ConsoleTail.limit && tail.bytes.count <= 2 * ConsoleTail.limit)
        #expect(tail.bytes.last == 67)
    }

    @Test("a vCPU number that no machine can have makes no room for itself")
    func absurdVCPU() {
        let world = MadeUp.world(after: [MadeUp.exit("io", 1_000_000_000), MadeUp.exit("io", -1)])
        #expect(world.vcpus.isEmpty && world.exitCount == 2 && world.lastExit == nil)
    }

    @Test("every event says where it was observed")
    func sources() {
        #expect(MadeUp.run().source == .ioctl)
        #expect(MadeUp.exit("io").source == .run)
        #expect(MadeUp.event(.threads([])).source == .procfs)
        #expect(MadeUp.event(.registers(MadeUp.registers())).source == .run)
        #expect(MadeUp.event(.kernel(KernelEvent(vcpu: 0, name: "kvm_exit", fields: []))).source == .tracepoint)
        #expect(MadeUp.stopped(.exit).source == .program)
        #expect(
            Set(Source.allCases.map(\.rawValue)) == [
                "ioctl", "kvm_run", "procfs", "pagemap", "tracepoint", "stats", "observer", "computed", "program",
            ])
    }
}

@Suite("Registers by name") struct RegisterNameTests {
    @Test("each name gives its register") func names() {
        var general = GeneralRegisters()
        general.rax = 1
        general.r15 = 2
        general.rip = 3
        general.rflags = 4
        #expect(general["rax"] == 1 && general["r15"] == 2 && general["rip"] == 3 && general["rflags"] == 4)
        #expect(general["eax"] == nil)
        for name in GeneralRegisters.names { #expect(general[name] != nil, "\(name)") }
        var system = SystemRegisters()
        system.cr3 = 0x1000
        system.gdt.base = 0x500
        system.gdt.limit = 23
        system.cs.selector = 8
        system.cs.base = 0x10
        system.cs.limit = 0xFFFF
        #expect(
            system["cr3"] == 0x1000 && system["gdtr"] == 0x500 && system["gdtr.limit"] == 23
                && system["gdtr.base"] == 0x500)
        #expect(system["cs"] == 8 && system["cs.base"] == 0x10 && system["cs.limit"] == 0xFFFF)
        #expect(system["xs"] == nil && system["cs.nothing"] == nil && system[""] == nil)
    }

    @Test("mode, code size and privilege follow from the control registers and segments") func modes() {
        var system = SystemRegisters()
        #expect(system.mode == "real" && system.codeBits == 16 && system.privilegeLevel == 0)
        system.cr0 = 1
        system.cs.is32Bit = true
        #expect(system.mode == "protected" && system.codeBits == 32)
        system.efer = 0x400
        system.cs.is32Bit = false
        system.cs.isLong = true
        system.ss.privilege = 3
        #expect(system.mode == "long" && system.codeBits == 64 && system.privilegeLevel == 3)
        // Compatibility mode: 32-bit code under long mode.
        system.cs.isLong = false
        system.cs.is32Bit = true
        #expect(system.mode == "long" && system.codeBits == 32)
    }
}
