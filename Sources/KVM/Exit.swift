private import CKVM

/// Why a vCPU came back to user space: every `KVM_EXIT_…` reason, with what belongs to it.
///
/// A value of its own: it holds nothing of the run page. Source: KVM API document, 5 "The kvm_run structure".
public enum Exit: Sendable, Hashable {
    /// KVM_EXIT_UNKNOWN: the processor's own exit reason, for which KVM has no handler.
    case unknownHardware(reason: UInt64)
    case exception(vector: UInt32, errorCode: UInt32)
    case io(IOExit)
    case hypercall(HypercallExit)
    case debug(DebugExit)
    case hlt
    case mmio(MMIOExit)
    /// The guest can take an interrupt now, as `RunPage.requestInterruptWindow` asked.
    case irqWindow
    /// A triple fault, which on a PC is wired to reset.
    case shutdown
    /// The processor refused to enter the guest: a state that it does not accept.
    case failEntry(hardwareReason: UInt64, cpu: UInt32)
    /// A signal is pending.
    case intr
    case setTPR
    case tprAccess(rip: UInt64, isWrite: Bool)
    case nmi
    case internalError(InternalErrorExit)
    case watchdog
    case systemEvent(type: UInt32, data: [UInt64])
    case ioapicEOI(vector: UInt8)
    /// Type 1 SynIC, 2 hypercall, 3 SynDbg, then the eight words of its union.
    case hyperv(type: UInt32, data: [UInt64])
    case rdmsr(MSRExit)
    case wrmsr(MSRExit)
    case dirtyRingFull
    case apResetHold
    case busLock
    case xen(XenExit)
    case notify(flags: UInt32)
    case memoryFault(flags: UInt64, address: UInt64, size: UInt64)
    case tdx(flags: UInt64, number: UInt64)
    /// A reason that KVM defines for another architecture.
    case otherArchitecture(number: UInt32)
    /// A reason that this program has never heard of.
    case unknown(number: UInt32)
}

/// A port access that user space has to carry out.
public struct IOExit: Sendable, Hashable {
    public enum Direction: UInt8, Sendable, Hashable {
        /// `in`, `ins`: the guest reads.
        case input = 0
        /// `out`, `outs`: the guest writes.
        case output = 1
    }

    public var direction: Direction
    public var port: UInt16
    /// Bytes of one access: 1, 2 or 4.
    public var size: UInt8
    /// Accesses in this exit: above 1 for string instructions.
    public var count: UInt32
    /// What the guest writes, in memory order. Empty for input, and when the kernel's data area lies outside the page.
    public var data: ExitBytes
    /// Where the data area begins, in bytes from the start of the run page.
    public var dataOffset: UInt64

    public init(
        direction: Direction, port: UInt16, size: UInt8, count: UInt32 = 1, data: ExitBytes = ExitBytes(),
        dataOffset: UInt64 = 0
    ) {
        self.direction = direction
        self.port = port
        self.size = size
        self.count = count
        self.data = data
        self.dataOffset = dataOffset
    }

    /// Bytes moved in all.
    public var byteCount: Int { Int(size) &* Int(count) }

    /// The data area within a page of that size, or nil if it does not fit.
    func dataRange(pageSize: Int) -> Range<Int>? {
        Self.dataStart(dataOffset, byteCount: byteCount, pageSize: pageSize).map { $0..<($0 + byteCount) }
    }

    /// Where a data area of `byteCount` bytes begins, if all of it lies within the page.
    static func dataStart(_ offset: UInt64, byteCount: Int, pageSize: Int) -> Int? {
        guard offset <= UInt64(pageSize), byteCount <= pageSize - Int(offset) else { return nil }
        return Int(offset)
    }
}

/// An access to a guest physical address that no memory slot holds (or a write to a read-only one).
public struct MMIOExit: Sendable, Hashable {
    public var address: UInt64
    public var isWrite: Bool
    /// Bytes, 1 to 8.
    public var length: UInt32
    /// What the guest writes, in memory order; empty for a read.
    public var data: ExitBytes

    public init(address: UInt64, isWrite: Bool, length: UInt32, data: ExitBytes = ExitBytes()) {
        self.address = address
        self.isWrite = isWrite
        self.length = length
        self.data = data
    }
}

/// A debug event that `KVM_SET_GUEST_DEBUG` asked for: a step, a breakpoint or a watchpoint.
public struct DebugExit: Sendable, Hashable {
    /// 1 is #DB (step, hardware breakpoint), 3 is #BP.
    public var exception: UInt32
    /// Linear address of the instruction that comes next (for #BP: of the breakpoint).
    public var pc: UInt64
    public var dr6: UInt64
    public var dr7: UInt64

    public init(exception: UInt32, pc: UInt64, dr6: UInt64, dr7: UInt64) {
        self.exception = exception
        self.pc = pc
        self.dr6 = dr6
        self.dr7 = dr7
    }
}

/// A hypercall that KVM passes on to user space (`KVM_CAP_EXIT_HYPERCALL`).
public struct HypercallExit: Sendable, Hashable {
    public var number: UInt64
    /// Six arguments.
    public var arguments: [UInt64]
    /// Bit 0: the guest is in long mode.
    public var flags: UInt32

    public init(number: UInt64, arguments: [UInt64], flags: UInt32) {
        self.number = number
        self.arguments = arguments
        self.flags = flags
    }
}

/// KVM could not go on: most often an instruction that its emulator does not know.
public struct InternalErrorExit: Sendable, Hashable {
    /// `KVM_INTERNAL_ERROR_…`: 1 emulation, 2 simultaneous exceptions, 3 delivery of an event, 4 unexpected exit.
    public var suberror: UInt32
    /// The words that came with it.
    public var data: [UInt64]
    /// Bytes at the instruction that could not be emulated, where KVM supplies them.
    public var instruction: [UInt8]?

    public init(suberror: UInt32, data: [UInt64], instruction: [UInt8]? = nil) {
        self.suberror = suberror
        self.data = data
        self.instruction = instruction
    }

    /// The kernel's name of the suberror in words, or its number.
    public var reason: String {
        switch suberror {
        case UInt32(KVM_INTERNAL_ERROR_EMULATION): "emulation"
        case UInt32(KVM_INTERNAL_ERROR_SIMUL_EX): "simultaneous exceptions"
        case UInt32(KVM_INTERNAL_ERROR_DELIVERY_EV): "delivery of an event"
        case UInt32(KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON): "unexpected exit reason"
        default: "suberror \(suberror)"
        }
    }
}

/// An MSR access that was filtered or unknown and is left to user space (`KVM_CAP_X86_USER_SPACE_MSR`).
public struct MSRExit: Sendable, Hashable {
    public var index: UInt32
    /// Bit 0 invalid, 1 unknown, 2 filtered.
    public var reason: UInt32
    /// What the guest writes; meaningless for a read.
    public var data: UInt64

    public init(index: UInt32, reason: UInt32, data: UInt64) {
        self.index = index
        self.reason = reason
        self.data = data
    }
}

/// A hypercall of the Xen interface that KVM passes on.
public struct XenExit: Sendable, Hashable {
    public var type: UInt32
    public var longMode: Bool
    public var cpl: UInt32
    public var input: UInt64
    /// Six parameters.
    public var parameters: [UInt64]

    public init(type: UInt32, longMode: Bool, cpl: UInt32, input: UInt64, parameters: [UInt64]) {
        self.type = type
        self.longMode = longMode
        self.cpl = cpl
        self.input = input
        self.parameters = parameters
    }
}
