internal import CKVM

/// Exceptions, interrupts and NMIs that are under way or waiting (`struct kvm_vcpu_events`).
///
/// Source: KVM API document, 4.31 "KVM_GET_VCPU_EVENTS".
public struct VCPUEvents: Sendable, Hashable {
    public struct Flags: OptionSet, Sendable, Hashable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        public static let nmiPending = Flags(rawValue: UInt32(KVM_VCPUEVENT_VALID_NMI_PENDING))
        public static let sipiVector = Flags(rawValue: UInt32(KVM_VCPUEVENT_VALID_SIPI_VECTOR))
        public static let shadow = Flags(rawValue: UInt32(KVM_VCPUEVENT_VALID_SHADOW))
        public static let smm = Flags(rawValue: UInt32(KVM_VCPUEVENT_VALID_SMM))
        public static let payload = Flags(rawValue: UInt32(KVM_VCPUEVENT_VALID_PAYLOAD))
        public static let tripleFault = Flags(rawValue: UInt32(KVM_VCPUEVENT_VALID_TRIPLE_FAULT))
    }

    public var exceptionInjected = false
    public var exceptionVector: UInt8 = 0
    public var exceptionHasErrorCode = false
    public var exceptionPending = false
    public var exceptionErrorCode: UInt32 = 0
    public var exceptionHasPayload = false
    /// CR2 of a page fault, DR6 of a debug exception.
    public var exceptionPayload: UInt64 = 0

    public var interruptInjected = false
    public var interruptVector: UInt8 = 0
    public var interruptIsSoft = false
    /// Bit 0: after `mov ss`; bit 1: after `sti`. Interrupts wait for one instruction.
    public var interruptShadow: UInt8 = 0

    public var nmiInjected = false
    public var nmiPending = false
    public var nmiMasked = false

    public var sipiVector: UInt32 = 0
    /// Which of the fields below or above are meant, when set.
    public var flags: Flags = []

    public var inSMM = false
    public var smiPending = false
    public var smmInsideNMI = false
    public var latchedINIT: UInt8 = 0
    public var tripleFaultPending = false

    public init() {}

    init(_ c: kvm_vcpu_events) {
        exceptionInjected = c.exception.injected != 0
        exceptionVector = c.exception.nr
        exceptionHasErrorCode = c.exception.has_error_code != 0
        exceptionPending = c.exception.pending != 0
        exceptionErrorCode = c.exception.error_code
        exceptionHasPayload = c.exception_has_payload != 0
        exceptionPayload = c.exception_payload
        interruptInjected = c.interrupt.injected != 0
        interruptVector = c.interrupt.nr
        interruptIsSoft = c.interrupt.soft != 0
        interruptShadow = c.interrupt.shadow
        nmiInjected = c.nmi.injected != 0
        nmiPending = c.nmi.pending != 0
        nmiMasked = c.nmi.masked != 0
        sipiVector = c.sipi_vector
        flags = Flags(rawValue: c.flags)
        inSMM = c.smi.smm != 0
        smiPending = c.smi.pending != 0
        smmInsideNMI = c.smi.smm_inside_nmi != 0
        latchedINIT = c.smi.latched_init
        tripleFaultPending = c.triple_fault.pending != 0
    }

    var c: kvm_vcpu_events {
        var c = kvm_vcpu_events()
        c.exception.injected = exceptionInjected ? 1 : 0
        c.exception.nr = exceptionVector
        c.exception.has_error_code = exceptionHasErrorCode ? 1 : 0
        c.exception.pending = exceptionPending ? 1 : 0
        c.exception.error_code = exceptionErrorCode
        c.exception_has_payload = exceptionHasPayload ? 1 : 0
        c.exception_payload = exceptionPayload
        c.interrupt.injected = interruptInjected ? 1 : 0
        c.interrupt.nr = interruptVector
        c.interrupt.soft = interruptIsSoft ? 1 : 0
        c.interrupt.shadow = interruptShadow
        c.nmi.injected = nmiInjected ? 1 : 0
        c.nmi.pending = nmiPending ? 1 : 0
        c.nmi.masked = nmiMasked ? 1 : 0
        c.sipi_vector = sipiVector
        c.flags = flags.rawValue
        c.smi.smm = inSMM ? 1 : 0
        c.smi.pending = smiPending ? 1 : 0
        c.smi.smm_inside_nmi = smmInsideNMI ? 1 : 0
        c.smi.latched_init = latchedINIT
        c.triple_fault.pending = tripleFaultPending ? 1 : 0
        return c
    }
}
