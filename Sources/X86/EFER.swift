/// The extended feature enable register, MSR 0xc0000080, which turns long mode on.
///
/// Source: Intel SDM volume 3, "Extended Feature Enable Register"; bits from 12 up are AMD's, APM volume 2 of the
/// same section title.
public struct EFER: OptionSet, NamedBits {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Long mode enable: asked for, not yet in force without paging.
    public static let lme = EFER(rawValue: 1 << 8)
    /// Long mode active: set by the processor when paging goes on with LME.
    public static let lma = EFER(rawValue: 1 << 10)
    /// No-execute enable: bit 63 of an entry forbids instruction fetches.
    public static let nxe = EFER(rawValue: 1 << 11)

    public static let bits = [
        NamedBit("SCE", 0, "system call extensions: SYSCALL and SYSRET work"),
        NamedBit("LME", 8, "long mode enable: turning paging on enters long mode"),
        NamedBit("LMA", 10, "long mode active: the processor is in long mode"),
        NamedBit("NXE", 11, "no-execute enable: bit 63 of an entry forbids instruction fetches"),
        NamedBit("SVME", 12, "secure virtual machine enable: AMD-V instructions work"),
        NamedBit("LMSLE", 13, "long mode segment limit enable"),
        NamedBit("FFXSR", 14, "fast FXSAVE and FXRSTOR: without the XMM registers at CPL 0"),
        NamedBit("TCE", 15, "translation cache extension: INVLPG drops fewer upper-level entries"),
        NamedBit("MCOMMIT", 17, "the MCOMMIT instruction works"),
        NamedBit("INTWB", 18, "WBINVD and WBNOINVD can be interrupted"),
        NamedBit("UAIE", 20, "upper address ignore: bits 63:57 of data pointers are a tag"),
        NamedBit("AIBRSE", 21, "automatic indirect branch restricted speculation"),
    ]
}
