internal import CKVM

/// A segment register with the descriptor that the processor has cached for it (`struct kvm_segment`).
public struct Segment: Sendable, Hashable {
    public var base: UInt64 = 0
    /// Highest offset, in bytes, already scaled by the granularity.
    public var limit: UInt32 = 0
    public var selector: UInt16 = 0
    /// The descriptor's four type bits: 11 is code (execute, read, accessed), 3 data (read, write, accessed).
    public var type: UInt8 = 0
    public var present: Bool = false
    public var dpl: UInt8 = 0
    /// D/B: the default operand size is 32 bits.
    public var db: Bool = false
    /// A code or data segment rather than a system one.
    public var s: Bool = false
    /// 64-bit code.
    public var l: Bool = false
    /// The limit counts pages.
    public var g: Bool = false
    public var avl: Bool = false
    public var unusable: Bool = false

    public init() {}

    public init(
        base: UInt64, limit: UInt32, selector: UInt16, type: UInt8, present: Bool = true, dpl: UInt8 = 0,
        db: Bool = false, s: Bool = true, l: Bool = false, g: Bool = false, avl: Bool = false, unusable: Bool = false
    ) {
        self.base = base
        self.limit = limit
        self.selector = selector
        self.type = type
        self.present = present
        self.dpl = dpl
        self.db = db
        self.s = s
        self.l = l
        self.g = g
        self.avl = avl
        self.unusable = unusable
    }

    init(_ c: kvm_segment) {
        self.init(
            base: c.base, limit: c.limit, selector: c.selector, type: c.type, present: c.present != 0, dpl: c.dpl,
            db: c.db != 0, s: c.s != 0, l: c.l != 0, g: c.g != 0, avl: c.avl != 0, unusable: c.unusable != 0)
    }

    var c: kvm_segment {
        kvm_segment(
            base: base, limit: limit, selector: selector, type: type, present: present ? 1 : 0, dpl: dpl,
            db: db ? 1 : 0, s: s ? 1 : 0, l: l ? 1 : 0, g: g ? 1 : 0, avl: avl ? 1 : 0, unusable: unusable ? 1 : 0,
            padding: 0)
    }
}

/// Where a descriptor table lies (`struct kvm_dtable`).
public struct DescriptorTable: Sendable, Hashable {
    public var base: UInt64
    /// Bytes minus one.
    public var limit: UInt16

    public init(base: UInt64 = 0, limit: UInt16 = 0) {
        self.base = base
        self.limit = limit
    }

    init(_ c: kvm_dtable) {
        self.init(base: c.base, limit: c.limit)
    }

    var c: kvm_dtable { kvm_dtable(base: base, limit: limit, padding: (0, 0, 0)) }
}

/// Segments, descriptor tables and control registers of one vCPU (`struct kvm_sregs`).
public struct SpecialRegisters: Sendable, Hashable {
    public var cs = Segment()
    public var ds = Segment()
    public var es = Segment()
    public var fs = Segment()
    public var gs = Segment()
    public var ss = Segment()
    public var tr = Segment()
    public var ldt = Segment()
    public var gdt = DescriptorTable()
    public var idt = DescriptorTable()
    public var cr0: UInt64 = 0
    public var cr2: UInt64 = 0
    public var cr3: UInt64 = 0
    public var cr4: UInt64 = 0
    public var cr8: UInt64 = 0
    public var efer: UInt64 = 0
    /// IA32_APIC_BASE.
    public var apicBase: UInt64 = 0
    /// Four words of 64 vectors; the bit of an external interrupt that is to be delivered at once.
    public var interruptBitmap: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    public init() {}

    init(_ c: kvm_sregs) {
        cs = Segment(c.cs)
        ds = Segment(c.ds)
        es = Segment(c.es)
        fs = Segment(c.fs)
        gs = Segment(c.gs)
        ss = Segment(c.ss)
        tr = Segment(c.tr)
        ldt = Segment(c.ldt)
        gdt = DescriptorTable(c.gdt)
        idt = DescriptorTable(c.idt)
        cr0 = c.cr0
        cr2 = c.cr2
        cr3 = c.cr3
        cr4 = c.cr4
        cr8 = c.cr8
        efer = c.efer
        apicBase = c.apic_base
        interruptBitmap = c.interrupt_bitmap
    }

    var c: kvm_sregs {
        kvm_sregs(
            cs: cs.c, ds: ds.c, es: es.c, fs: fs.c, gs: gs.c, ss: ss.c, tr: tr.c, ldt: ldt.c, gdt: gdt.c, idt: idt.c,
            cr0: cr0, cr2: cr2, cr3: cr3, cr4: cr4, cr8: cr8, efer: efer, apic_base: apicBase,
            interrupt_bitmap: interruptBitmap)
    }

    private var words: [UInt64] {
        [
            cr0, cr2, cr3, cr4, cr8, efer, apicBase, interruptBitmap.0, interruptBitmap.1, interruptBitmap.2,
            interruptBitmap.3,
        ]
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.cs == b.cs && a.ds == b.ds && a.es == b.es && a.fs == b.fs && a.gs == b.gs && a.ss == b.ss && a.tr == b.tr
            && a.ldt == b.ldt && a.gdt == b.gdt && a.idt == b.idt && a.cr0 == b.cr0 && a.cr2 == b.cr2
            && a.cr3 == b.cr3 && a.cr4 == b.cr4 && a.cr8 == b.cr8 && a.efer == b.efer && a.apicBase == b.apicBase
            && a.interruptBitmap == b.interruptBitmap
    }

    public func hash(into hasher: inout Hasher) {
        for segment in [cs, ds, es, fs, gs, ss, tr, ldt] { hasher.combine(segment) }
        hasher.combine(gdt)
        hasher.combine(idt)
        hasher.combine(words)
    }
}

/// Special registers with the four PAE page-directory pointers, which a 32-bit PAE guest keeps in the processor.
///
/// Source: KVM API document, 4.131 "KVM_GET_SREGS2".
public struct SpecialRegistersAndPDPTRs: Sendable, Hashable {
    /// The interrupt bitmap is not part of it and reads as zero.
    public var registers: SpecialRegisters
    /// The pointers, or nil when the vCPU is not in PAE paging.
    public var pdptrs: [UInt64]?

    public init(registers: SpecialRegisters, pdptrs: [UInt64]? = nil) {
        self.registers = registers
        self.pdptrs = pdptrs
    }
}
