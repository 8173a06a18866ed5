private import CKVM

/// An open `/dev/kvm`: questions about the host's KVM, and the place where VMs are made.
///
/// Source: KVM API document, 2 "File descriptors". Closed at the end of its life.
public struct System: ~Copyable, Sendable {
    let descriptor: Descriptor

    /// The version that KVM has had since it was declared stable; a program refuses any other.
    public static let stableAPIVersion = 12

    /// Opens KVM's device.
    public static func open(path: String = "/dev/kvm", door: IoctlDoor = IoctlDoor()) throws(KVMError) -> System {
        let fd = door.open(path: path)
        guard fd >= 0 else {
            throw KVMError(
                call: "open", subject: path, errno: Errno(rawValue: Int32(truncatingIfNeeded: -fd)))
        }
        return System(descriptor: Descriptor(fd: Int32(truncatingIfNeeded: fd), kind: .system, door: door))
    }

    public var fd: Int32 { descriptor.target.fd }
    /// The door that this descriptor and all that come from it call through.
    public var door: IoctlDoor { descriptor.door }

    /// `KVM_GET_API_VERSION`: 12 on every kernel since 2.6.22.
    public borrowing func apiVersion() throws(KVMError) -> Int {
        try descriptor.call(ckvm_KVM_GET_API_VERSION)
    }

    /// `KVM_CHECK_EXTENSION`: 0 when absent, else 1 or a number whose meaning the capability defines.
    public borrowing func checkExtension(
        _ capability: Capability, purpose: Purpose = .operation
    ) throws(KVMError) -> Int {
        try descriptor.checkExtension(capability, purpose: purpose)
    }

    /// `KVM_GET_VCPU_MMAP_SIZE`: bytes to map of each vCPU (the run page, the port-I/O data page, the coalesced ring).
    ///
    /// Throws when the kernel names a size that cannot hold `struct kvm_run`.
    public borrowing func runPageSize() throws(KVMError) -> Int {
        let size = try descriptor.call(ckvm_KVM_GET_VCPU_MMAP_SIZE)
        guard size >= RunPage.minimumSize else {
            throw KVMError(
                call: "KVM_GET_VCPU_MMAP_SIZE", subject: descriptor.subject(), errno: nil,
                cause: "it answers \(size) bytes, fewer than the \(RunPage.minimumSize) of struct kvm_run")
        }
        return size
    }

    /// `KVM_CREATE_VM`. `machineType` 0 is the ordinary kind.
    public borrowing func createVM(machineType: UInt = 0) throws(KVMError) -> VM {
        let fd = try descriptor.call(
            ckvm_KVM_CREATE_VM, integer: machineType, detail: "machine type \(machineType)")
        return VM(descriptor: Descriptor(fd: Int32(truncatingIfNeeded: fd), kind: .vm, door: door))
    }
}
