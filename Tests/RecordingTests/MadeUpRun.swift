import TestSupport
import Timeline

/// Events with something in every field, as no machine would make them in this order.
struct MadeUpRun {
    private var random: Seeded
    private var nanoseconds: UInt64 = 0

    init(seed: UInt64) { random = Seeded(seed: seed) }

    mutating func events(_ count: Int) -> [Event] { (0..<count).map { _ in event() } }

    mutating func event() -> Event { event(of: EventKind.allCases[random.below(EventKind.allCases.count)]) }

    /// A run as most are: a KVM_RUN and its exit, over and over.
    mutating func ordinary(_ count: Int) -> [Event] {
        (0..<count).map { index in
            switch index % 64 {
            case 0: event(of: .memory)
            case 1: event(of: .registers)
            case let place where place % 2 == 0: event(of: .ioctl)
            default: event(of: .exit)
            }
        }
    }

    mutating func event(of kind: EventKind) -> Event {
        nanoseconds &+= UInt64(random.below(100_000))
        return Event(nanoseconds: nanoseconds, thread: Int32(random.below(5000)), body(of: kind))
    }

    private mutating func flag() -> Bool { random.once(in: 2) }

    private mutating func text() -> String {
        ["", "a", "KVM_RUN", "naïve ␊ 東京", "two\nlines", "quote\"'"][random.below(6)]
            + (flag() ? "\(random.below(9))" : "")
    }

    /// Small, or any of 64 bits.
    private mutating func word() -> UInt64 { flag() ? random.next() : UInt64(random.below(300)) }

    private mutating func bytes() -> Bytes {
        Bytes((0..<random.below(12)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    }

    private mutating func vcpu() -> Int { random.below(4) }

    private mutating func optional<T>(_ value: T) -> T? { flag() ? value : nil }

    private mutating func choice<T: CaseIterable>(_ type: T.Type) -> T where T.AllCases.Index == Int {
        type.allCases[random.below(type.allCases.count)]
    }

    private mutating func fields() -> [IoctlField] {
        (0..<random.below(4)).map { _ in IoctlField(name: text(), value: text(), note: text()) }
    }

    private mutating func call() -> IoctlCall {
        IoctlCall(
            kind: choice(IoctlClass.self), fd: Int32(random.below(9)) - 1, name: text(),
            request: UInt32(truncatingIfNeeded: word()), argument: word(), result: Int64(bitPattern: word()),
            errno: Int32(random.below(3)), errnoName: text(), duration: word(), vcpu: optional(vcpu()),
            fields: fields(), observing: flag())
    }

    mutating func reading() -> RegisterReading {
        var general = GeneralRegisters()
        (general.rax, general.rbx, general.rsp, general.r15) = (word(), word(), word(), word())
        (general.rip, general.rflags) = (word(), word())
        var system = SystemRegisters()
        (system.cr0, system.cr3, system.cr4, system.efer) = (word(), word(), word(), word())
        system.cs.base = word()
        system.cs.limit = .max
        system.ss.selector = UInt16(truncatingIfNeeded: word())
        system.ss.isLong = flag()
        system.gdt.limit = .max
        return RegisterReading(vcpu: vcpu(), general: general, system: optional(system), source: choice(Source.self))
    }

    private mutating func exit() -> Exit {
        let detail: Exit.Detail =
            switch random.below(6) {
            case 0: .none
            case 1:
                .io(
                    .init(
                        isWrite: flag(), port: UInt16(truncatingIfNeeded: word()), size: 4,
                        count: UInt32(truncatingIfNeeded: word()), data: bytes()))
            case 2: .mmio(.init(isWrite: flag(), address: word(), data: bytes()))
            case 3: .debug(exception: 1, pc: word(), dr6: word(), dr7: word())
            case 4: .internalError(suberror: 3, data: [word(), word()], instruction: bytes())
            default: .fields([.init(name: text(), value: word(), isNumber: flag())])
            }
        return Exit(
            vcpu: vcpu(), reason: text(), detail: detail, rip: optional(word()), servedBy: optional(text()),
            registers: optional(reading()))
    }

    private mutating func descriptorKind() -> Descriptor.Kind {
        [.system, .vm, .vcpu(vcpu()), .device(text()), .statistics, .other, .own(text())][random.below(7)]
    }

    private mutating func page() -> MemoryPage {
        let content =
            switch random.below(8) {
            case 0: PageContent.unread
            case 1: PageContent([UInt8](repeating: 7, count: 100))
            default:
                PageContent(
                    [UInt8](repeating: UInt8(random.below(30)), count: 100) + [UInt8](repeating: 0, count: 3996))
            }
        return MemoryPage(frame: UInt64(random.below(50)), content: content)
    }

    private mutating func body(of kind: EventKind) -> Event.Body {
        switch kind {
        case .start:
            return .start(
                RunStart(
                    guest: text(), vcpus: vcpu(), memory: 1 << 24, symbols: [Symbol(name: text(), address: word())],
                    lines: [SourceLine(address: word(), line: 3)], source: optional(text())))
        case .ioctl: return .ioctl(call())
        case .guide:
            return .guide(
                IoctlGuide(
                    request: UInt32(random.below(9)), name: text(), kind: choice(IoctlClass.self), summary: text(),
                    direction: text(), type: 0xAE, number: 1, size: 64, argumentType: text(),
                    road: [RoadStep(function: text(), file: text())], qemu: optional(RoadStep(function: "f", file: "g"))
                ))
        case .descriptor:
            return .descriptor(
                .init(
                    isOpen: flag(), fd: Int32(random.below(9)), target: text(), kind: descriptorKind(),
                    by: text()))
        case .thread:
            return .thread(
                .init(isStart: flag(), id: Int32(random.below(9)), name: text(), vcpu: optional(vcpu())))
        case .exit: return .exit(exit())
        case .kernel:
            return .kernel(
                KernelEvent(
                    vcpu: vcpu(), name: flag() ? "kvm_entry" : "kvm_mmu_set_spte",
                    fields: fields()
                        + ["gfn", "spte", "level"].map { IoctlField(name: $0, value: "\(1 + random.below(3))") }))
        case .kernelTally:
            var tally = KernelTally(vcpu: vcpu(), loop: KernelLoop(isHandling: flag()))
            for moment in 0..<UInt64(random.below(5)) {
                tally.count(["kvm_exit", "kvm_entry", "kvm_pio"][random.below(3)], at: moment * 700, reason: text())
            }
            return .kernelTally(tally)
        case .console: return .console(ConsoleText(vcpu: vcpu(), bytes: bytes()))
        case .slot:
            return .slot(
                MemorySlot(
                    id: random.below(2), start: 0, size: UInt64(random.below(3)) << 20, host: word(),
                    isReadOnly: flag(), logsDirtyPages: flag()))
        case .descriptors:
            return .descriptors(
                (0..<random.below(3)).map { _ in
                    Descriptor(
                        fd: Int32(random.below(9)), type: text(), device: text(), inode: word(), target: text(),
                        kind: descriptorKind(), openedBy: optional(text()))
                })
        case .threads:
            return .threads(
                (0..<random.below(3)).map { _ in
                    HostThread(
                        id: Int32(random.below(9)), name: text(),
                        role: [.main, .vcpu(1), .builder, .other][random.below(4)],
                        state: "R", lastCPU: random.below(9), userTime: word(), systemTime: word(), guestTime: word(),
                        voluntarySwitches: word(), involuntarySwitches: word())
                })
        case .registers: return .registers(reading())
        case .memory: return .memory((0..<random.below(4)).map { _ in page() })
        case .gate: return .gate(call())
        case .phase: return .phase(choice(MachinePhase.self))
        case .resumed: return .resumed(Resumption(vcpu: vcpu(), how: choice(Resumption.How.self)))
        case .stopped: return .stopped(Stop(vcpu: vcpu(), reason: choice(Stop.Reason.self), text: text()))
        case .pastMark: return .pastMark(PastMark(name: text(), position: random.below(99)))
        case .mark: return .mark(text())
        case .problem: return .problem(text())
        case .walk:
            return .walk(
                WalkQuestion(
                    vcpu: vcpu(), space: choice(WalkQuestion.Space.self), address: word(),
                    access: choice(WalkQuestion.Access.self), isUser: flag(), shown: optional(random.below(9))))
        case .translation:
            return .translation(
                KernelTranslation(
                    vcpu: vcpu(), linear: word(), isValid: flag(), physical: word(), isWritable: flag(), isUser: flag(),
                    refusal: optional(text())))
        case .hostPage:
            return .hostPage(
                HostPage(
                    guestAddress: word(), hostAddress: word(), state: choice(HostPage.State.self),
                    frame: optional(word()),
                    hidden: optional(text()), flags: [text(), text()], flagsHidden: optional(text()),
                    unit: optional(word())))
        case .processor:
            return .processor(
                GuestProcessor(physicalAddressBits: 40, has1GiBPages: flag(), hasPSE36: flag(), isAMD: flag()))
        case .keyframe:
            return .keyframe(
                MachineKeyframe(
                    id: random.below(900), pages: random.below(900), newPages: random.below(900),
                    calls: random.below(90), duration: word()))
        case .disturbed: return .disturbed(Disturbance(what: choice(Disturbance.What.self), pages: random.below(900)))
        case .restored:
            return .restored(
                Restored(keyframe: random.below(900), branch: random.below(9), pages: random.below(900), text: text()))
        case .kernelLost: return .kernelLost(random.below(900))
        case .road:
            return .road(
                TracedRoad(
                    name: text(), vcpu: optional(vcpu()), depth: random.below(9),
                    steps: [
                        .init(depth: 0, function: text(), duration: optional(word())),
                        .init(depth: 1, function: text(), duration: nil),
                    ], omitted: random.below(9)))
        case .statistics:
            return .statistics(
                StatisticsReading(
                    vcpu: vcpu(), counters: [.init(name: text(), value: word(), difference: Int64(bitPattern: word()))])
            )
        case .sight: return .sight(KernelSight(level: choice(KernelSight.Level.self), reason: text(), remedy: text()))
        case .host:
            return .host(
                HostKVM(
                    module: optional(text()), paging: optional(choice(HostKVM.Paging.self)), isGuest: optional(flag())))
        case .end: return .end(RunEnd(why: choice(RunEnd.Why.self), code: random.below(9) - 4, text: text()))
        }
    }
}
