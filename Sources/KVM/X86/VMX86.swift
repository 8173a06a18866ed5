private import CKVM

/// A range of MSRs and, bit by bit from the lowest, which of them pass (1) or go to user space or fault (0).
public struct MSRFilterRange: Sendable, Hashable {
    public var reads: Bool
    public var writes: Bool
    public var base: UInt32
    /// How many MSRs the bitmap covers.
    public var count: UInt32
    /// One bit each, lowest first; bits that are missing are zero.
    public var allowed: [UInt8]

    public init(reads: Bool, writes: Bool, base: UInt32, count: UInt32, allowed: [UInt8]) {
        self.reads = reads
        self.writes = writes
        self.base = base
        self.count = count
        self.allowed = allowed
    }
}

/// Which of the in-kernel interrupt controllers.
public enum InterruptChip: UInt32, Sendable, Hashable, CaseIterable {
    case picMaster = 0
    case picSlave = 1
    case ioapic = 2
}

// What only an x86 VM answers: the PC's interrupt controllers and timer, and pages that Intel's VT-x wants.
extension VM {
    /// `KVM_SET_TSS_ADDR`: three pages below 4 GiB that VT-x without unrestricted guest uses; not part of guest memory.
    public borrowing func setTSSAddress(_ address: UInt) throws(KVMError) {
        try descriptor.call(
            ckvm_KVM_SET_TSS_ADDR, integer: address, detail: "address 0x\(String(address, radix: 16))")
    }

    /// `KVM_SET_IDENTITY_MAP_ADDR`: one page for the same purpose. Before the first vCPU.
    public borrowing func setIdentityMapAddress(_ address: UInt64) throws(KVMError) {
        var address = address
        try descriptor.call(ckvm_KVM_SET_IDENTITY_MAP_ADDR, &address)
    }

    /// `KVM_SET_BOOT_CPU_ID`. Before the first vCPU.
    public borrowing func setBootVCPU(_ index: UInt) throws(KVMError) {
        try descriptor.call(ckvm_KVM_SET_BOOT_CPU_ID, integer: index)
    }

    /// `KVM_CREATE_IRQCHIP`: two 8259s, an IO-APIC and a local APIC for every vCPU made later.
    public borrowing func createIRQChip() throws(KVMError) {
        try descriptor.call(ckvm_KVM_CREATE_IRQCHIP)
    }

    /// `KVM_CREATE_PIT2`: an 8254 timer. Needs the interrupt controllers.
    public borrowing func createPIT(dummySpeaker: Bool = false) throws(KVMError) {
        var c = kvm_pit_config()
        c.flags = dummySpeaker ? UInt32(KVM_PIT_SPEAKER_DUMMY) : 0
        try descriptor.call(ckvm_KVM_CREATE_PIT2, &c)
    }

    /// `KVM_IRQ_LINE`: the level of one interrupt line.
    public borrowing func setInterruptLine(_ line: UInt32, high: Bool) throws(KVMError) {
        var c = kvm_irq_level()
        c.irq = line
        c.level = high ? 1 : 0
        try descriptor.call(ckvm_KVM_IRQ_LINE, &c, detail: "line \(line)")
    }

    /// `KVM_GET_IRQCHIP`: `struct kvm_irqchip`, 520 bytes, of which the first eight name the chip.
    public borrowing func irqChip(_ chip: InterruptChip, purpose: Purpose = .operation) throws(KVMError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: MemoryLayout<kvm_irqchip>.size)
        bytes[0] = UInt8(chip.rawValue)
        try descriptor.call(ckvm_KVM_GET_IRQCHIP, bytes: &bytes, purpose: purpose)
        return bytes
    }

    /// `KVM_SET_IRQCHIP` with what `irqChip` answered. States of another length are cut or filled with zeros.
    public borrowing func setIRQChip(_ state: [UInt8]) throws(KVMError) {
        var bytes = fitted(state, MemoryLayout<kvm_irqchip>.size)
        try descriptor.call(ckvm_KVM_SET_IRQCHIP, bytes: &bytes)
    }

    /// `KVM_GET_PIT2`: `struct kvm_pit_state2`.
    public borrowing func pit(purpose: Purpose = .operation) throws(KVMError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: MemoryLayout<kvm_pit_state2>.size)
        try descriptor.call(ckvm_KVM_GET_PIT2, bytes: &bytes, purpose: purpose)
        return bytes
    }

    /// `KVM_SET_PIT2` with what `pit` answered. States of another length are cut or filled with zeros.
    public borrowing func setPIT(_ state: [UInt8]) throws(KVMError) {
        var bytes = fitted(state, MemoryLayout<kvm_pit_state2>.size)
        try descriptor.call(ckvm_KVM_SET_PIT2, bytes: &bytes)
    }

    /// `KVM_GET_CLOCK`: nanoseconds of the guest's paravirtual clock.
    public borrowing func clock(purpose: Purpose = .operation) throws(KVMError) -> UInt64 {
        var c = kvm_clock_data()
        try descriptor.call(ckvm_KVM_GET_CLOCK, &c, purpose: purpose)
        return c.clock
    }

    /// `KVM_SET_CLOCK`.
    public borrowing func setClock(nanoseconds: UInt64) throws(KVMError) {
        var c = kvm_clock_data()
        c.clock = nanoseconds
        try descriptor.call(ckvm_KVM_SET_CLOCK, &c)
    }

    /// `KVM_X86_SET_MSR_FILTER`. Ranges beyond the sixteenth are left out; no ranges takes the filter away.
    ///
    /// Denied accesses leave as rdmsr and wrmsr exits when `KVM_CAP_X86_USER_SPACE_MSR` is enabled for filtered ones.
    public borrowing func setMSRFilter(_ ranges: [MSRFilterRange], denyOthers: Bool = false) throws(KVMError) {
        var filter = kvm_msr_filter()
        filter.flags = UInt32(denyOthers ? KVM_MSR_FILTER_DEFAULT_DENY : KVM_MSR_FILTER_DEFAULT_ALLOW)
        let ranges = ranges.prefix(16)
        // One buffer for all bitmaps, so that every pointer in the structure stays valid during the call.
        let starts = ranges.map { (Int($0.count) + 63) / 64 * 8 }.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
        var bitmaps = [UInt8](repeating: 0, count: max(8, starts.last ?? 0))
        for (range, start) in zip(ranges, starts) {
            for (offset, byte) in range.allowed.prefix((Int(range.count) + 7) / 8).enumerated() {
                bitmaps[start + offset] = byte
            }
        }
        let result = bitmaps.withUnsafeMutableBufferPointer { area in
            withUnsafeMutableBytes(of: &filter.ranges) { raw in
                let slots = raw.bindMemory(to: kvm_msr_filter_range.self)
                for (n, range) in ranges.enumerated() where n < slots.count {
                    slots[n].flags =
                        (range.reads ? UInt32(KVM_MSR_FILTER_READ) : 0)
                        | (range.writes ? UInt32(KVM_MSR_FILTER_WRITE) : 0)
                    slots[n].nmsrs = range.count
                    slots[n].base = range.base
                    slots[n].bitmap = area.baseAddress.map { $0 + starts[n] }
                }
            }
            return withUnsafeMutableBytes(of: &filter) {
                door.ioctl(descriptor.target, request: ckvm_KVM_X86_SET_MSR_FILTER, structure: $0)
            }
        }
        if result < 0 { throw descriptor.failure(ckvm_KVM_X86_SET_MSR_FILTER, result) }
    }
}

private func fitted(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
    Array(bytes.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - bytes.count))
}
