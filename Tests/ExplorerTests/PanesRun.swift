import Screen
import Timeline

@testable import Explorer

/// Hand-built timelines: a machine as it is built and run, without KVM.
struct PaneRun {
    var events: [Event] = []
    private var clock: UInt64 = 0
    private var vcpus = 1

    static let guest = "digit.S"

    mutating func add(_ body: Event.Body, after nanoseconds: UInt64 = 10_000, thread: Int32 = 4101) {
        clock += nanoseconds
        events.append(Event(nanoseconds: clock, thread: thread, body))
    }

    func timeline() -> Timeline {
        let timeline = Timeline()
        for event in events { timeline.append(event) }
        return timeline
    }

    /// The context at the end, or at an earlier cursor.
    func context(
        at cursor: Int? = nil, vcpu: Int = 0, view: PaneState = PaneState(), lesson: LessonScene? = nil
    ) -> PaneContext {
        let timeline = timeline()
        let cursor = cursor ?? timeline.end
        return PaneContext(
            world: timeline.world(at: cursor), timeline: timeline, cursor: cursor, vcpu: vcpu, view: view,
            isLive: cursor == timeline.end, lesson: lesson, environment: Environment(kvm: "kvm_pvm"))
    }
}

// The parts of a run.
extension PaneRun {
    static let source = """
        # Adds two numbers and prints the sum as a digit.
                .globl _start
        _start: mov     $5, %eax
                add     $3, %eax
                add     $'0', %eax
                mov     $0x3f8, %dx
                out     %al, (%dx)
        done:   hlt
                jmp     done
        """

    mutating func start(vcpus: Int = 1) {
        add(
            .start(
                RunStart(
                    guest: Self.guest, vcpus: vcpus, memory: 16 << 20,
                    symbols: [Symbol(name: "_start", address: 0x100000), Symbol(name: "done", address: 0x100010)],
                    lines: [
                        (0x100000, 3), (0x100005, 4), (0x100008, 5), (0x10000B, 6), (0x10000F, 7), (0x100010, 8),
                        (0x100011, 9),
                    ].map { SourceLine(address: $0.0, line: $0.1) }, source: Self.source)), after: 0)
        add(.phase(.unbuilt))
    }

    mutating func openSystem() {
        add(.phase(.building))
        add(
            .ioctl(
                IoctlCall(
                    kind: .call, fd: -1, name: "open", request: 0, result: 3, duration: 8_300,
                    fields: [
                        IoctlField(name: "path", value: "/dev/kvm"),
                        IoctlField(name: "flags", value: "O_RDWR|O_CLOEXEC"),
                    ])))
        add(.descriptor(DescriptorChange(isOpen: true, fd: 3, target: "/dev/kvm", kind: .system, by: "open")))
    }

    mutating func createVM() {
        add(.guide(Self.createVMGuide))
        add(
            .ioctl(
                IoctlCall(
                    kind: .system, fd: 3, name: "KVM_CREATE_VM", request: 0xAE01, result: 4, duration: 412_700,
                    fields: [IoctlField(name: "type", value: "0", note: "the default machine type")])))
        add(
            .descriptor(
                DescriptorChange(
                    isOpen: true, fd: 4, target: "anon_inode:kvm-vm", kind: .vm, by: "KVM_CREATE_VM")))
    }

    mutating func setMemory() {
        add(.guide(Self.setMemoryGuide))
        add(
            .ioctl(
                IoctlCall(
                    kind: .vm, fd: 4, name: "KVM_SET_USER_MEMORY_REGION", request: 0x4020_AE46,
                    argument: 0x7FFE_1234_5000, result: 0, duration: 61_900,
                    fields: [
                        IoctlField(name: "slot", value: "0"), IoctlField(name: "flags", value: "0", note: "none"),
                        IoctlField(name: "guest_phys_addr", value: "0x0"),
                        IoctlField(name: "memory_size", value: "0x1000000", note: "16 MiB"),
                        IoctlField(name: "userspace_addr", value: "0x7f3aa0000000"),
                    ])))
        add(.slot(MemorySlot(id: 0, start: 0, size: 16 << 20, host: 0x7F3A_A000_0000)))
    }

    mutating func createVCPU(_ index: Int) {
        let fd = Int32(5 + index)
        add(.guide(Self.createVCPUGuide))
        add(
            .ioctl(
                IoctlCall(
                    kind: .vm, fd: 4, name: "KVM_CREATE_VCPU", request: 0xAE41, argument: UInt64(index),
                    result: Int64(fd), duration: 88_400, vcpu: index,
                    fields: [IoctlField(name: "vcpu_id", value: "\(index)")])))
        add(
            .descriptor(
                DescriptorChange(
                    isOpen: true, fd: fd, target: "anon_inode:kvm-vcpu:\(index)", kind: .vcpu(index),
                    by: "KVM_CREATE_VCPU")))
        add(
            .ioctl(
                IoctlCall(
                    kind: .call, fd: fd, name: "mmap", request: 0, result: 0x7F3A_C100_0000 + Int64(index) * 0x3000,
                    duration: 5_100, vcpu: index,
                    fields: [IoctlField(name: "length", value: "12288", note: "KVM_GET_VCPU_MMAP_SIZE")])))
        add(
            .thread(
                ThreadChange(isStart: true, id: Int32(4102 + index), name: "CPU \(index)/KVM", vcpu: index)))
    }

    mutating func readHost(vcpus: Int, ticks: UInt64 = 1) {
        var descriptors = (0..<3).map {
            Descriptor(fd: $0, type: "CHR", device: "136,2", inode: 5, target: "/dev/pts/2", kind: .other)
        }
        descriptors.append(
            Descriptor(fd: 3, type: "CHR", device: "10,232", inode: 330, target: "/dev/kvm", kind: .system))
        descriptors.append(
            Descriptor(fd: 4, type: "a_inode", device: "0,15", inode: 1060, target: "anon_inode:kvm-vm", kind: .vm))
        for index in 0..<vcpus {
            descriptors.append(
                Descriptor(
                    fd: Int32(5 + index), type: "a_inode", device: "0,15", inode: 1060,
                    target: "anon_inode:kvm-vcpu:\(index)", kind: .vcpu(index)))
        }
        add(.descriptors(descriptors))
        var threads = [
            HostThread(
                id: 4101, name: "kvmscope", role: .main, state: "R", lastCPU: 1, userTime: 120_000_000,
                systemTime: 40_000_000, voluntarySwitches: 212 + ticks, involuntarySwitches: 9)
        ]
        for index in 0..<vcpus {
            threads.append(
                HostThread(
                    id: Int32(4102 + index), name: "CPU \(index)/KVM", role: .vcpu(index), state: "S", lastCPU: index,
                    userTime: ticks * 10_000_000, systemTime: 10_000_000, guestTime: ticks * 10_000_000,
                    voluntarySwitches: 14 + ticks * 2, involuntarySwitches: 0))
        }
        add(.threads(threads))
    }

    mutating func build(vcpus: Int = 1) {
        self.vcpus = vcpus
        start(vcpus: vcpus)
        openSystem()
        createVM()
        setMemory()
        for index in 0..<vcpus { createVCPU(index) }
        readHost(vcpus: vcpus)
        readMemory()
        for index in 0..<vcpus { readRegisters(vcpu: index, rip: 0x100000) }
        add(.phase(.ready))
    }

    mutating func readRegisters(
        vcpu: Int = 0, rip: UInt64, rax: UInt64 = 0, rdx: UInt64 = 0, flags: UInt64 = 2, paging: Bool = true
    ) {
        var general = GeneralRegisters()
        (general.rip, general.rax, general.rdx, general.rflags) = (rip, rax, rdx, flags)
        general.rdi = UInt64(vcpu)
        general.rsp = 0x100000 &- UInt64(vcpu) * 0x1000
        var system = SystemRegisters()
        system.cr0 = paging ? 0x8000_0011 : 0x11
        system.cr3 = paging ? 0x1000 : 0
        system.cr4 = paging ? 0x20 : 0
        system.efer = paging ? 0x500 : 0
        system.cs.selector = 8
        system.cs.isLong = paging
        system.cs.is32Bit = !paging
        system.cs.present = true
        system.ss.selector = 16
        system.ds.selector = 16
        system.gdt.base = 0x500
        system.gdt.limit = 0x27
        add(.registers(RegisterReading(vcpu: vcpu, general: general, system: system, source: .run)))
    }

    /// The guest's code, and page tables that map the first 2 MiB onto themselves.
    mutating func readMemory() {
        let code: [UInt8] = [
            0xB8, 5, 0, 0, 0, 0x83, 0xC0, 3, 0x83, 0xC0, 0x30, 0x66, 0xBA, 0xF8, 3, 0xEE, 0xF4, 0xEB, 0xFD,
        ]
        add(
            .memory([
                Self.page(1, at: 0, [0x03, 0x20]), Self.page(2, at: 0, [0x03, 0x30]), Self.page(3, at: 0, [0x83]),
                Self.page(0x100, at: 0, code),
            ]))
    }

    static func page(_ frame: UInt64, at offset: Int, _ bytes: [UInt8]) -> MemoryPage {
        var content = [UInt8](repeating: 0, count: 4096)
        content.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        return MemoryPage(frame: frame, content: PageContent(content))
    }

    mutating func callRun(_ vcpu: Int = 0, errno: Int32 = 0, name: String = "") {
        add(
            .ioctl(
                IoctlCall(
                    kind: .vcpu, fd: Int32(5 + vcpu), name: "KVM_RUN", request: 0xAE80, result: errno == 0 ? 0 : -1,
                    errno: errno, errnoName: name, duration: 9_120, vcpu: vcpu)), thread: Int32(4102 + vcpu))
    }

    /// One KVM_RUN to an exit, and the stop after it.
    mutating func step(_ exit: Exit, to rip: UInt64, rax: UInt64 = 0, rdx: UInt64 = 0, text: String = "exit") {
        add(.resumed(Resumption(vcpu: exit.vcpu, how: .exit)))
        callRun(exit.vcpu)
        var exit = exit
        exit.rip = rip
        add(.exit(exit), thread: Int32(4102 + exit.vcpu))
        if case .io(let io) = exit.detail, exit.servedBy == "console" {
            add(.console(ConsoleText(vcpu: exit.vcpu, bytes: io.data)))
        }
        readRegisters(vcpu: exit.vcpu, rip: rip, rax: rax, rdx: rdx)
        readHost(vcpus: vcpus, ticks: 3)
        add(.stopped(Stop(vcpu: exit.vcpu, reason: .exit, text: text)))
    }

    static func out(_ byte: UInt8, vcpu: Int = 0, port: UInt16 = 0x3F8, servedBy: String? = "console") -> Exit {
        Exit(
            vcpu: vcpu, reason: "io",
            detail: .io(Exit.PortAccess(isWrite: true, port: port, size: 1, count: 1, data: Bytes([byte]))),
            servedBy: servedBy)
    }

    static let createVMGuide = IoctlGuide(
        request: 0xAE01, name: "KVM_CREATE_VM", kind: .system,
        summary: "Makes a virtual machine without memory or vCPU.",
        direction: "none", type: 0xAE, number: 1, size: 0, argumentType: "",
        road: [
            RoadStep(function: "System.createVM", file: "Sources/KVM/System.swift"),
            RoadStep(function: "ioctl()", file: "libc"),
            RoadStep(function: "kvm_dev_ioctl", file: "virt/kvm/kvm_main.c"),
            RoadStep(function: "kvm_dev_ioctl_create_vm", file: "virt/kvm/kvm_main.c"),
            RoadStep(function: "kvm_arch_init_vm", file: "arch/x86/kvm/x86.c"),
        ], qemu: RoadStep(function: "kvm_init", file: "accel/kvm/kvm-all.c"))

    static let setMemoryGuide = IoctlGuide(
        request: 0x4020_AE46, name: "KVM_SET_USER_MEMORY_REGION", kind: .vm,
        summary: "Gives the guest a slot of memory, or takes it away.", direction: "write", type: 0xAE, number: 0x46,
        size: 32, argumentType: "struct kvm_userspace_memory_region",
        road: [
            RoadStep(function: "VM.setMemory", file: "Sources/KVM/VM.swift"),
            RoadStep(function: "ioctl()", file: "libc"),
            RoadStep(function: "kvm_vm_ioctl", file: "virt/kvm/kvm_main.c"),
            RoadStep(function: "kvm_set_memory_region", file: "virt/kvm/kvm_main.c"),
        ], qemu: RoadStep(function: "kvm_set_user_memory_region", file: "accel/kvm/kvm-all.c"))

    static let createVCPUGuide = IoctlGuide(
        request: 0xAE41, name: "KVM_CREATE_VCPU", kind: .vm, summary: "Adds a vCPU; its number is the argument.",
        direction: "none", type: 0xAE, number: 0x41, size: 0, argumentType: "",
        road: [
            RoadStep(function: "VM.createVCPU", file: "Sources/KVM/VM.swift"),
            RoadStep(function: "ioctl()", file: "libc"),
            RoadStep(function: "kvm_vm_ioctl", file: "virt/kvm/kvm_main.c"),
            RoadStep(function: "kvm_vm_ioctl_create_vcpu", file: "virt/kvm/kvm_main.c"),
            RoadStep(function: "kvm_arch_vcpu_create", file: "arch/x86/kvm/x86.c"),
        ], qemu: RoadStep(function: "kvm_init_vcpu", file: "accel/kvm/kvm-all.c"))
}

// The states that are tried.
extension PaneRun {
    static var nothing: PaneRun { PaneRun() }

    static var unbuilt: PaneRun {
        var run = PaneRun()
        run.start()
        return run
    }

    /// Two calls are made; the third waits.
    static var atTheGate: PaneRun {
        var run = PaneRun()
        run.start(vcpus: 2)
        run.openSystem()
        run.add(
            .gate(IoctlCall(kind: .system, fd: 3, name: "KVM_CREATE_VM", request: 0xAE01)))
        run.createVM()
        run.add(.guide(createVCPUGuide))
        run.add(
            .gate(
                IoctlCall(
                    kind: .vm, fd: 4, name: "KVM_CREATE_VCPU", request: 0xAE41, argument: 0, vcpu: 0,
                    fields: [IoctlField(name: "vcpu_id", value: "0")])))
        return run
    }

    static var ready: PaneRun {
        var run = PaneRun()
        run.build()
        return run
    }

    /// The digit is written; the guest is about to halt.
    static var digit: PaneRun {
        var run = ready
        run.step(out(0x38), to: 0x100010, rax: 0x38, rdx: 0x3F8, text: "exit io: out 0x3f8 by the console")
        return run
    }

    mutating func fire(_ names: String...) {
        for name in names { add(.kernel(KernelEvent(vcpu: 0, name: name, fields: [])), after: 700) }
    }

    /// The way to the same exit as the kernel tells it: a CPUID that it handled, then the digit.
    static var inside: PaneRun {
        var run = ready
        run.add(.resumed(Resumption(vcpu: 0, how: .exit)))
        run.fire("kvm_entry")
        run.leave("cpuid", after: 1_800)
        run.fire("kvm_cpuid", "kvm_entry")
        run.leave("0x7f", after: 2_400)
        run.fire("kvm_entry")
        run.leave("io", after: 900)
        run.fire("kvm_pio", "kvm_userspace_exit")
        run.add(.ioctl(IoctlCall(kind: .vcpu, fd: 5, name: "KVM_RUN", request: 0xAE80, duration: 75_100, vcpu: 0)))
        run.add(.exit(out(0x38)))
        run.add(.stopped(Stop(vcpu: 0, reason: .exit, text: "exit io: out 0x3f8 by the console")))
        return run
    }

    /// A kvm_exit, with the hardware's reason; one that the kernel has no name for is a number.
    mutating func leave(_ reason: String, after nanoseconds: UInt64) {
        let fields = [IoctlField(name: "exit_reason", value: reason), IoctlField(name: "guest_rip", value: "0x100008")]
        add(.kernel(KernelEvent(vcpu: 0, name: "kvm_exit", fields: fields)), after: nanoseconds)
    }

    /// The same seen through KVM's statistics alone.
    static var counted: PaneRun {
        var run = ready
        run.add(.host(HostKVM(module: "kvm_amd", paging: .twoDimensional, isGuest: false)))
        run.add(
            .sight(
                KernelSight(level: .statistics, reason: "tracefs: permission denied", remedy: "run as root (sudo)")))
        run.count(["exits": 0, "io_exits": 0, "insn_emulation": 0, "pf_taken": 0, "host_state_reload": 0])
        run.add(.resumed(Resumption(vcpu: 0, how: .exit)))
        run.add(.ioctl(IoctlCall(kind: .vcpu, fd: 5, name: "KVM_RUN", request: 0xAE80, duration: 9_000, vcpu: 0)))
        run.add(.exit(out(0x38)))
        run.count(["exits": 102, "io_exits": 1, "insn_emulation": 100, "pf_taken": 1, "host_state_reload": 3])
        run.add(.stopped(Stop(vcpu: 0, reason: .exit, text: "exit io: out 0x3f8 by the console")))
        return run
    }

    mutating func count(_ values: [String: UInt64]) {
        let counters = values.sorted { $0.key < $1.key }.map {
            StatisticsReading.Counter(name: $0.key, value: $0.value, difference: Int64($0.value))
        }
        add(.statistics(StatisticsReading(vcpu: 0, counters: counters)))
    }

    /// The same where KVM enters no guest mode but emulates.
    static var emulated: PaneRun {
        var run = ready
        run.add(.resumed(Resumption(vcpu: 0, how: .exit)))
        for _ in 0..<12 { run.fire("kvm_emulate_insn") }
        run.fire("kvm_pio", "kvm_userspace_exit")
        run.add(.ioctl(IoctlCall(kind: .vcpu, fd: 5, name: "KVM_RUN", request: 0xAE80, duration: 9_000, vcpu: 0)))
        run.add(.exit(out(0x38)))
        run.add(.stopped(Stop(vcpu: 0, reason: .exit, text: "exit io: out 0x3f8 by the console")))
        return run
    }

    static var halted: PaneRun {
        var run = digit
        run.step(Exit(vcpu: 0, reason: "hlt"), to: 0x100011, rax: 0x38, rdx: 0x3F8, text: "exit hlt")
        run.add(.phase(.ended))
        run.add(.end(RunEnd(why: .hlt, code: 0)))
        return run
    }

    static var internalError: PaneRun {
        var run = ready
        run.step(
            Exit(
                vcpu: 0, reason: "internal-error",
                detail: .internalError(suberror: 1, data: [3], instruction: Bytes([0xCC, 0x90, 0xF4]))), to: 0x100008)
        run.add(.problem("KVM could not emulate the instruction at 0x100008"))
        return run
    }

    static var unknownExit: PaneRun {
        var run = ready
        run.step(
            Exit(vcpu: 0, reason: "unknown:77", detail: .fields([Exit.Field(name: "raw0", value: 0x1234)])),
            to: 0x10000B)
        return run
    }

    /// The number of a vCPU is asked for twice.
    static var refused: PaneRun {
        var run = ready
        run.add(
            .ioctl(
                IoctlCall(
                    kind: .vm, fd: 4, name: "KVM_CREATE_VCPU", request: 0xAE41, argument: 0, result: -1, errno: 17,
                    errnoName: "EEXIST", duration: 2_310, vcpu: 0,
                    fields: [IoctlField(name: "vcpu_id", value: "0", note: "this number is taken")])))
        run.add(.problem("KVM_CREATE_VCPU 0 on fd 4: EEXIST: a vCPU with this number exists already"))
        return run
    }

    /// vCPU 0 stands after an exit, vCPU 1 runs.
    static var twoVCPUs: PaneRun {
        var run = PaneRun()
        run.build(vcpus: 2)
        run.step(out(0x30, vcpu: 1), to: 0x100010, rax: 0x30, rdx: 0x3F8)
        run.step(out(0x38), to: 0x100010, rax: 0x38, rdx: 0x3F8)
        run.add(.resumed(Resumption(vcpu: 1, how: .run)))
        return run
    }

    /// Where the kernel's tracepoints were read.
    static var traced: [(name: String, run: PaneRun)] {
        [("inside", inside), ("emulated", emulated), ("counted", counted)]
    }

    static var all: [(name: String, run: PaneRun)] {
        [
            ("nothing", nothing), ("unbuilt", unbuilt), ("at-the-gate", atTheGate), ("ready", ready), ("digit", digit),
            ("halted", halted), ("internal-error", internalError), ("unknown-exit", unknownExit), ("refused", refused),
            ("two-vcpus", twoVCPUs),
        ]
    }
}
