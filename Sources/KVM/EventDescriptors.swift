private import CKVM
private import Glibc

/// A counter in the kernel that one side adds to and the other takes from (`eventfd`); closed at the end of its life.
///
/// Not one of KVM's descriptors, so it does not pass the door.
public struct EventDescriptor: ~Copyable, Sendable {
    public let fd: Int32

    public init() throws(KVMError) {
        fd = ckvm_eventfd()
        guard fd >= 0 else {
            throw KVMError(call: "eventfd", subject: "the process", errno: Errno(rawValue: -fd))
        }
    }

    deinit {
        if fd >= 0 { _ = ckvm_close(fd) }
    }

    /// Adds one.
    public borrowing func signal() {
        var one: UInt64 = 1
        _ = write(fd, &one, 8)
    }

    /// Takes what was added since the last time; 0 if nothing was. Never waits.
    public borrowing func take() -> UInt64 {
        var count: UInt64 = 0
        return read(fd, &count, 8) == 8 ? count : 0
    }
}

// Eventfds in both directions: a guest's write that signals without an exit, and a signal that interrupts the guest.
extension VM {
    /// `KVM_IOEVENTFD`: a guest write to the place signals `eventfd` and causes no exit.
    ///
    /// `size` is 1, 2, 4 or 8 bytes, or 0 for any; `match` restricts it to one value written.
    public borrowing func signalOnWrite(
        eventfd: Int32, address: UInt64, size: UInt32, portIO: Bool, match: UInt64? = nil, remove: Bool = false
    ) throws(KVMError) {
        var c = kvm_ioeventfd()
        c.addr = address
        c.len = size
        c.fd = eventfd
        c.datamatch = match ?? 0
        // The flag macros shift an enumeration's constants and are not imported; the constants are.
        var flags = 0
        if match != nil { flags |= 1 << kvm_ioeventfd_flag_nr_datamatch }
        if portIO { flags |= 1 << kvm_ioeventfd_flag_nr_pio }
        if remove { flags |= 1 << kvm_ioeventfd_flag_nr_deassign }
        c.flags = UInt32(flags)
        try descriptor.call(ckvm_KVM_IOEVENTFD, &c, detail: "address 0x\(String(address, radix: 16))")
    }

    /// `KVM_IRQFD`: a signal on `eventfd` raises interrupt line `line`. Needs the in-kernel controllers.
    public borrowing func interruptOnSignal(eventfd: Int32, line: UInt32, remove: Bool = false) throws(KVMError) {
        var c = kvm_irqfd()
        c.fd = UInt32(bitPattern: eventfd)
        c.gsi = line
        c.flags = remove ? UInt32(KVM_IRQFD_FLAG_DEASSIGN) : 0
        try descriptor.call(ckvm_KVM_IRQFD, &c, detail: "line \(line)")
    }

    /// `KVM_SIGNAL_MSI`: delivers a message-signalled interrupt. False when the guest blocked it.
    public borrowing func signalMSI(address: UInt64, data: UInt32) throws(KVMError) -> Bool {
        var c = kvm_msi()
        c.address_lo = UInt32(truncatingIfNeeded: address)
        c.address_hi = UInt32(truncatingIfNeeded: address >> 32)
        c.data = data
        return try descriptor.call(ckvm_KVM_SIGNAL_MSI, &c) > 0
    }
}
