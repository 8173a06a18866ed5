private import CKVM

/// One virtual machine: guest memory, vCPUs and in-kernel devices hang on its descriptor.
///
/// Source: KVM API document, 2 "File descriptors". Closed at the end of its life; the kernel keeps the machine until
/// the last vCPU descriptor is closed too.
public struct VM: ~Copyable, Sendable {
    let descriptor: Descriptor

    public var fd: Int32 { descriptor.target.fd }
    public var door: IoctlDoor { descriptor.door }

    /// `KVM_CHECK_EXTENSION` on the VM, which may answer otherwise than the system (`KVM_CAP_CHECK_EXTENSION_VM`).
    public borrowing func checkExtension(
        _ capability: Capability, purpose: Purpose = .operation
    ) throws(KVMError) -> Int {
        try descriptor.checkExtension(capability, purpose: purpose)
    }

    /// `KVM_ENABLE_CAP` for the whole VM. What the four arguments mean, the capability says.
    public borrowing func enable(
        _ capability: Capability, flags: UInt32 = 0, _ a0: UInt64 = 0, _ a1: UInt64 = 0, _ a2: UInt64 = 0,
        _ a3: UInt64 = 0
    ) throws(KVMError) {
        try descriptor.enable(capability, flags: flags, (a0, a1, a2, a3))
    }

    /// `KVM_CREATE_VCPU`, then the mmap of its run page.
    ///
    /// `index` is the vCPU's number (on x86 its APIC id), `runPageSize` what `System.runPageSize()` answered.
    public borrowing func createVCPU(_ index: Int, runPageSize: Int) throws(KVMError) -> VCPU {
        let fd = try descriptor.call(
            ckvm_KVM_CREATE_VCPU, integer: UInt(bitPattern: index), detail: "vCPU number \(index)")
        let own = Descriptor(fd: Int32(truncatingIfNeeded: fd), kind: .vcpu, vcpu: index, door: door)
        let page = try RunPage(mapping: own, size: runPageSize)
        return VCPU(descriptor: own, runPage: page, index: index)
    }

    // MARK: Memory

    /// `KVM_SET_USER_MEMORY_REGION`: makes, moves, re-flags or (size 0) deletes a slot.
    public borrowing func setMemoryRegion(_ region: MemoryRegion) throws(KVMError) {
        var argument = kvm_userspace_memory_region()
        argument.slot = region.slot
        argument.flags = region.flags.rawValue
        argument.guest_phys_addr = region.guestAddress
        argument.memory_size = region.size
        argument.userspace_addr = region.hostAddress
        try descriptor.call(
            ckvm_KVM_SET_USER_MEMORY_REGION, &argument,
            detail:
                "slot \(region.slot), guest address 0x\(String(region.guestAddress, radix: 16)), \(region.size) bytes")
    }

    /// `KVM_GET_DIRTY_LOG`: one bit per page of the slot that was written since the last call, lowest page in bit 0.
    ///
    /// `bitmap` is resized to the slot's `pageCount`; reuse it to save the allocation.
    public borrowing func getDirtyLog(
        slot: UInt32, pageCount: Int, into bitmap: inout [UInt64], purpose: Purpose = .operation
    ) throws(KVMError) {
        let words = max(0, pageCount).addingReportingOverflow(63).partialValue / 64
        if bitmap.count != words { bitmap = [UInt64](repeating: 0, count: words) }
        var argument = kvm_dirty_log()
        argument.slot = slot
        let result = bitmap.withUnsafeMutableBytes { buffer in
            argument.dirty_bitmap = buffer.baseAddress
            return withUnsafeMutableBytes(of: &argument) {
                door.ioctl(descriptor.target, request: ckvm_KVM_GET_DIRTY_LOG, structure: $0, purpose: purpose)
            }
        }
        if result < 0 { throw descriptor.failure(ckvm_KVM_GET_DIRTY_LOG, result, "slot \(slot)") }
    }

    // MARK: Devices and statistics

    /// `KVM_CREATE_DEVICE`. `type` is a `KVM_DEV_TYPE_…` number.
    public borrowing func createDevice(type: UInt32, flags: UInt32 = 0) throws(KVMError) -> Device {
        var argument = kvm_create_device()
        argument.type = type
        argument.flags = flags
        try descriptor.call(ckvm_KVM_CREATE_DEVICE, &argument, detail: "device type \(type)")
        return Device(
            descriptor: Descriptor(fd: Int32(bitPattern: argument.fd), kind: .device, door: door))
    }

    /// `KVM_GET_STATS_FD`: a file with the VM's counters.
    public borrowing func openStatistics(purpose: Purpose = .observation) throws(KVMError) -> StatisticsFile {
        try descriptor.openStatistics(purpose: purpose)
    }

    /// `KVM_REGISTER_COALESCED_MMIO`: writes to the range are queued in the ring instead of causing an exit each.
    public borrowing func coalesceWrites(address: UInt64, size: UInt32, portIO: Bool = false) throws(KVMError) {
        var zone = kvm_coalesced_mmio_zone(address, size, portIO: portIO)
        try descriptor.call(ckvm_KVM_REGISTER_COALESCED_MMIO, &zone)
    }

    /// `KVM_UNREGISTER_COALESCED_MMIO`.
    public borrowing func stopCoalescing(address: UInt64, size: UInt32, portIO: Bool = false) throws(KVMError) {
        var zone = kvm_coalesced_mmio_zone(address, size, portIO: portIO)
        try descriptor.call(ckvm_KVM_UNREGISTER_COALESCED_MMIO, &zone)
    }
}

extension kvm_coalesced_mmio_zone {
    fileprivate init(_ address: UInt64, _ size: UInt32, portIO: Bool) {
        self.init()
        addr = address
        self.size = size
        pio = portIO ? 1 : 0
    }
}
