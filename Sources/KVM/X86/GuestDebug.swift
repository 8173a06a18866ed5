private import CKVM

/// What makes a guest stop for its debugger (`KVM_SET_GUEST_DEBUG`).
///
/// Source: KVM API document, 4.87 "KVM_SET_GUEST_DEBUG".
public struct GuestDebug: Sendable, Hashable {
    public struct Control: OptionSet, Sendable, Hashable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// Without it everything else is off.
        public static let enable = Control(rawValue: UInt32(KVM_GUESTDBG_ENABLE))
        /// A debug exit after each instruction.
        public static let singleStep = Control(rawValue: UInt32(KVM_GUESTDBG_SINGLESTEP))
        /// The guest's `int3` becomes a debug exit.
        public static let softwareBreakpoints = Control(rawValue: UInt32(KVM_GUESTDBG_USE_SW_BP))
        /// `debugRegisters` hold the VMM's breakpoints.
        public static let hardwareBreakpoints = Control(rawValue: UInt32(KVM_GUESTDBG_USE_HW_BP))
        public static let injectDB = Control(rawValue: UInt32(KVM_GUESTDBG_INJECT_DB))
        public static let injectBP = Control(rawValue: UInt32(KVM_GUESTDBG_INJECT_BP))
        /// No interrupt is delivered while stepping.
        public static let blockInterrupts = Control(rawValue: UInt32(KVM_GUESTDBG_BLOCKIRQ))
    }

    public var control: Control
    /// Linear addresses of the four hardware breakpoints, DR0 to DR3.
    public var addresses: (UInt64, UInt64, UInt64, UInt64)
    /// DR7: which of them are on, and for what kind of access.
    public var dr7: UInt64

    public init(
        control: Control, addresses: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0), dr7: UInt64 = 0
    ) {
        self.control = control
        self.addresses = addresses
        self.dr7 = dr7
    }

    /// Nothing stops the guest.
    public static let off = GuestDebug(control: [])
    /// A debug exit after each instruction.
    public static let singleStep = GuestDebug(control: [.enable, .singleStep])

    public static func == (a: Self, b: Self) -> Bool {
        a.control == b.control && a.addresses == b.addresses && a.dr7 == b.dr7
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(control)
        hasher.combine(addresses.0)
        hasher.combine(addresses.1)
        hasher.combine(addresses.2)
        hasher.combine(addresses.3)
        hasher.combine(dr7)
    }
}
