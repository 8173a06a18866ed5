private import CKVM

/// Whether a vCPU runs, halts or waits to be started (`KVM_GET_MP_STATE`).
public struct MPState: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let runnable = MPState(rawValue: UInt32(KVM_MP_STATE_RUNNABLE))
    /// An application processor that waits for INIT.
    public static let uninitialized = MPState(rawValue: UInt32(KVM_MP_STATE_UNINITIALIZED))
    public static let initReceived = MPState(rawValue: UInt32(KVM_MP_STATE_INIT_RECEIVED))
    public static let halted = MPState(rawValue: UInt32(KVM_MP_STATE_HALTED))
    public static let sipiReceived = MPState(rawValue: UInt32(KVM_MP_STATE_SIPI_RECEIVED))

    /// The kernel's name in kebab case, or the number.
    public var description: String {
        switch Int32(truncatingIfNeeded: rawValue) {
        case KVM_MP_STATE_RUNNABLE: "runnable"
        case KVM_MP_STATE_UNINITIALIZED: "uninitialized"
        case KVM_MP_STATE_INIT_RECEIVED: "init-received"
        case KVM_MP_STATE_HALTED: "halted"
        case KVM_MP_STATE_SIPI_RECEIVED: "sipi-received"
        case KVM_MP_STATE_STOPPED: "stopped"
        case KVM_MP_STATE_CHECK_STOP: "check-stop"
        case KVM_MP_STATE_OPERATING: "operating"
        case KVM_MP_STATE_LOAD: "load"
        case KVM_MP_STATE_AP_RESET_HOLD: "ap-reset-hold"
        case KVM_MP_STATE_SUSPENDED: "suspended"
        default: "\(rawValue)"
        }
    }
}

/// KVM's own walk of the guest's page tables (`KVM_TRANSLATE`).
public struct Translation: Sendable, Hashable {
    public var linear: UInt64
    public var physical: UInt64
    public var valid: Bool
    /// Many kernels answer a constant here.
    public var writeable: Bool
    /// Many kernels answer a constant here.
    public var userMode: Bool

    public init(linear: UInt64, physical: UInt64, valid: Bool, writeable: Bool, userMode: Bool) {
        self.linear = linear
        self.physical = physical
        self.valid = valid
        self.writeable = writeable
        self.userMode = userMode
    }
}

/// The guest's own debug registers (`struct kvm_debugregs`).
public struct DebugRegisters: Sendable, Hashable {
    public var dr0: UInt64 = 0
    public var dr1: UInt64 = 0
    public var dr2: UInt64 = 0
    public var dr3: UInt64 = 0
    public var dr6: UInt64 = 0
    public var dr7: UInt64 = 0

    public init() {}
}

/// x87 and SSE state (`struct kvm_fpu`).
public struct FloatingPointState: Sendable, Hashable {
    /// The structure as it is, 416 bytes.
    public var bytes: [UInt8]

    static let size = 416

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    public var controlWord: UInt16 { word(at: 128) }
    public var statusWord: UInt16 { word(at: 130) }

    /// The sixteen bytes of an XMM register, lowest first; empty beyond 15.
    public func xmm(_ number: Int) -> [UInt8] {
        guard (0..<16).contains(number), bytes.count >= Self.size else { return [] }
        return Array(bytes[(152 + number * 16)..<(168 + number * 16)])
    }

    private func word(at offset: Int) -> UInt16 {
        guard bytes.count >= Self.size else { return 0 }
        return UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    }
}

/// One extended control register (`struct kvm_xcr`); number 0 says which states XSAVE handles.
public struct ExtendedControlRegister: Sendable, Hashable {
    public var number: UInt32
    public var value: UInt64

    public init(number: UInt32, value: UInt64) {
        self.number = number
        self.value = value
    }
}
