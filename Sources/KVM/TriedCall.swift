/// An ioctl that a person tries by hand: any request, with a number as its argument.
///
/// The argument has 16 bits. Linux maps nothing below 64 KiB for a process that does not insist (`mmap_min_addr`), so a
/// request that takes the number for the address of a structure finds none there and answers `EFAULT`: whatever is
/// tried, no memory of the process is written.
extension Descriptor {
    borrowing func attempt(_ request: UInt, _ argument: UInt16) -> Int {
        let result = door.ioctl(target, request: request, integer: UInt(argument))
        let call = IoctlCall(
            operation: .ioctl(request: request, argument: UInt(argument)), fd: target.fd, kind: target.kind,
            vcpu: target.vcpu)
        // Nobody else would close what was made.
        if let made = IoctlRecord(call: call, begin: 0, end: 0, result: result, thread: 0).created { door.close(made) }
        return result
    }
}

extension System {
    /// Tries a request on `/dev/kvm`. Returns the value or the negative error number.
    public borrowing func attempt(_ request: UInt, _ argument: UInt16) -> Int { descriptor.attempt(request, argument) }
}

extension VM {
    /// Tries a request on the machine. Returns the value or the negative error number.
    public borrowing func attempt(_ request: UInt, _ argument: UInt16) -> Int { descriptor.attempt(request, argument) }
}

extension VCPU {
    /// Tries a request on the vCPU. `KVM_RUN` is no request to try: the vCPU would run away. Returns the value or the
    /// negative error number.
    public borrowing func attempt(_ request: UInt, _ argument: UInt16) -> Int { descriptor.attempt(request, argument) }
}
