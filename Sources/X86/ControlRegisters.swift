/// Control register 0: the switches between the processor's operating modes.
///
/// Source: Intel SDM volume 3, "Control Registers".
public struct CR0: OptionSet, NamedBits {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Protection enable: segments by descriptor rather than segment × 16.
    public static let pe = CR0(rawValue: 1 << 0)
    /// Write protect: supervisor writes obey R/W = 0 too.
    public static let wp = CR0(rawValue: 1 << 16)
    /// Paging: linear addresses are translated by page tables.
    public static let pg = CR0(rawValue: 1 << 31)

    public static let bits = [
        NamedBit("PE", 0, "protection enable: segments come from descriptor tables; off is real mode"),
        NamedBit("MP", 1, "monitor coprocessor: WAIT obeys TS"),
        NamedBit("EM", 2, "emulation: x87 instructions raise #NM and SSE ones #UD"),
        NamedBit("TS", 3, "task switched: the next x87 or SSE instruction raises #NM"),
        NamedBit("ET", 4, "extension type: always 1 on processors of today"),
        NamedBit("NE", 5, "numeric error: x87 errors are reported as #MF"),
        NamedBit("WP", 16, "write protect: the supervisor too may not write to read-only pages"),
        NamedBit("AM", 18, "alignment mask: with RFLAGS.AC, unaligned user accesses raise #AC"),
        NamedBit("NW", 29, "not write-through: with CD, chooses the cache policy"),
        NamedBit("CD", 30, "cache disable: memory is not brought into the caches"),
        NamedBit("PG", 31, "paging: linear addresses are translated by page tables"),
    ]
}

/// Control register 4: extensions, many of which change how the page tables are read.
///
/// Source: Intel SDM volume 3, "Control Registers".
public struct CR4: OptionSet, NamedBits {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Page size extensions: 4 MiB pages in 32-bit paging.
    public static let pse = CR4(rawValue: 1 << 4)
    /// Physical address extension: entries of 64 bits.
    public static let pae = CR4(rawValue: 1 << 5)
    /// 57-bit linear addresses: 5-level paging in long mode.
    public static let la57 = CR4(rawValue: 1 << 12)
    /// Process-context identifiers: CR3 bits 11:0 are a tag of the TLB.
    public static let pcide = CR4(rawValue: 1 << 17)
    /// Supervisor-mode execution prevention.
    public static let smep = CR4(rawValue: 1 << 20)
    /// Supervisor-mode access prevention.
    public static let smap = CR4(rawValue: 1 << 21)
    /// Protection keys for user pages.
    public static let pke = CR4(rawValue: 1 << 22)
    /// Control-flow enforcement, with its shadow-stack pages.
    public static let cet = CR4(rawValue: 1 << 23)
    /// Protection keys for supervisor pages.
    public static let pks = CR4(rawValue: 1 << 24)
    /// Linear-address space separation.
    public static let lass = CR4(rawValue: 1 << 27)
    /// Linear-address masking for supervisor pointers.
    public static let lamSupervisor = CR4(rawValue: 1 << 28)

    public static let bits = [
        NamedBit("VME", 0, "virtual-8086 mode extensions: virtual interrupt flag for 8086 tasks"),
        NamedBit("PVI", 1, "protected-mode virtual interrupts"),
        NamedBit("TSD", 2, "time stamp disable: RDTSC only at CPL 0"),
        NamedBit("DE", 3, "debugging extensions: DR4 and DR5 raise #UD, I/O breakpoints exist"),
        NamedBit("PSE", 4, "page size extensions: 4 MiB pages in 32-bit paging"),
        NamedBit("PAE", 5, "physical address extension: page-table entries of 64 bits"),
        NamedBit("MCE", 6, "machine-check exceptions are delivered"),
        NamedBit("PGE", 7, "page global enable: entries with G stay in the TLB when CR3 is loaded"),
        NamedBit("PCE", 8, "performance counters can be read at any CPL"),
        NamedBit("OSFXSR", 9, "the operating system saves SSE state: SSE instructions work"),
        NamedBit("OSXMMEXCPT", 10, "the operating system handles #XM, the SSE exception"),
        NamedBit("UMIP", 11, "user-mode instruction prevention: SGDT, SIDT, SLDT, SMSW, STR only at CPL 0"),
        NamedBit("LA57", 12, "57-bit linear addresses: 5-level paging in long mode"),
        NamedBit("VMXE", 13, "VMX instructions are enabled"),
        NamedBit("SMXE", 14, "SMX instructions are enabled"),
        NamedBit("FSGSBASE", 16, "RDFSBASE, WRGSBASE and their kin work at any CPL"),
        NamedBit("PCIDE", 17, "process-context identifiers: CR3 bits 11:0 are a tag of the TLB"),
        NamedBit("OSXSAVE", 18, "the operating system uses XSAVE: XGETBV and AVX work"),
        NamedBit("KL", 19, "Key Locker instructions are enabled"),
        NamedBit("SMEP", 20, "supervisor-mode execution prevention: CPL 0 to 2 may not run code in user pages"),
        NamedBit("SMAP", 21, "supervisor-mode access prevention: CPL 0 to 2 reach user pages only with RFLAGS.AC"),
        NamedBit("PKE", 22, "protection keys for user pages: PKRU limits data accesses by key"),
        NamedBit("CET", 23, "control-flow enforcement: shadow stacks and branch tracking"),
        NamedBit("PKS", 24, "protection keys for supervisor pages"),
        NamedBit("UINTR", 25, "user interrupts are enabled"),
        NamedBit("LASS", 27, "linear-address space separation: user code cannot name upper addresses at all"),
        NamedBit("LAM_SUP", 28, "linear-address masking: upper bits of supervisor pointers are ignored"),
        NamedBit("FRED", 32, "flexible return and event delivery replaces the IDT"),
    ]
}

/// Control register 3: the physical address of the topmost page table.
///
/// Source: Intel SDM volume 3, "Paging", the tables "Use of CR3 with …".
public struct CR3: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Where the topmost table lies: bits 31:12 with 32-bit paging, 31:5 with PAE, 51:12 in long mode; 0 without
    /// paging.
    public func table(in mode: PagingMode) -> GuestPhysicalAddress {
        switch mode {
        case .real, .none: GuestPhysicalAddress(0)
        case .thirtyTwoBit: GuestPhysicalAddress(rawValue & 0xffff_f000)
        case .pae: GuestPhysicalAddress(rawValue & 0xffff_ffe0)
        case .fourLevel, .fiveLevel: GuestPhysicalAddress(rawValue & bits(51, 12))
        }
    }

    /// The process-context identifier, bits 11:0; it means this only with CR4.PCIDE.
    public var processContextIdentifier: UInt64 { rawValue & 0xfff }

    public var description: String { rawValue.hexadecimal }
}
