internal import Timeline
internal import X86

/// Where the instruction pointer points in guest physical memory, by the tables as they are at the cursor; nil where it faults.
func physicalAddress(_ linear: UInt64, _ system: SystemRegisters, _ memory: MemoryImage) -> UInt64? {
    let registers = PagingRegisters(
        cr0: CR0(rawValue: system.cr0), cr3: CR3(rawValue: system.cr3), cr4: CR4(rawValue: system.cr4),
        efer: EFER(rawValue: system.efer))
    return PageWalk.walk(
        address: GuestVirtualAddress(linear), registers: registers, access: MemoryAccess(.read),
        memory: { address, size in memory.word(at: address, size: size) }
    ).physicalAddress?.rawValue
}
