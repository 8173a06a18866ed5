/// Layouts of x86's own structures. Offsets: `arch/x86/include/uapi/asm/kvm.h`.
enum X86Layouts {
    private static let special: [FieldLayout] =
        ["cs", "ds", "es", "fs", "gs", "ss", "tr", "ldt"].enumerated().map {
            FieldLayout($1, $0 * 24, 24, .segment)
        }
        + [
            FieldLayout("gdt", 192, 16, .table), FieldLayout("idt", 208, 16, .table),
            FieldLayout("cr0", 224, 8, .bits(BitNames.cr0)), FieldLayout("cr2", 232, 8, .hex),
            FieldLayout("cr3", 240, 8, .hex), FieldLayout("cr4", 248, 8, .bits(BitNames.cr4)),
            FieldLayout("cr8", 256, 8, .hex), FieldLayout("efer", 264, 8, .bits(BitNames.efer)),
            FieldLayout("apic_base", 272, 8, .bits([(8, "BSP"), (10, "x2APIC"), (11, "enabled")])),
        ]

    static let all: [String: [FieldLayout]] = [
        "struct kvm_regs": [
            "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
            "r15", "rip",
        ].enumerated().map { FieldLayout($1, $0 * 8, 8, .hex) }
            + [FieldLayout("rflags", 136, 8, .bits(BitNames.rflags))],
        "struct kvm_sregs": special
            + (0..<4).map { FieldLayout("interrupt_bitmap[\($0)]", 280 + $0 * 8, 8, .hex) },
        "struct kvm_sregs2": special
            + [FieldLayout("flags", 280, 8, .bits([(0, "PDPTRS_VALID")]))]
            + (0..<4).map { FieldLayout("pdptrs[\($0)]", 288 + $0 * 8, 8, .hex) },
        "struct kvm_guest_debug": [
            FieldLayout(
                "control", 0, 4,
                .bits([
                    (0, "ENABLE"), (1, "SINGLESTEP"), (16, "USE_SW_BP"), (17, "USE_HW_BP"), (18, "INJECT_DB"),
                    (19, "INJECT_BP"), (20, "BLOCKIRQ"),
                ]))
        ] + (0..<8).map { FieldLayout("debugreg[\($0)]", 8 + $0 * 8, 8, .hex) },
        "struct kvm_vcpu_events": [
            FieldLayout("exception.injected", 0, 1), FieldLayout("exception.nr", 1, 1, .named(BitNames.vector)),
            FieldLayout("exception.has_error_code", 2, 1), FieldLayout("exception.pending", 3, 1),
            FieldLayout("exception.error_code", 4, 4, .hex), FieldLayout("interrupt.injected", 8, 1),
            FieldLayout("interrupt.nr", 9, 1), FieldLayout("interrupt.soft", 10, 1),
            FieldLayout("interrupt.shadow", 11, 1, .bits([(0, "mov ss"), (1, "sti")])),
            FieldLayout("nmi.injected", 12, 1), FieldLayout("nmi.pending", 13, 1), FieldLayout("nmi.masked", 14, 1),
            FieldLayout("sipi_vector", 16, 4),
            FieldLayout(
                "flags", 20, 4,
                .bits([
                    (0, "NMI_PENDING"), (1, "SIPI_VECTOR"), (2, "SHADOW"), (3, "SMM"), (4, "PAYLOAD"),
                    (5, "TRIPLE_FAULT"),
                ])),
            FieldLayout("smi.smm", 24, 1), FieldLayout("smi.pending", 25, 1), FieldLayout("smi.smm_inside_nmi", 26, 1),
            FieldLayout("smi.latched_init", 27, 1), FieldLayout("triple_fault.pending", 28, 1),
            FieldLayout("exception_has_payload", 55, 1), FieldLayout("exception_payload", 56, 8, .hex),
        ],
        "struct kvm_translation": [
            FieldLayout("linear_address", 0, 8, .hex), FieldLayout("physical_address", 8, 8, .hex),
            FieldLayout("valid", 16, 1), FieldLayout("writeable", 17, 1), FieldLayout("usermode", 18, 1),
        ],
        "struct kvm_debugregs": (0..<4).map { FieldLayout("db[\($0)]", $0 * 8, 8, .hex) } + [
            FieldLayout("dr6", 32, 8, .hex), FieldLayout("dr7", 40, 8, .hex), FieldLayout("flags", 48, 8, .hex),
        ],
        "struct kvm_interrupt": [FieldLayout("irq", 0, 4)],
        "struct kvm_pit_config": [FieldLayout("flags", 0, 4, .bits([(0, "KVM_PIT_SPEAKER_DUMMY")]))],
    ]
}

/// Names of bits and numbers. Source: Intel SDM volume 3, "Control Registers", "Extended Feature Enable Register",
/// and volume 1, "EFLAGS Register".
enum BitNames {
    static let cr0: [(Int, String)] = [
        (0, "PE"), (1, "MP"), (2, "EM"), (3, "TS"), (4, "ET"), (5, "NE"), (16, "WP"), (18, "AM"), (29, "NW"),
        (30, "CD"), (31, "PG"),
    ]
    static let cr4: [(Int, String)] = [
        (0, "VME"), (1, "PVI"), (2, "TSD"), (3, "DE"), (4, "PSE"), (5, "PAE"), (6, "MCE"), (7, "PGE"), (8, "PCE"),
        (9, "OSFXSR"), (10, "OSXMMEXCPT"), (11, "UMIP"), (12, "LA57"), (13, "VMXE"), (14, "SMXE"), (16, "FSGSBASE"),
        (17, "PCIDE"), (18, "OSXSAVE"), (20, "SMEP"), (21, "SMAP"), (22, "PKE"), (23, "CET"), (24, "PKS"),
    ]
    static let efer: [(Int, String)] = [
        (0, "SCE"), (8, "LME"), (10, "LMA"), (11, "NXE"), (12, "SVME"), (14, "FFXSR"),
    ]
    static let rflags: [(Int, String)] = [
        (0, "CF"), (1, "1"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"), (11, "OF"),
        (12, "IOPL0"), (13, "IOPL1"), (14, "NT"), (16, "RF"), (17, "VM"), (18, "AC"), (19, "VIF"), (20, "VIP"),
        (21, "ID"),
    ]

    private static let msrs: [UInt64: String] = [
        0x10: "IA32_TIME_STAMP_COUNTER", 0x1B: "IA32_APIC_BASE", 0x174: "IA32_SYSENTER_CS",
        0x175: "IA32_SYSENTER_ESP", 0x176: "IA32_SYSENTER_EIP", 0x1A0: "IA32_MISC_ENABLE", 0x277: "IA32_PAT",
        0x2FF: "IA32_MTRR_DEF_TYPE", 0x6E0: "IA32_TSC_DEADLINE", 0xC000_0080: "IA32_EFER", 0xC000_0081: "IA32_STAR",
        0xC000_0082: "IA32_LSTAR", 0xC000_0083: "IA32_CSTAR", 0xC000_0084: "IA32_FMASK",
        0xC000_0100: "IA32_FS_BASE", 0xC000_0101: "IA32_GS_BASE", 0xC000_0102: "IA32_KERNEL_GS_BASE",
        0xC000_0103: "IA32_TSC_AUX", 0x4B56_4D00: "KVM_WALL_CLOCK_NEW", 0x4B56_4D01: "KVM_SYSTEM_TIME_NEW",
        0x4B56_4D02: "KVM_ASYNC_PF_EN", 0x4B56_4D03: "KVM_STEAL_TIME", 0x4B56_4D04: "KVM_PV_EOI_EN",
        0x4B56_4D05: "KVM_POLL_CONTROL", 0x4B56_4D06: "KVM_ASYNC_PF_INT", 0x4B56_4D07: "KVM_ASYNC_PF_ACK",
    ]

    /// The manual's name of an MSR, or nothing.
    static func msr(_ index: UInt64) -> String { msrs[index] ?? "" }

    private static let vectors = [
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "", "#TS", "#NP", "#SS", "#GP", "#PF", "",
        "#MF", "#AC", "#MC", "#XM", "#VE", "#CP",
    ]

    /// The manual's mnemonic of an exception vector, or nothing.
    ///
    /// Source: Intel SDM volume 3, "Protected-Mode Exceptions and Interrupts".
    @Sendable static func vector(_ number: UInt64) -> String {
        number < UInt64(vectors.count) ? vectors[Int(number)] : ""
    }
}
