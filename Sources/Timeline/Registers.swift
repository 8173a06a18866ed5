/// The registers of one vCPU at one moment; shared, never changed.
public final class RegisterReading: Sendable, Equatable {
    public let vcpu: Int
    public let general: GeneralRegisters
    public let system: SystemRegisters?
    /// `kvm_run` when they came with the exit through KVM_CAP_SYNC_REGS, `ioctl` when they were asked for.
    public let source: Source

    public init(vcpu: Int, general: GeneralRegisters, system: SystemRegisters?, source: Source) {
        self.vcpu = vcpu
        self.general = general
        self.system = system
        self.source = source
    }

    public static func == (a: RegisterReading, b: RegisterReading) -> Bool {
        a === b || (a.vcpu == b.vcpu && a.general == b.general && a.system == b.system && a.source == b.source)
    }
}

/// The general registers of x86-64, with RIP and RFLAGS, in the order of `struct kvm_regs`.
public struct GeneralRegisters: Sendable, Equatable {
    public var rax: UInt64 = 0, rbx: UInt64 = 0, rcx: UInt64 = 0, rdx: UInt64 = 0
    public var rsi: UInt64 = 0, rdi: UInt64 = 0, rsp: UInt64 = 0, rbp: UInt64 = 0
    public var r8: UInt64 = 0, r9: UInt64 = 0, r10: UInt64 = 0, r11: UInt64 = 0
    public var r12: UInt64 = 0, r13: UInt64 = 0, r14: UInt64 = 0, r15: UInt64 = 0
    public var rip: UInt64 = 0, rflags: UInt64 = 0

    public init() {}

    /// Names in the order in which they are shown.
    public static let names = [
        "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp",
        "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags",
    ]

    /// The value of a register by its 64-bit name; nil for a name that is none of these.
    public subscript(name: String) -> UInt64? {
        switch name {
        case "rax": rax
        case "rbx": rbx
        case "rcx": rcx
        case "rdx": rdx
        case "rsi": rsi
        case "rdi": rdi
        case "rsp": rsp
        case "rbp": rbp
        case "r8": r8
        case "r9": r9
        case "r10": r10
        case "r11": r11
        case "r12": r12
        case "r13": r13
        case "r14": r14
        case "r15": r15
        case "rip": rip
        case "rflags": rflags
        default: nil
        }
    }
}

/// Segment, control and table registers: `struct kvm_sregs` without its interrupt bitmap.
public struct SystemRegisters: Sendable, Equatable {
    public var cs = Segment(), ds = Segment(), es = Segment(), fs = Segment(), gs = Segment(), ss = Segment()
    public var tr = Segment(), ldt = Segment()
    public var gdt = TableRegister(), idt = TableRegister()
    public var cr0: UInt64 = 0, cr2: UInt64 = 0, cr3: UInt64 = 0, cr4: UInt64 = 0, cr8: UInt64 = 0
    public var efer: UInt64 = 0
    public var apicBase: UInt64 = 0

    public init() {}

    /// Control registers and bases by name: `cr0`, `efer`, `gdtr`, `cs` (the selector), `cs.base` and so on.
    public subscript(name: String) -> UInt64? {
        switch name {
        case "cr0": return cr0
        case "cr2": return cr2
        case "cr3": return cr3
        case "cr4": return cr4
        case "cr8": return cr8
        case "efer": return efer
        case "gdtr": return gdt.base
        case "idtr": return idt.base
        default: break
        }
        let parts = name.split(separator: ".", maxSplits: 1)
        guard let first = parts.first else { return nil }
        if first == "gdtr" || first == "idtr" {
            let table = first == "gdtr" ? gdt : idt
            return parts.last == "base" ? table.base : UInt64(table.limit)
        }
        guard let segment = segment(named: String(first)) else { return nil }
        guard parts.count == 2 else { return UInt64(segment.selector) }
        switch parts[1] {
        case "base": return segment.base
        case "limit": return UInt64(segment.limit)
        default: return nil
        }
    }

    public func segment(named name: String) -> Segment? {
        switch name {
        case "cs": cs
        case "ds": ds
        case "es": es
        case "fs": fs
        case "gs": gs
        case "ss": ss
        case "tr": tr
        case "ldtr": ldt
        default: nil
        }
    }

    public struct Segment: Sendable, Equatable {
        public var base: UInt64 = 0
        public var limit: UInt32 = 0
        public var selector: UInt16 = 0
        public var type: UInt8 = 0
        public var present = false
        public var privilege: UInt8 = 0
        /// D/B: 32-bit default size.
        public var is32Bit = false
        /// L: 64-bit code.
        public var isLong = false
        public var granularity = false

        public init() {}
    }

    public struct TableRegister: Sendable, Equatable {
        public var base: UInt64 = 0
        public var limit: UInt16 = 0

        public init() {}
    }

    /// Current privilege level, from the stack segment as the processor takes it.
    public var privilegeLevel: Int { cr0 & 1 == 0 ? 0 : Int(ss.privilege) }

    /// Code size in bits: 16, 32 or 64.
    public var codeBits: Int {
        if cr0 & 1 == 0 { return cs.is32Bit ? 32 : 16 }
        if efer & 0x400 != 0 && cs.isLong { return 64 }
        return cs.is32Bit ? 32 : 16
    }

    /// `real`, `protected` or `long`.
    public var mode: String {
        if cr0 & 1 == 0 { return "real" }
        return efer & 0x400 != 0 ? "long" : "protected"
    }
}
