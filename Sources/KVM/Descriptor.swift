private import CKVM

/// Owns one KVM file descriptor and closes it, through the door, at the end of its life.
struct Descriptor: ~Copyable, Sendable {
    let target: IoctlDoor.Target
    let door: IoctlDoor

    init(fd: Int32, kind: DescriptorKind, vcpu: Int? = nil, door: IoctlDoor) {
        target = IoctlDoor.Target(fd: fd, kind: kind, vcpu: vcpu)
        self.door = door
    }

    deinit {
        door.close(target)
    }

    /// "vCPU 0 (fd 6)": for errors.
    borrowing func subject() -> String { Self.subject(target) }

    static func subject(_ target: IoctlDoor.Target) -> String {
        switch target.kind {
        case .system: "/dev/kvm (fd \(target.fd))"
        case .vm: "the VM (fd \(target.fd))"
        case .vcpu: "vCPU \(target.vcpu ?? 0) (fd \(target.fd))"
        case .device: "the device (fd \(target.fd))"
        case .statistics: "the statistics (fd \(target.fd))"
        }
    }

    /// An ioctl whose argument is an integer.
    @discardableResult
    borrowing func call(
        _ request: UInt, integer: UInt = 0, purpose: Purpose = .operation, detail: @autoclosure () -> String = ""
    ) throws(KVMError) -> Int {
        let result = door.ioctl(target, request: request, integer: integer, purpose: purpose)
        if result < 0 { throw failure(request, result, detail()) }
        return result
    }

    /// An ioctl whose argument is one C structure, read or filled by the kernel.
    ///
    /// The type is not constrained to BitwiseCopyable, since imported structures with unions do not conform.
    @discardableResult
    borrowing func call<Structure>(
        _ request: UInt, _ structure: inout Structure, purpose: Purpose = .operation,
        detail: @autoclosure () -> String = ""
    ) throws(KVMError) -> Int {
        let result = withUnsafeMutableBytes(of: &structure) {
            door.ioctl(target, request: request, structure: $0, purpose: purpose)
        }
        if result < 0 { throw failure(request, result, detail()) }
        return result
    }

    /// An ioctl on bytes, for structures that end in a flexible array.
    ///
    /// Returns the raw result, since some errors are ordinary there.
    borrowing func rawCall(_ request: UInt, bytes: inout [UInt8], purpose: Purpose) -> Int {
        bytes.withUnsafeMutableBytes { door.ioctl(target, request: request, structure: $0, purpose: purpose) }
    }

    /// Like `rawCall`, with every error thrown.
    @discardableResult
    borrowing func call(
        _ request: UInt, bytes: inout [UInt8], purpose: Purpose = .operation, detail: @autoclosure () -> String = ""
    ) throws(KVMError) -> Int {
        let result = rawCall(request, bytes: &bytes, purpose: purpose)
        if result < 0 { throw failure(request, result, detail()) }
        return result
    }

    borrowing func failure(_ request: UInt, _ result: Int, _ detail: String = "") -> KVMError {
        KVMError(
            request: request, subject: subject(), detail: detail,
            errno: Errno(rawValue: Int32(truncatingIfNeeded: -result)))
    }
}
