import Command
import Facts
import Testing
import Timeline

@Suite("Words of the language and names of the timeline") struct WordTests {
    static func words(of id: FactID) -> Set<String> {
        guard let entry = FactTable.entry(for: id) else { return [] }
        switch (entry.type, entry.argument) {
        case (.word(let list), _): return Set(list.words.map(\.word))
        case (_, .required(let list)), (_, .optional(let list)): return Set(list.words.map(\.word))
        default: return []
        }
    }

    @Test("each name that the timeline can give is a word, and each word is such a name")
    func enumerations() {
        #expect(Self.words(of: .flowNode) == Set(FlowNode.allCases.map(\.rawValue)))
        #expect(Self.words(of: .flowCount) == Set(FlowArrow.allCases.map(\.rawValue)))
        #expect(Self.words(of: .machineState) == Set(MachinePhase.allCases.map(\.rawValue)))
        #expect(Self.words(of: .stopReason) == Set(Stop.Reason.allCases.map(\.rawValue)).union(["none"]))
        #expect(Self.words(of: .endWhy) == Set(RunEnd.Why.allCases.map(\.rawValue)).union(["none"]))
        // `call` is the class of open, mmap and close, which are no ioctls.
        #expect(Self.words(of: .ioctlClass) == Set(IoctlClass.allCases.map(\.rawValue)).subtracting(["call"]))
    }

    @Test("each kind of descriptor and of thread is counted under a word of its own")
    func kinds() throws {
        let kinds: [(Descriptor.Kind, String)] = [
            (.system, "kvm"), (.vm, "kvm-vm"), (.vcpu(3), "kvm-vcpu"), (.device("kvm-vfio"), "kvm-device"),
            (.statistics, "kvm-stats"), (.own("wakes the screen"), "own"), (.other, "other"),
        ]
        for (kind, word) in kinds {
            let world = MadeUpWorld([.descriptor(.init(isOpen: true, fd: 9, target: "t", kind: kind, by: "open"))])
            #expect(try world("fd.count(\(word))") == .integer(1), "\(word)")
            // What was opened to observe is no part of the machine.
            if kind != .statistics { #expect(try world("fd.last") == .text(word)) }
        }
        #expect(Self.words(of: .fdCount) == Set(kinds.map(\.1)))
        // A kind that does not exist is no kind of which there are none.
        for word in ["foo", "kvm-vcpus", "KVM"] {
            let value = try? MadeUpWorld()("fd.count(\(word))")
            #expect(
                value == nil || value?.unknownReason?.contains("no kind of descriptor '\(word)'") == true, "\(word)")
        }
        let roles: [(HostThread.Role, String)] = [
            (.main, "main"), (.vcpu(0), "vcpu"), (.builder, "builder"), (.other, "other"),
        ]
        for (role, word) in roles {
            let world = MadeUpWorld([.threads([HostThread(id: 1, name: "t", role: role)])])
            #expect(try world("thread.count(\(word))") == .integer(1), "\(word)")
        }
        #expect(Self.words(of: .threadCount) == Set(roles.map(\.1)))
    }

    @Test("a statistic is counted over all vCPUs, and says why where it is not known")
    func statistics() throws {
        let world = MadeUpWorld([
            .sight(KernelSight(level: .boundary, reason: "nobody may look", remedy: "ask root"))
        ])
        #expect(try world("stats.count(exits)").unknownReason?.contains("nobody may look; ask root") == true)
        #expect(try world("kernel.sight") == .text("boundary"))
        for vcpu in 0...1 {
            world.add(
                .statistics(
                    StatisticsReading(vcpu: vcpu, counters: [.init(name: "exits", value: 20, difference: 20)])))
        }
        world.add(
            .statistics(StatisticsReading(vcpu: 1, counters: [.init(name: "exits", value: 25, difference: 5)])))
        #expect(try world("stats.count(exits)") == .integer(45))
        #expect(try world("stats.count(pf_taken)").unknownReason?.contains("pf_taken") == true)
        #expect(Self.words(of: .kernelSight) == Set(KernelSight.Level.allCases.map(\.rawValue)))
        #expect(Self.words(of: .hostPaging) == Set(HostKVM.Paging.allCases.map(\.rawValue)).union(["unknown"]))
        // Where tracepoints are read, what did not fire is zero.
        world.add(.sight(KernelSight(level: .tracepoints)))
        #expect(try world("kernel.count(kvm_exit)") == .signed(0))
    }

    @Test("a vCPU's mode and state are words")
    func modes() throws {
        for mode in [SystemRegisters()].map(\.mode) + ["protected", "long"] {
            #expect(Self.words(of: .vcpuMode).contains(mode))
        }
        for reason in Stop.Reason.allCases {
            let world = MadeUpWorld.stood()
            world.add(.stopped(.init(vcpu: 0, reason: reason, text: "")))
            guard case .text(let state) = try world("vcpu0.state") else {
                Issue.record("no state after \(reason)")
                continue
            }
            #expect(Self.words(of: .vcpuState).contains(state), "\(reason)")
        }
    }

    @Test("arrows that only the kernel sees are unknown with the reason, not zero")
    func kernelArrows() throws {
        let world = MadeUpWorld.stood()
        for arrow in ["enter", "exit", "io-no", "signal-no"] {
            #expect(try world("flow.count(\(arrow))").unknownReason?.contains("tracepoints") == true)
        }
    }

    @Test("what the kernel told is counted, and what it never tells on a host stays unknown")
    func kernelCounts() throws {
        let world = MadeUpWorld.stood()
        #expect(try world("kernel.count(kvm_exit)").unknownReason?.contains("tracepoints") == true)
        world.add(.kernel(KernelEvent(vcpu: 0, name: "kvm_emulate_insn", fields: [])))
        #expect(try world("kernel.count(kvm_emulate_insn)") == .signed(1))
        #expect(try world("kernel.count(kvm_exit)") == .signed(0))
        #expect(try world("flow.count(exit)").unknownReason?.contains("kvm_exit did not fire") == true)
        for name in ["kvm_entry", "kvm_exit", "kvm_entry"] {
            world.add(.kernel(KernelEvent(vcpu: 0, name: name, fields: [])))
        }
        #expect(try world("flow.count(enter)") == .integer(2))
        #expect(try world("flow.count(io-no)") == .integer(1))
        #expect(try world("flow.count(signal-no)") == .integer(1))
        #expect(try world("flow.count(exit)", vcpu: 1).unknownReason != nil)
    }
}
