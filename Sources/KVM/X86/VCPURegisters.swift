private import CKVM

// Register state by ioctl, one call each. `RunPage` shares the commonest three without a call.
extension VCPU {
    /// `KVM_GET_REGS`.
    public borrowing func registers(purpose: Purpose = .operation) throws(KVMError) -> Registers {
        var c = kvm_regs()
        try descriptor.call(ckvm_KVM_GET_REGS, &c, purpose: purpose)
        return Registers(c)
    }

    /// `KVM_SET_REGS`.
    public borrowing func setRegisters(_ registers: Registers) throws(KVMError) {
        var c = registers.c
        try descriptor.call(ckvm_KVM_SET_REGS, &c)
    }

    /// `KVM_GET_SREGS`.
    public borrowing func specialRegisters(purpose: Purpose = .operation) throws(KVMError) -> SpecialRegisters {
        var c = kvm_sregs()
        try descriptor.call(ckvm_KVM_GET_SREGS, &c, purpose: purpose)
        return SpecialRegisters(c)
    }

    /// `KVM_SET_SREGS`. Some KVMs accept modes that they do not have and clear CR0.PG: read back what you asked for.
    public borrowing func setSpecialRegisters(_ registers: SpecialRegisters) throws(KVMError) {
        var c = registers.c
        try descriptor.call(ckvm_KVM_SET_SREGS, &c)
    }

    /// `KVM_GET_SREGS2` (`KVM_CAP_SREGS2`).
    public borrowing func specialRegistersAndPDPTRs(
        purpose: Purpose = .operation
    ) throws(KVMError) -> SpecialRegistersAndPDPTRs {
        var c = kvm_sregs2()
        try descriptor.call(ckvm_KVM_GET_SREGS2, &c, purpose: purpose)
        var plain = kvm_sregs()
        plain.cs = c.cs
        plain.ds = c.ds
        plain.es = c.es
        plain.fs = c.fs
        plain.gs = c.gs
        plain.ss = c.ss
        plain.tr = c.tr
        plain.ldt = c.ldt
        plain.gdt = c.gdt
        plain.idt = c.idt
        plain.cr0 = c.cr0
        plain.cr2 = c.cr2
        plain.cr3 = c.cr3
        plain.cr4 = c.cr4
        plain.cr8 = c.cr8
        plain.efer = c.efer
        plain.apic_base = c.apic_base
        let valid = c.flags & UInt64(KVM_SREGS2_FLAGS_PDPTRS_VALID) != 0
        return SpecialRegistersAndPDPTRs(
            registers: SpecialRegisters(plain),
            pdptrs: valid ? [c.pdptrs.0, c.pdptrs.1, c.pdptrs.2, c.pdptrs.3] : nil)
    }

    /// `KVM_SET_SREGS2` (`KVM_CAP_SREGS2`). Pointers beyond the fourth are ignored, missing ones are zero.
    public borrowing func setSpecialRegistersAndPDPTRs(_ value: SpecialRegistersAndPDPTRs) throws(KVMError) {
        let plain = value.registers.c
        var c = kvm_sregs2()
        c.cs = plain.cs
        c.ds = plain.ds
        c.es = plain.es
        c.fs = plain.fs
        c.gs = plain.gs
        c.ss = plain.ss
        c.tr = plain.tr
        c.ldt = plain.ldt
        c.gdt = plain.gdt
        c.idt = plain.idt
        c.cr0 = plain.cr0
        c.cr2 = plain.cr2
        c.cr3 = plain.cr3
        c.cr4 = plain.cr4
        c.cr8 = plain.cr8
        c.efer = plain.efer
        c.apic_base = plain.apic_base
        if let pointers = value.pdptrs {
            func pointer(_ n: Int) -> UInt64 { n < pointers.count ? pointers[n] : 0 }
            c.flags = UInt64(KVM_SREGS2_FLAGS_PDPTRS_VALID)
            c.pdptrs = (pointer(0), pointer(1), pointer(2), pointer(3))
        }
        try descriptor.call(ckvm_KVM_SET_SREGS2, &c)
    }

    /// `KVM_GET_DEBUGREGS`: the guest's own, not those that `setGuestDebug` put in.
    public borrowing func debugRegisters(purpose: Purpose = .operation) throws(KVMError) -> DebugRegisters {
        var c = kvm_debugregs()
        try descriptor.call(ckvm_KVM_GET_DEBUGREGS, &c, purpose: purpose)
        var value = DebugRegisters()
        (value.dr0, value.dr1, value.dr2, value.dr3) = c.db
        value.dr6 = c.dr6
        value.dr7 = c.dr7
        return value
    }

    /// `KVM_SET_DEBUGREGS`.
    public borrowing func setDebugRegisters(_ value: DebugRegisters) throws(KVMError) {
        var c = kvm_debugregs()
        c.db = (value.dr0, value.dr1, value.dr2, value.dr3)
        c.dr6 = value.dr6
        c.dr7 = value.dr7
        try descriptor.call(ckvm_KVM_SET_DEBUGREGS, &c)
    }

    /// `KVM_GET_FPU`.
    public borrowing func floatingPoint(purpose: Purpose = .operation) throws(KVMError) -> FloatingPointState {
        var bytes = [UInt8](repeating: 0, count: FloatingPointState.size)
        try descriptor.call(ckvm_KVM_GET_FPU, bytes: &bytes, purpose: purpose)
        return FloatingPointState(bytes: bytes)
    }

    /// `KVM_SET_FPU`. State that is not 416 bytes long is cut or filled with zeros.
    public borrowing func setFloatingPoint(_ state: FloatingPointState) throws(KVMError) {
        var bytes = Array(state.bytes.prefix(FloatingPointState.size))
        bytes += [UInt8](repeating: 0, count: FloatingPointState.size - bytes.count)
        try descriptor.call(ckvm_KVM_SET_FPU, bytes: &bytes)
    }

    /// `KVM_GET_XSAVE`, or `KVM_GET_XSAVE2` when `size` is above 4096.
    ///
    /// `size` is what `KVM_CHECK_EXTENSION(KVM_CAP_XSAVE2)` on the VM answers; 4096 where it answers 0.
    public borrowing func xsave(size: Int = 4096, purpose: Purpose = .operation) throws(KVMError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(4096, size))
        try descriptor.call(
            bytes.count > 4096 ? ckvm_KVM_GET_XSAVE2 : ckvm_KVM_GET_XSAVE, bytes: &bytes, purpose: purpose)
        return bytes
    }

    /// `KVM_SET_XSAVE`. Areas shorter than 4096 bytes are filled with zeros.
    public borrowing func setXSAVE(_ area: [UInt8]) throws(KVMError) {
        var bytes = area
        if bytes.count < 4096 { bytes += [UInt8](repeating: 0, count: 4096 - bytes.count) }
        try descriptor.call(ckvm_KVM_SET_XSAVE, bytes: &bytes)
    }

    /// `KVM_GET_XCRS`.
    public borrowing func extendedControlRegisters(
        purpose: Purpose = .operation
    ) throws(KVMError) -> [ExtendedControlRegister] {
        var bytes = [UInt8](repeating: 0, count: Self.xcrsSize)
        try descriptor.call(ckvm_KVM_GET_XCRS, bytes: &bytes, purpose: purpose)
        return bytes.withUnsafeBytes { raw in
            (0..<min(16, Int(raw.load(as: UInt32.self)))).map { n in
                ExtendedControlRegister(
                    number: raw.load(fromByteOffset: 8 + n * 16, as: UInt32.self),
                    value: raw.load(fromByteOffset: 16 + n * 16, as: UInt64.self))
            }
        }
    }

    /// `KVM_SET_XCRS`. Registers beyond the sixteenth are left out.
    public borrowing func setExtendedControlRegisters(
        _ registers: [ExtendedControlRegister]
    ) throws(KVMError) {
        var bytes = [UInt8](repeating: 0, count: Self.xcrsSize)
        bytes.withUnsafeMutableBytes { raw in
            raw.storeBytes(of: UInt32(min(16, registers.count)), as: UInt32.self)
            for (n, register) in registers.prefix(16).enumerated() {
                raw.storeBytes(of: register.number, toByteOffset: 8 + n * 16, as: UInt32.self)
                raw.storeBytes(of: register.value, toByteOffset: 16 + n * 16, as: UInt64.self)
            }
        }
        try descriptor.call(ckvm_KVM_SET_XCRS, bytes: &bytes)
    }

    private static var xcrsSize: Int { MemoryLayout<kvm_xcrs>.size }
}
