private import CKVM

// What an x86 vCPU answers beside its registers: CPUID, MSRs, events, debugging, interrupts.
extension VCPU {
    /// `KVM_SET_CPUID2`: what `cpuid` tells the guest. Before the first run.
    public borrowing func setCPUID(_ entries: [CPUIDEntry]) throws(KVMError) {
        var bytes = CPUIDEntry.bytes(entries)
        try descriptor.call(ckvm_KVM_SET_CPUID2, bytes: &bytes, detail: "\(entries.count) leaves")
    }

    /// `KVM_GET_CPUID2`.
    public borrowing func cpuid(purpose: Purpose = .operation) throws(KVMError) -> [CPUIDEntry] {
        var bytes = CPUIDEntry.bytes([], capacity: 256)
        try descriptor.call(ckvm_KVM_GET_CPUID2, bytes: &bytes, purpose: purpose)
        return CPUIDEntry.list(in: bytes)
    }

    /// `KVM_GET_MSRS`. The kernel stops at the first that it refuses: the answer is the entries before it.
    public borrowing func msrs(
        _ indices: [UInt32], purpose: Purpose = .operation
    ) throws(KVMError) -> [MSREntry] {
        var bytes = MSREntry.bytes(indices.map { MSREntry(index: $0) })
        let count = try descriptor.call(ckvm_KVM_GET_MSRS, bytes: &bytes, purpose: purpose)
        return MSREntry.list(in: bytes, count: count)
    }

    /// `KVM_SET_MSRS`. The kernel stops at the first that it refuses: the answer is the count before it.
    @discardableResult
    public borrowing func setMSRs(_ entries: [MSREntry]) throws(KVMError) -> Int {
        var bytes = MSREntry.bytes(entries)
        return try descriptor.call(ckvm_KVM_SET_MSRS, bytes: &bytes)
    }

    /// `KVM_GET_VCPU_EVENTS`.
    public borrowing func events(purpose: Purpose = .operation) throws(KVMError) -> VCPUEvents {
        var c = kvm_vcpu_events()
        try descriptor.call(ckvm_KVM_GET_VCPU_EVENTS, &c, purpose: purpose)
        return VCPUEvents(c)
    }

    /// `KVM_SET_VCPU_EVENTS`.
    public borrowing func setEvents(_ events: VCPUEvents) throws(KVMError) {
        var c = events.c
        try descriptor.call(ckvm_KVM_SET_VCPU_EVENTS, &c)
    }

    /// `KVM_GET_MP_STATE`. Blocks on some kernels while another thread is inside `KVM_RUN` with this vCPU.
    public borrowing func mpState(purpose: Purpose = .operation) throws(KVMError) -> MPState {
        var c = kvm_mp_state()
        try descriptor.call(ckvm_KVM_GET_MP_STATE, &c, purpose: purpose)
        return MPState(rawValue: c.mp_state)
    }

    /// `KVM_SET_MP_STATE`.
    public borrowing func setMPState(_ state: MPState) throws(KVMError) {
        var c = kvm_mp_state(mp_state: state.rawValue)
        try descriptor.call(ckvm_KVM_SET_MP_STATE, &c, detail: state.description)
    }

    /// `KVM_SET_GUEST_DEBUG`.
    ///
    /// - Parameter isSeen: false goes past the door, for a caller that makes thousands, as `unseenRun`.
    public borrowing func setGuestDebug(
        _ debug: GuestDebug, purpose: Purpose = .operation, isSeen: Bool = true
    ) throws(KVMError) {
        var c = kvm_guest_debug()
        c.control = debug.control.rawValue
        (c.arch.debugreg.0, c.arch.debugreg.1, c.arch.debugreg.2, c.arch.debugreg.3) = debug.addresses
        c.arch.debugreg.7 = debug.dr7
        if isSeen {
            try descriptor.call(ckvm_KVM_SET_GUEST_DEBUG, &c, purpose: purpose)
        } else {
            let result = withUnsafeMutablePointer(to: &c) {
                ckvm_ioctl(descriptor.target.fd, ckvm_KVM_SET_GUEST_DEBUG, UInt(bitPattern: $0))
            }
            if result < 0 { throw descriptor.failure(ckvm_KVM_SET_GUEST_DEBUG, result) }
        }
    }

    /// `KVM_TRANSLATE`: where the guest's page tables lead from a linear address.
    public borrowing func translate(
        _ linear: UInt64, purpose: Purpose = .observation
    ) throws(KVMError) -> Translation {
        var c = kvm_translation()
        c.linear_address = linear
        try descriptor.call(
            ckvm_KVM_TRANSLATE, &c, purpose: purpose, detail: "address 0x\(String(linear, radix: 16))")
        return Translation(
            linear: linear, physical: c.physical_address, valid: c.valid != 0, writeable: c.writeable != 0,
            userMode: c.usermode != 0)
    }

    /// `KVM_INTERRUPT`: one external interrupt, where the interrupt controllers are in user space.
    public borrowing func interrupt(vector: UInt32) throws(KVMError) {
        var c = kvm_interrupt(irq: vector)
        try descriptor.call(ckvm_KVM_INTERRUPT, &c, detail: "vector \(vector)")
    }

    /// `KVM_NMI`.
    public borrowing func nmi() throws(KVMError) {
        try descriptor.call(ckvm_KVM_NMI)
    }

    /// `KVM_SMI` (`KVM_CAP_X86_SMM`).
    public borrowing func smi() throws(KVMError) {
        try descriptor.call(ckvm_KVM_SMI)
    }

    /// `KVM_GET_LAPIC`: the 1024 bytes of the in-kernel local APIC's registers.
    public borrowing func localAPIC(purpose: Purpose = .operation) throws(KVMError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.localAPICSize)
        try descriptor.call(ckvm_KVM_GET_LAPIC, bytes: &bytes, purpose: purpose)
        return bytes
    }

    /// `KVM_SET_LAPIC`. Shorter states are filled with zeros, longer ones cut.
    public borrowing func setLocalAPIC(_ state: [UInt8]) throws(KVMError) {
        var bytes = Array(state.prefix(Self.localAPICSize))
        bytes += [UInt8](repeating: 0, count: Self.localAPICSize - bytes.count)
        try descriptor.call(ckvm_KVM_SET_LAPIC, bytes: &bytes)
    }

    private static var localAPICSize: Int { Int(KVM_APIC_REG_SIZE) }

    /// `KVM_GET_TSC_KHZ`.
    public borrowing func tscKHz(purpose: Purpose = .operation) throws(KVMError) -> Int {
        try descriptor.call(ckvm_KVM_GET_TSC_KHZ, purpose: purpose)
    }

    /// `KVM_SET_TSC_KHZ`; 0 is the host's own frequency.
    public borrowing func setTSC(kHz: UInt) throws(KVMError) {
        try descriptor.call(ckvm_KVM_SET_TSC_KHZ, integer: kHz, detail: "\(kHz) kHz")
    }

    /// `KVM_KVMCLOCK_CTRL`: tells the guest that it was paused, so that its watchdogs stay quiet.
    public borrowing func noteClockPaused() throws(KVMError) {
        try descriptor.call(ckvm_KVM_KVMCLOCK_CTRL)
    }
}
