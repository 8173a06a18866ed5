/// The kind of descriptor on which an ioctl was made; KVM API document, section 1.
public enum IoctlClass: String, Sendable, CaseIterable {
    case system, vm, vcpu, device
    /// `open`, `mmap` and `close` of KVM's descriptors: no ioctls, but part of the same story.
    case call
}

/// One call through the ioctl door.
public struct IoctlCall: Sendable {
    public var kind: IoctlClass
    public var fd: Int32
    /// `KVM_CREATE_VM`, or the number in hexadecimal where the catalog does not know it; `open`, `mmap`, `close`.
    public var name: String
    public var request: UInt32
    public var argument: UInt64
    /// The value, or -1 where `errno` is set.
    public var result: Int64
    /// The error's number; 0 for none.
    public var errno: Int32
    /// The error's name, such as `EEXIST`; empty for none.
    public var errnoName: String
    /// Nanoseconds from the call to its return.
    public var duration: UInt64
    public var vcpu: Int?
    /// The argument, decoded; empty for a call without one.
    public var fields: [IoctlField]
    /// True for a call that kvmscope made only to look, not to run the machine.
    public var observing: Bool

    public init(
        kind: IoctlClass, fd: Int32, name: String, request: UInt32, argument: UInt64 = 0, result: Int64 = 0,
        errno: Int32 = 0, errnoName: String = "", duration: UInt64 = 0, vcpu: Int? = nil, fields: [IoctlField] = [],
        observing: Bool = false
    ) {
        self.kind = kind
        self.fd = fd
        self.name = name
        self.request = request
        self.argument = argument
        self.result = result
        self.errno = errno
        self.errnoName = errnoName
        self.duration = duration
        self.vcpu = vcpu
        self.fields = fields
        self.observing = observing
    }
}

/// One field of an ioctl's argument.
public struct IoctlField: Sendable, Equatable {
    public var name: String
    public var value: String
    /// What the value means, where the number alone does not say it.
    public var note: String

    public init(name: String, value: String, note: String = "") {
        self.name = name
        self.value = value
        self.note = note
    }
}

/// What is documented of a request: the parts of its number, and the road that it takes.
public struct IoctlGuide: Sendable, Equatable {
    public var request: UInt32
    public var name: String
    public var kind: IoctlClass
    /// One line: what the request is for.
    public var summary: String
    /// none, write, read or read-write, as seen from user space.
    public var direction: String
    /// The request code's type byte, 0xAE for KVM.
    public var type: UInt8
    public var number: UInt8
    /// Size of the argument in bytes, from the request code.
    public var size: Int
    /// The C type of the argument; empty for a plain number or none.
    public var argumentType: String
    /// Functions from our wrapper down to the kernel's handler, outermost first.
    public var road: [RoadStep]
    /// The function that does the same in QEMU, with its file; nil where we are not sure.
    public var qemu: RoadStep?

    public init(
        request: UInt32, name: String, kind: IoctlClass, summary: String, direction: String, type: UInt8, number: UInt8,
        size: Int, argumentType: String, road: [RoadStep], qemu: RoadStep?
    ) {
        self.request = request
        self.name = name
        self.kind = kind
        self.summary = summary
        self.direction = direction
        self.type = type
        self.number = number
        self.size = size
        self.argumentType = argumentType
        self.road = road
        self.qemu = qemu
    }
}

extension IoctlGuide {
    /// A request takes another road on another kind of descriptor.
    public struct Key: Hashable, Sendable {
        public var request: UInt32
        public var kind: IoctlClass

        public init(request: UInt32, kind: IoctlClass) {
            self.request = request
            self.kind = kind
        }
    }

    public var key: Key { Key(request: request, kind: kind) }
}

extension IoctlCall {
    /// The four numbers that the request number is made of, as `include/uapi/asm-generic/ioctl.h` packs them.
    public struct RequestParts: Hashable, Sendable {
        /// none, write, read or read-write, as seen from user space.
        public var direction: String
        public var size: Int
        public var type: Int
        public var number: Int
    }

    public var requestParts: RequestParts {
        RequestParts(
            direction: ["none", "write", "read", "read-write"][Int(request >> 30)],
            size: Int(request >> 16 & 0x3FFF), type: Int(request >> 8 & 0xFF), number: Int(request & 0xFF))
    }
}

/// One function on the road of a call.
public struct RoadStep: Sendable, Equatable {
    public var function: String
    public var file: String

    public init(function: String, file: String) {
        self.function = function
        self.file = file
    }
}
