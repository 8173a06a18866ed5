/// One open descriptor of this process, as `lsof` would show it.
public struct Descriptor: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case system
        case vm
        case vcpu(Int)
        case device(String)
        case statistics
        /// The program's own, opened to observe or to be woken and no part of the machine; the word says what for.
        case own(String)
        case other

        /// Whether it belongs to KVM, and not to the process around it.
        public var isKVMs: Bool {
            switch self {
            case .own, .other: false
            default: true
            }
        }
    }
    public var fd: Int32
    /// `CHR`, `REG`, `DIR`, `FIFO`, `sock`, `a_inode` (the name lsof uses for an inode without a path).
    public var type: String
    /// Major and minor number as `10,232`.
    public var device: String
    public var inode: UInt64
    /// What /proc/self/fd/N points to.
    public var target: String
    public var kind: Kind
    /// The call that opened it, such as `KVM_CREATE_VM`; nil for what was open before.
    public var openedBy: String?

    public init(
        fd: Int32, type: String, device: String, inode: UInt64, target: String, kind: Kind, openedBy: String? = nil
    ) {
        self.fd = fd
        self.type = type
        self.device = device
        self.inode = inode
        self.target = target
        self.kind = kind
        self.openedBy = openedBy
    }
}

/// A KVM descriptor was opened or closed.
public struct DescriptorChange: Sendable, Equatable {
    public var isOpen: Bool
    public var fd: Int32
    /// `/dev/kvm`, `anon_inode:kvm-vm`, `anon_inode:kvm-vcpu:0`, …
    public var target: String
    public var kind: Descriptor.Kind
    /// The call that did it: `open`, `KVM_CREATE_VM`, …
    public var by: String

    public init(isOpen: Bool, fd: Int32, target: String, kind: Descriptor.Kind, by: String) {
        self.isOpen = isOpen
        self.fd = fd
        self.target = target
        self.kind = kind
        self.by = by
    }
}

/// One thread of this process at one moment.
public struct HostThread: Sendable, Equatable {
    public enum Role: Sendable, Equatable {
        case main
        case vcpu(Int)
        /// Builds the machine, and ends when that is done.
        case builder
        case other
    }
    public var id: Int32
    /// The thread's name in the kernel, at most 15 bytes.
    public var name: String
    public var role: Role
    /// One letter as ps shows it: R running, S sleeping, D waiting for a device, T stopped, …
    public var state: String
    /// The processor on which it last ran.
    public var lastCPU: Int
    /// Nanoseconds; the kernel counts in clock ticks, so the figure moves in steps.
    public var userTime: UInt64
    public var systemTime: UInt64
    /// Time in guest mode; part of `userTime` too.
    public var guestTime: UInt64
    public var voluntarySwitches: UInt64
    public var involuntarySwitches: UInt64

    public init(
        id: Int32, name: String, role: Role, state: String = "?", lastCPU: Int = 0, userTime: UInt64 = 0,
        systemTime: UInt64 = 0, guestTime: UInt64 = 0, voluntarySwitches: UInt64 = 0, involuntarySwitches: UInt64 = 0
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.state = state
        self.lastCPU = lastCPU
        self.userTime = userTime
        self.systemTime = systemTime
        self.guestTime = guestTime
        self.voluntarySwitches = voluntarySwitches
        self.involuntarySwitches = involuntarySwitches
    }
}

/// A thread of the machine began or ended.
public struct ThreadChange: Sendable, Equatable {
    public var isStart: Bool
    public var id: Int32
    public var name: String
    public var vcpu: Int?

    public init(isStart: Bool, id: Int32, name: String, vcpu: Int?) {
        self.isStart = isStart
        self.id = id
        self.name = name
        self.vcpu = vcpu
    }
}
