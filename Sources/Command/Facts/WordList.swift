/// The words that a fact can have as its value, or take as its argument.
public struct WordList: Sendable {
    /// What the words are, for messages: `exit reason`.
    public let name: String
    public let words: [Entry]
    /// Whether a number that has no name may be written, as `unknown:37`.
    public let allowsUnknown: Bool
    private let known: Set<String>

    public struct Entry: Sendable {
        public let word: String
        public let summary: String
    }

    init(_ name: String, _ words: KeyValuePairs<String, String>, allowsUnknown: Bool = false) {
        self.name = name
        self.words = words.map { Entry(word: $0.key, summary: $0.value) }
        self.allowsUnknown = allowsUnknown
        known = Set(self.words.map(\.word))
    }

    init(_ name: String, names: String, allowsUnknown: Bool = false) {
        self.name = name
        words = names.split(whereSeparator: \.isWhitespace).map { Entry(word: String($0), summary: name) }
        self.allowsUnknown = allowsUnknown
        known = Set(words.map(\.word))
    }

    /// Whether the word is one of these.
    public func contains(_ word: String) -> Bool {
        if known.contains(word) { return true }
        let prefix = "unknown:"
        return allowsUnknown && word.hasPrefix(prefix) && UInt64(word.dropFirst(prefix.count)) != nil
    }
}

extension WordList {
    /// KVM API document, section "The kvm_run structure"; the words are those of `trace --json`.
    public static let exitReasons = WordList(
        "exit reason",
        [
            "none": "the vCPU has not left the guest yet",
            "io": "an instruction touched an I/O port",
            "mmio": "an instruction touched an address with no memory behind it",
            "hlt": "the guest executed hlt",
            "shutdown": "the guest shut down: a triple fault, most often",
            "debug": "a single step, a breakpoint or a watchpoint",
            "intr": "a signal called the vCPU's thread back to user space",
            "irq-window": "the guest can take an interrupt now",
            "hypercall": "the guest asked the VMM for a service",
            "exception": "an exception that user space asked to see",
            "internal-error": "KVM could not go on, for instance with an instruction that it cannot emulate",
            "fail-entry": "the processor refused to enter the guest",
            "system-event": "the guest asked for a reset, a shutdown or the like",
            "memory-fault": "the guest touched memory that it may not have in this form",
            "dirty-ring-full": "the ring of dirtied pages has to be emptied",
            "x86-rdmsr": "the guest read a model-specific register that user space handles",
            "x86-wrmsr": "the guest wrote a model-specific register that user space handles",
            "tpr-access": "the guest touched the task priority register",
            "set-tpr": "the guest lowered the task priority",
            "nmi": "a non-maskable interrupt of the host",
            "notify": "the guest ran too long without a chance to be interrupted",
            "x86-bus-lock": "the guest took a bus lock",
            "ioapic-eoi": "the guest ended an interrupt of the I/O APIC",
            "hyperv": "the guest used an interface of Hyper-V",
            "xen": "the guest used an interface of Xen",
            "watchdog": "the guest's watchdog ran out",
            "ap-reset-hold": "a vCPU waits to be started",
            "tdx": "a guest under TDX asks for a service",
            "unknown": "a reason that the hardware gave and KVM does not know",
        ], allowsUnknown: true)

    static let directions = WordList(
        "direction",
        [
            "in": "from the device to the guest, by a port", "out": "from the guest to the device, by a port",
            "read": "from the device to the guest, by address",
            "write": "from the guest to the device, by address",
        ])

    /// Words that are equal wherever they are compared: `in` and `out` may stand for `read` and `write` too.
    static func isSame(_ a: String, _ b: String) -> Bool {
        a == b || [["in", "read"], ["out", "write"]].contains { $0.contains(a) && $0.contains(b) }
    }

    static let modes = WordList(
        "processor mode",
        ["real": "16-bit, no protection", "protected": "32-bit protected mode", "long": "64-bit long mode"])

    static let vcpuStates = WordList(
        "vCPU state",
        [
            "unbuilt": "the vCPU does not exist yet", "ready": "created, has not run yet",
            "running": "its thread is inside KVM_RUN", "stopped": "its thread waits for a command",
            "halted": "the guest executed hlt on it", "failed": "it cannot run on",
        ])

    static let descriptorKinds = WordList(
        "kind of descriptor",
        [
            "kvm": "/dev/kvm, for system ioctls", "kvm-vm": "one virtual machine", "kvm-vcpu": "one vCPU",
            "kvm-device": "an in-kernel device", "kvm-stats": "binary statistics",
            "own": "the program's own, to observe or to be woken", "other": "any other descriptor",
        ])

    static let threadKinds = WordList(
        "kind of thread",
        [
            "main": "the thread that owns the screen", "vcpu": "runs one vCPU",
            "builder": "builds the machine, and ends when that is done", "other": "any other thread",
        ])

    static let ioctlClasses = WordList(
        "class of ioctl",
        [
            "system": "on /dev/kvm", "vm": "on a virtual machine's descriptor", "vcpu": "on a vCPU's descriptor",
            "device": "on an in-kernel device's descriptor",
        ])

    /// include/uapi/asm-generic/ioctl.h; as the program sees it, not the kernel.
    static let transfers = WordList(
        "direction of an argument",
        [
            "none": "there is no structure", "write": "from the program to the kernel",
            "read": "from the kernel to the program", "read-write": "both ways",
        ])

    /// linux/kvm.h, the requests that are neutral or x86's.
    public static let ioctls = WordList(
        "ioctl",
        names: """
            KVM_GET_API_VERSION KVM_CREATE_VM KVM_GET_MSR_INDEX_LIST KVM_CHECK_EXTENSION KVM_GET_VCPU_MMAP_SIZE
            KVM_GET_SUPPORTED_CPUID KVM_GET_EMULATED_CPUID KVM_GET_MSR_FEATURE_INDEX_LIST KVM_GET_SUPPORTED_HV_CPUID
            KVM_CREATE_VCPU KVM_SET_USER_MEMORY_REGION KVM_SET_USER_MEMORY_REGION2 KVM_SET_MEMORY_ATTRIBUTES
            KVM_CREATE_GUEST_MEMFD KVM_PRE_FAULT_MEMORY KVM_GET_DIRTY_LOG KVM_CLEAR_DIRTY_LOG KVM_RESET_DIRTY_RINGS
            KVM_SET_NR_MMU_PAGES KVM_GET_NR_MMU_PAGES KVM_SET_TSS_ADDR KVM_SET_IDENTITY_MAP_ADDR KVM_CREATE_IRQCHIP
            KVM_IRQ_LINE KVM_IRQ_LINE_STATUS KVM_GET_IRQCHIP KVM_SET_IRQCHIP KVM_CREATE_PIT KVM_GET_PIT KVM_SET_PIT
            KVM_CREATE_PIT2 KVM_GET_PIT2 KVM_SET_PIT2 KVM_REINJECT_CONTROL KVM_SET_GSI_ROUTING KVM_IRQFD KVM_IOEVENTFD
            KVM_SIGNAL_MSI KVM_SET_BOOT_CPU_ID KVM_SET_CLOCK KVM_GET_CLOCK KVM_SET_TSC_KHZ KVM_GET_TSC_KHZ
            KVM_SET_PMU_EVENT_FILTER KVM_CREATE_DEVICE KVM_SET_DEVICE_ATTR KVM_GET_DEVICE_ATTR KVM_HAS_DEVICE_ATTR
            KVM_RUN KVM_GET_REGS KVM_SET_REGS KVM_GET_SREGS KVM_SET_SREGS KVM_GET_SREGS2 KVM_SET_SREGS2 KVM_TRANSLATE
            KVM_INTERRUPT KVM_NMI KVM_SMI KVM_GET_MSRS KVM_SET_MSRS KVM_SET_CPUID KVM_SET_CPUID2 KVM_GET_CPUID2
            KVM_SET_SIGNAL_MASK KVM_GET_FPU KVM_SET_FPU KVM_GET_XSAVE KVM_GET_XSAVE2 KVM_SET_XSAVE KVM_GET_XCRS
            KVM_SET_XCRS KVM_GET_LAPIC KVM_SET_LAPIC KVM_TPR_ACCESS_REPORTING KVM_SET_VAPIC_ADDR KVM_GET_MP_STATE
            KVM_SET_MP_STATE KVM_SET_GUEST_DEBUG KVM_X86_SETUP_MCE KVM_X86_GET_MCE_CAP_SUPPORTED KVM_X86_SET_MCE
            KVM_X86_SET_MSR_FILTER KVM_GET_VCPU_EVENTS KVM_SET_VCPU_EVENTS KVM_GET_DEBUGREGS KVM_SET_DEBUGREGS
            KVM_ENABLE_CAP KVM_KVMCLOCK_CTRL KVM_DIRTY_TLB KVM_GET_ONE_REG KVM_SET_ONE_REG KVM_GET_REG_LIST
            KVM_MEMORY_ENCRYPT_OP KVM_MEMORY_ENCRYPT_REG_REGION KVM_MEMORY_ENCRYPT_UNREG_REGION KVM_HYPERV_EVENTFD
            KVM_GET_NESTED_STATE KVM_SET_NESTED_STATE KVM_XEN_HVM_CONFIG KVM_XEN_HVM_GET_ATTR KVM_XEN_HVM_SET_ATTR
            KVM_XEN_HVM_EVTCHN_SEND KVM_XEN_VCPU_GET_ATTR KVM_XEN_VCPU_SET_ATTR KVM_GET_STATS_FD
            """, allowsUnknown: true)

    static let errnos = WordList(
        "errno",
        names: """
            none EPERM ENOENT EINTR EIO ENXIO E2BIG EBADF EAGAIN ENOMEM EACCES EFAULT EBUSY EEXIST ENODEV EINVAL ENFILE
            EMFILE ENOTTY ENOSPC ERANGE ENOSYS EOPNOTSUPP EHWPOISON
            """, allowsUnknown: true)

    static let flowNodes = WordList(
        "box of the flowchart",
        [
            "run": "the VMM calls ioctl(KVM_RUN)",
            "inside": "inside KVM_RUN, and more cannot be told from user space", "enter": "KVM enters guest mode",
            "guest": "the guest's code executes natively", "handle-exit": "KVM handles the exit",
            "io": "KVM asks: is it I/O?", "signal": "KVM asks: is a signal pending?",
            "handle-io": "the VMM handles what came back",
        ])

    static let flowArrows = WordList(
        "arrow of the flowchart",
        [
            "run": "from the VMM into KVM", "enter": "from KVM into the guest", "exit": "from the guest back to KVM",
            "io-yes": "back to the VMM with I/O",
            "other-yes": "back to the VMM for another reason, such as hlt", "io-no": "on to the question about signals",
            "signal-yes": "back to the VMM for a signal", "signal-no": "into the guest again",
            "again": "the VMM calls KVM_RUN once more",
        ])

    static let machineStates = WordList(
        "machine state",
        [
            "unbuilt": "nothing is built yet", "building": "being built, call by call", "ready": "built, has not run",
            "running": "at least one vCPU runs", "stopped": "all vCPUs stand", "ended": "the guest has ended",
            "failed": "it could not be built or cannot run on",
        ])

    static let stopReasons = WordList(
        "reason of a stop",
        [
            "none": "it has not stopped yet", "exit": "the exit that was stepped to",
            "instruction": "one instruction was executed", "breakpoint": "the guest reached a breakpoint",
            "watchpoint": "the guest wrote to a watched address", "until": "the condition of until holds",
            "pause": "somebody paused it; the kick shows as intr",
            "together": "another vCPU stopped, and this one with it",
            "restored": "the machine was set back to here",
            "failure": "KVM could not go on, or nobody expected the exit", "refused": "an ioctl answered with an errno",
            "halted": "the guest executed hlt", "ended": "the guest wrote to the debug-exit port",
            "limit": "a limit that was asked for", "timeout": "the time that was asked for",
            "bios": "a real-mode guest called a BIOS, and there is none",
        ])

    static let endReasons = WordList(
        "way to end",
        [
            "none": "it has not ended", "hlt": "all vCPUs halted", "exit": "a write to the debug-exit port 0xf4",
            "shutdown": "shutdown, a triple fault most often", "limit": "a limit that was asked for",
            "timeout": "the time that was asked for", "error": "KVM or the VMM could not go on",
            "bios": "a real-mode guest called a BIOS, and there is none",
        ])

    static let pagings = WordList(
        "kind of paging",
        [
            "real": "segment times 16 plus offset", "none": "paging is off", "32-bit": "two levels",
            "pae": "three levels",
            "4-level": "four levels", "5-level": "five levels",
        ])

    static let walkResults = WordList(
        "result of a walk",
        [
            "none": "no walk was made", "mapped": "it ends at a guest physical address",
            "fault": "it ends in a page fault",
        ])

    static let walkFaults = WordList(
        "fault of a walk",
        [
            "none": "there is none", "not-present": "an entry is not present",
            "protection": "the access is not permitted",
            "reserved": "a reserved bit is set", "non-canonical": "the address is not canonical",
        ])

    static let hostPages = WordList(
        "state of a host page",
        [
            "present": "in memory", "swapped": "in a swap device", "absent": "not there: nobody has touched it yet",
        ])

    static let kernelEvents = WordList(
        "kernel event",
        names: """
            kvm_entry kvm_exit kvm_userspace_exit kvm_pio kvm_mmio kvm_cpuid kvm_msr kvm_page_fault kvm_inj_exception
            kvm_inj_virq kvm_emulate_insn kvm_mmu_set_spte kvm_fast_mmio kvm_hypercall
            kvm_cr kvm_vcpu_wakeup kvm_dirty_ring_exit mark_mmio_spte
            """)

    /// Linux, arch/x86/kvm/x86.c, kvm_vcpu_stats_desc, and include/linux/kvm_host.h, KVM_GENERIC_VCPU_STATS.
    static let kernelStatistics = WordList(
        "kernel statistic",
        names: """
            exits io_exits mmio_exits signal_exits irq_window_exits nmi_window_exits halt_exits irq_exits
            request_irq_exits notify_window_exits insn_emulation insn_emulation_fail pf_taken pf_fixed pf_emulate
            pf_spurious pf_fast pf_mmio_spte_created pf_guest hypercalls irq_injections nmi_injections req_event
            tlb_flush invlpg l1d_flush host_state_reload fpu_reload nested_run directed_yield_attempted
            directed_yield_successful preemption_reported preemption_other guest_mode halt_successful_poll
            halt_attempted_poll halt_poll_invalid halt_wakeup halt_poll_success_ns halt_poll_fail_ns halt_wait_ns
            halt_poll_success_hist halt_poll_fail_hist halt_wait_hist blocking
            """)

    static let kernelSights = WordList(
        "sight of the kernel's half",
        [
            "tracepoints": "every transition with its time", "statistics": "counts, read at each stop",
            "boundary": "what crosses between user space and KVM, and no more",
        ])

    static let hostPagings = WordList(
        "kind of host paging",
        [
            "two-dimensional": "the processor walks the guest's tables and then KVM's",
            "shadow": "KVM keeps tables of its own that mirror the guest's", "unknown": "not found out",
        ])

    static let hostKVMs = WordList(
        "kind of KVM",
        ["kvm_intel": "VT-x", "kvm_amd": "AMD-V", "kvm_pvm": "without hardware support", "unknown": "not found out"])

    /// Every list, for tests and for the help.
    public static var all: [WordList] {
        [
            exitReasons, directions, modes, vcpuStates, descriptorKinds, threadKinds, ioctlClasses, transfers, ioctls,
            errnos,
            flowNodes,
            flowArrows, machineStates, stopReasons, endReasons, pagings, walkResults, walkFaults, kernelEvents,
            kernelStatistics, kernelSights, hostKVMs, hostPages, hostPagings,
        ]
    }
}
