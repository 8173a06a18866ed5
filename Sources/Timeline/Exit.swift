/// One return of KVM_RUN with an exit reason, copied out of the run page.
public struct Exit: Sendable, Equatable {
    public var vcpu: Int
    /// `io`, `mmio`, `hlt`, …, or `unknown:<n>`: the names of the trace contract.
    public var reason: String
    public var detail: Detail
    /// RIP when KVM_RUN returned. Hosts differ: after an `out` it may be at the instruction or behind it.
    public var rip: UInt64?
    /// The device that served it, such as `console`; nil where nobody did.
    public var servedBy: String?
    /// The registers at this exit, where the run was recorded with full state.
    public var registers: RegisterReading?

    public init(
        vcpu: Int, reason: String, detail: Detail = .none, rip: UInt64? = nil, servedBy: String? = nil,
        registers: RegisterReading? = nil
    ) {
        self.vcpu = vcpu
        self.reason = reason
        self.detail = detail
        self.rip = rip
        self.servedBy = servedBy
        self.registers = registers
    }

    /// Whether KVM says that it cannot go on, or something that nobody expected.
    public var isTrouble: Bool {
        switch reason {
        case "io", "mmio", "hlt": false
        case "internal-error", "fail-entry", "shutdown": true
        default: reason.hasPrefix("unknown")
        }
    }

    /// Whether the guest read or wrote a device; every other exit has other reasons to come to user space.
    public var isIO: Bool {
        reason == "io" || reason == "mmio"
    }

    public enum Detail: Sendable, Equatable {
        case none
        case io(PortAccess)
        case mmio(MemoryAccess)
        case debug(exception: UInt32, pc: UInt64, dr6: UInt64, dr7: UInt64)
        case internalError(suberror: UInt32, data: [UInt64], instruction: Bytes)
        /// Everything else, as named numbers.
        case fields([Field])
    }

    public struct PortAccess: Sendable, Equatable {
        public var isWrite: Bool
        public var port: UInt16
        /// Bytes an access: 1, 2 or 4.
        public var size: UInt8
        /// More than 1 for string instructions.
        public var count: UInt32
        /// `size` × `count` bytes in memory order: what the guest wrote, or what it was given.
        public var data: Bytes

        public init(isWrite: Bool, port: UInt16, size: UInt8, count: UInt32, data: Bytes) {
            self.isWrite = isWrite
            self.port = port
            self.size = size
            self.count = count
            self.data = data
        }
    }

    public struct MemoryAccess: Sendable, Equatable {
        public var isWrite: Bool
        public var address: UInt64
        public var data: Bytes

        public init(isWrite: Bool, address: UInt64, data: Bytes) {
            self.isWrite = isWrite
            self.address = address
            self.data = data
        }
    }

    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: UInt64
        /// A small number rather than an address, a register or a mask: the trace writes it in decimal.
        public var isNumber: Bool

        public init(name: String, value: UInt64, isNumber: Bool = false) {
            self.name = name
            self.value = value
            self.isNumber = isNumber
        }
    }
}

/// A tracepoint of the kernel that fired on a vCPU's thread.
public struct KernelEvent: Sendable, Equatable {
    public var vcpu: Int
    /// The event's name in tracefs, such as `kvm_exit`.
    public var name: String
    public var fields: [IoctlField]

    public init(vcpu: Int, name: String, fields: [IoctlField]) {
        self.vcpu = vcpu
        self.name = name
        self.fields = fields
    }

    private func value(_ field: String) -> String? { fields.first { $0.name == field }?.value }

    /// Of a kvm_exit the hardware's reason, by the kernel's name for it or as a number.
    public var exitReason: String? { name == "kvm_exit" ? value(Self.exitReasonField) : nil }

    /// Linux, arch/x86/kvm/trace.h, kvm_exit.
    public static let exitReasonField = "exit_reason"

    /// The field by which an event says that kvmscope caused it, beside those that the kernel gave it.
    public static let observerField = "observer"

    /// How kvmscope caused it; nil where it did not.
    public var observer: String? { value(Self.observerField) }

    /// Whether it is a kvm_userspace_exit for a signal: KVM_RUN will answer with EINTR.
    var isInterrupted: Bool { name == "kvm_userspace_exit" && value("errno") == "-4" }
}
