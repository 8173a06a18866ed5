/// Why a call is made: to bring about something, or only to look.
public enum Purpose: UInt8, Sendable, Hashable {
    case operation
    /// The program looks in order to show something; a plain VMM would not make this call here.
    case observation
}

/// A call that is about to be made on one of KVM's descriptors.
public struct IoctlCall: Sendable, Hashable {
    /// What is asked of the kernel. Building a VM takes more than ioctls, and all of it passes the door.
    public enum Operation: Sendable, Hashable {
        case open(path: String)
        case ioctl(request: UInt, argument: UInt)
        case map(length: Int)
        case unmap(address: UInt, length: Int)
        case close
    }

    public var operation: Operation
    /// The descriptor that is asked; -1 for `open` and `unmap`.
    public var fd: Int32
    public var kind: DescriptorKind
    /// The vCPU's number if the descriptor is a vCPU's.
    public var vcpu: Int?
    public var purpose: Purpose
    /// The argument structure before the call; empty where the argument is an integer, and for `KVM_RUN`.
    public var before: [UInt8]

    public init(
        operation: Operation, fd: Int32, kind: DescriptorKind, vcpu: Int? = nil, purpose: Purpose = .operation,
        before: [UInt8] = []
    ) {
        self.operation = operation
        self.fd = fd
        self.kind = kind
        self.vcpu = vcpu
        self.purpose = purpose
        self.before = before
    }

    /// The request number of an ioctl.
    public var request: UInt? {
        if case .ioctl(let request, _) = operation { request } else { nil }
    }

    /// The ioctl's third argument: an integer, or the address of a structure.
    public var argument: UInt? {
        if case .ioctl(_, let argument) = operation { argument } else { nil }
    }
}

/// A call that was made, with its answer.
public struct IoctlRecord: Sendable, Hashable {
    public var call: IoctlCall
    /// The argument structure after the call.
    public var after: [UInt8]
    /// Nanoseconds of CLOCK_MONOTONIC around the system call itself; time at the gate is not in it.
    public var begin: UInt64
    public var end: UInt64
    /// The value (0 or more), or the negative error number.
    public var result: Int
    /// The kernel's number of the calling thread.
    public var thread: Int32

    public init(call: IoctlCall, after: [UInt8] = [], begin: UInt64, end: UInt64, result: Int, thread: Int32) {
        self.call = call
        self.after = after
        self.begin = begin
        self.end = end
        self.result = result
        self.thread = thread
    }

    /// The error, if the call failed.
    public var errno: Errno? {
        result < 0 ? Errno(rawValue: Int32(truncatingIfNeeded: -result)) : nil
    }
}

/// One `KVM_RUN`, without anything that would have to be allocated.
public struct RunRecord: Sendable, Hashable {
    public var fd: Int32
    public var vcpu: Int
    /// Nanoseconds of CLOCK_MONOTONIC, to some ten nanoseconds: `MonotonicClock.counted`.
    public var begin: UInt64
    public var end: UInt64
    /// 0, or the negative error number.
    public var result: Int
    public var thread: Int32

    public init(fd: Int32, vcpu: Int, begin: UInt64, end: UInt64, result: Int, thread: Int32) {
        self.fd = fd
        self.vcpu = vcpu
        self.begin = begin
        self.end = end
        self.result = result
        self.thread = thread
    }
}

/// Sees what passes the door, on the thread that makes the call.
public protocol IoctlObserver: AnyObject, Sendable {
    /// Before a call, at level `gate` only; the call is made when this returns, so it may hold the thread.
    func willCall(_ call: IoctlCall)
    /// After each call but `KVM_RUN`.
    func didCall(_ record: IoctlRecord)
    /// After each `KVM_RUN`. This is the hot path: it is told of a hundred thousand runs a second and more.
    func didRun(_ record: RunRecord)
}
