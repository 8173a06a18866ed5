private import CKVM

extension Exit {
    /// The kernel's name in kebab case (`io`, `irq-window`, `fail-entry`); `unknown:<n>` for a number without one.
    public var name: String {
        switch self {
        case .unknownHardware: "unknown"
        case .exception: "exception"
        case .io: "io"
        case .hypercall: "hypercall"
        case .debug: "debug"
        case .hlt: "hlt"
        case .mmio: "mmio"
        case .irqWindow: "irq-window"
        case .shutdown: "shutdown"
        case .failEntry: "fail-entry"
        case .intr: "intr"
        case .setTPR: "set-tpr"
        case .tprAccess: "tpr-access"
        case .nmi: "nmi"
        case .internalError: "internal-error"
        case .watchdog: "watchdog"
        case .systemEvent: "system-event"
        case .ioapicEOI: "ioapic-eoi"
        case .hyperv: "hyperv"
        case .rdmsr: "x86-rdmsr"
        case .wrmsr: "x86-wrmsr"
        case .dirtyRingFull: "dirty-ring-full"
        case .apResetHold: "ap-reset-hold"
        case .busLock: "x86-bus-lock"
        case .xen: "xen"
        case .notify: "notify"
        case .memoryFault: "memory-fault"
        case .tdx: "tdx"
        case .otherArchitecture(let number):
            Self.otherArchitectures[Int32(truncatingIfNeeded: number)] ?? "unknown:\(number)"
        case .unknown(let number): "unknown:\(number)"
        }
    }

    /// The `KVM_EXIT_…` number.
    public var number: UInt32 {
        switch self {
        case .unknownHardware: UInt32(KVM_EXIT_UNKNOWN)
        case .exception: UInt32(KVM_EXIT_EXCEPTION)
        case .io: UInt32(KVM_EXIT_IO)
        case .hypercall: UInt32(KVM_EXIT_HYPERCALL)
        case .debug: UInt32(KVM_EXIT_DEBUG)
        case .hlt: UInt32(KVM_EXIT_HLT)
        case .mmio: UInt32(KVM_EXIT_MMIO)
        case .irqWindow: UInt32(KVM_EXIT_IRQ_WINDOW_OPEN)
        case .shutdown: UInt32(KVM_EXIT_SHUTDOWN)
        case .failEntry: UInt32(KVM_EXIT_FAIL_ENTRY)
        case .intr: UInt32(KVM_EXIT_INTR)
        case .setTPR: UInt32(KVM_EXIT_SET_TPR)
        case .tprAccess: UInt32(KVM_EXIT_TPR_ACCESS)
        case .nmi: UInt32(KVM_EXIT_NMI)
        case .internalError: UInt32(KVM_EXIT_INTERNAL_ERROR)
        case .watchdog: UInt32(KVM_EXIT_WATCHDOG)
        case .systemEvent: UInt32(KVM_EXIT_SYSTEM_EVENT)
        case .ioapicEOI: UInt32(KVM_EXIT_IOAPIC_EOI)
        case .hyperv: UInt32(KVM_EXIT_HYPERV)
        case .rdmsr: UInt32(KVM_EXIT_X86_RDMSR)
        case .wrmsr: UInt32(KVM_EXIT_X86_WRMSR)
        case .dirtyRingFull: UInt32(KVM_EXIT_DIRTY_RING_FULL)
        case .apResetHold: UInt32(KVM_EXIT_AP_RESET_HOLD)
        case .busLock: UInt32(KVM_EXIT_X86_BUS_LOCK)
        case .xen: UInt32(KVM_EXIT_XEN)
        case .notify: UInt32(KVM_EXIT_NOTIFY)
        case .memoryFault: UInt32(CKVM_EXIT_MEMORY_FAULT)
        case .tdx: UInt32(CKVM_EXIT_TDX)
        case .otherArchitecture(let number), .unknown(let number): number
        }
    }

    /// Reasons that x86 never gives, by number.
    static let otherArchitectures: [Int32: String] = [
        KVM_EXIT_S390_SIEIC: "s390-sieic", KVM_EXIT_S390_RESET: "s390-reset", KVM_EXIT_DCR: "dcr",
        KVM_EXIT_OSI: "osi", KVM_EXIT_PAPR_HCALL: "papr-hcall", KVM_EXIT_S390_UCONTROL: "s390-ucontrol",
        KVM_EXIT_S390_TSCH: "s390-tsch", KVM_EXIT_EPR: "epr", KVM_EXIT_S390_STSI: "s390-stsi",
        KVM_EXIT_ARM_NISV: "arm-nisv", KVM_EXIT_RISCV_SBI: "riscv-sbi", KVM_EXIT_RISCV_CSR: "riscv-csr",
        Int32(CKVM_EXIT_LOONGARCH_IOCSR): "loongarch-iocsr",
    ]
}
