internal import KVM

/// Registers of a vCPU before its first instruction, as Documentation/GUESTS.md lists them for each mode.
struct StartState {
    private let image: GuestImage
    private let layout: BootLayout
    private let cpuid: [CPUIDEntry]

    init(image: GuestImage, layout: BootLayout, cpuid: [CPUIDEntry]) {
        self.image = image
        self.layout = layout
        self.cpuid = cpuid
    }

    /// Hands CPUID, segment, control and general registers to KVM.
    func apply(to vcpu: borrowing VCPU, index: Int) throws(KVMError) {
        try vcpu.setCPUID(cpuid)
        var system = try vcpu.specialRegisters()
        switch image.mode {
        case .real: realMode(&system)
        case .protected: protectedMode(&system)
        case .long: longMode(&system)
        }
        try vcpu.setSpecialRegisters(system)
        var general = Registers()
        general.rip = image.entry
        general.rdi = UInt64(index)
        general.rsp = index < layout.stacks.count ? layout.stacks[index] : 0
        try vcpu.setRegisters(general)
    }

    private func realMode(_ system: inout SpecialRegisters) {
        // Interrupts are off because RFLAGS.IF is 0; the processor leaves reset with CS far up in memory.
        let data = Segment(base: 0, limit: 0xFFFF, selector: 0, type: 3)
        setData(data, &system)
        system.cs = Segment(base: 0, limit: 0xFFFF, selector: 0, type: 11)
    }

    private func protectedMode(_ system: inout SpecialRegisters) {
        setFlat(code: Segment(base: 0, limit: 0xFFFF_FFFF, selector: 8, type: 11, db: true, g: true), &system)
        system.cr0 |= 0x1
    }

    private func longMode(_ system: inout SpecialRegisters) {
        setFlat(code: Segment(base: 0, limit: 0xFFFF_FFFF, selector: 8, type: 11, l: true, g: true), &system)
        system.cr3 = layout.pageTables ?? 0
        system.cr4 |= 1 << 5  // PAE
        system.efer |= 1 << 8 | 1 << 10  // LME, LMA
        system.cr0 |= 1 << 31 | 1 << 16 | 1 << 0  // PG, WP, PE
    }

    private func setFlat(code: Segment, _ system: inout SpecialRegisters) {
        setData(Segment(base: 0, limit: 0xFFFF_FFFF, selector: 16, type: 3, db: true, g: true), &system)
        system.cs = code
        if let table = layout.descriptorTable {
            system.gdt = DescriptorTable(base: table, limit: UInt16(BootLayout.descriptorTableBytes - 1))
        }
    }

    private func setData(_ data: Segment, _ system: inout SpecialRegisters) {
        system.ds = data
        system.es = data
        system.fs = data
        system.gs = data
        system.ss = data
    }
}
