import CKVM
import Testing

@testable import KVM

@Suite("Arguments taken apart")
struct ArgumentTests {
    private func bytes<T>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value) { [UInt8]($0) }
    }

    private func dictionary(_ fields: [IoctlField]) -> [String: IoctlField] {
        Dictionary(fields.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    @Test func aMemoryRegionShowsItsSizeAndFlags() {
        var region = kvm_userspace_memory_region()
        region.slot = 1
        region.flags = 2
        region.guest_phys_addr = 0x10_0000
        region.memory_size = 16 << 20
        region.userspace_addr = 0x7F00_0000_0000
        let fields = IoctlArgument.fields(
            request: ckvm_KVM_SET_USER_MEMORY_REGION, argument: 0x1234, before: bytes(region), after: bytes(region))
        #expect(
            fields == [
                IoctlField("slot", "1"), IoctlField("flags", "0x2", "KVM_MEM_READONLY"),
                IoctlField("guest_phys_addr", "0x100000"), IoctlField("memory_size", "16777216", "16 MiB"),
                IoctlField("userspace_addr", "0x7f0000000000"),
            ])
    }

    @Test func registersAreShownAsTheKernelLeftThem() {
        var registers = kvm_regs()
        registers.rax = 7
        registers.r15 = 0xF
        registers.rip = 0x1009
        registers.rflags = 0x246
        let fields = dictionary(
            IoctlArgument.fields(
                request: ckvm_KVM_GET_REGS, argument: 1, before: bytes(kvm_regs()), after: bytes(registers)))
        #expect(fields.count == 18)
        #expect(fields["rax"]?.value == "0x7")
        #expect(fields["r15"]?.value == "0xf")
        #expect(fields["rip"]?.value == "0x1009")
        #expect(fields["rflags"]?.note == "1|PF|ZF|IF")
    }

    @Test func specialRegistersShowSegmentsAndNamedBits() {
        var special = kvm_sregs()
        special.cs.selector = 8
        special.cs.limit = 0xFFFF_FFFF
        special.cs.type = 11
        special.cs.present = 1
        special.cs.s = 1
        special.cs.l = 1
        special.ldt.base = 0x77
        special.idt.limit = 0xFFF
        special.cr0 = 0x8000_0011
        special.cr3 = 0x2000
        special.efer = 0x500
        special.interrupt_bitmap.3 = 1
        let fields = dictionary(
            IoctlArgument.fields(
                request: ckvm_KVM_SET_SREGS, argument: 1, before: bytes(special), after: bytes(special)))
        #expect(fields["cs"]?.value == "0x8 base 0x0 limit 0xffffffff")
        #expect(fields["cs"]?.note == "type 11, dpl 0, present, code/data, 64-bit")
        #expect(fields["ldt"]?.value == "0x0 base 0x77 limit 0x0")
        #expect(fields["idt"]?.value == "base 0x0 limit 0xfff")
        #expect(fields["cr0"]?.note == "PE|ET|PG")
        #expect(fields["cr3"]?.value == "0x2000")
        #expect(fields["efer"]?.note == "LME|LMA")
        #expect(fields["interrupt_bitmap[3]"]?.value == "0x1")
    }

    @Test func eventsAreAtTheHeadersOffsets() {
        var events = kvm_vcpu_events()
        events.exception.nr = 14
        events.exception.error_code = 2
        events.interrupt.shadow = 2
        events.nmi.masked = 1
        events.sipi_vector = 0x9A
        events.flags = 8
        events.smi.latched_init = 1
        events.triple_fault.pending = 1
        events.exception_has_payload = 1
        events.exception_payload = 0xDEAD
        let fields = dictionary(
            IoctlArgument.fields(
                request: ckvm_KVM_GET_VCPU_EVENTS, argument: 1, before: [], after: bytes(events)))
        #expect(fields["exception.nr"]?.note == "#PF")
        #expect(fields["exception.error_code"]?.value == "0x2")
        #expect(fields["interrupt.shadow"]?.note == "sti")
        #expect(fields["nmi.masked"]?.value == "1")
        #expect(fields["sipi_vector"]?.value == "154")
        #expect(fields["flags"]?.note == "SMM")
        #expect(fields["smi.latched_init"]?.value == "1")
        #expect(fields["triple_fault.pending"]?.value == "1")
        #expect(fields["exception_has_payload"]?.value == "1")
        #expect(fields["exception_payload"]?.value == "0xdead")
    }

    @Test func guestDebugNamesItsControl() {
        var debug = kvm_guest_debug()
        debug.control = 0x3
        debug.arch.debugreg.7 = 0x400
        let fields = dictionary(
            IoctlArgument.fields(request: ckvm_KVM_SET_GUEST_DEBUG, argument: 1, before: bytes(debug), after: []))
        #expect(fields["control"]?.note == "ENABLE|SINGLESTEP")
        #expect(fields["debugreg[7]"]?.value == "0x400")
    }

    @Test func integersSayWhatTheyMean() {
        #expect(
            IoctlArgument.fields(request: ckvm_KVM_CHECK_EXTENSION, argument: 74, before: [], after: [])
                == [IoctlField("cap", "74", "KVM_CAP_SYNC_REGS")])
        #expect(
            IoctlArgument.fields(request: ckvm_KVM_CREATE_VCPU, argument: 1, before: [], after: []).first?.value
                == "1")
        #expect(IoctlArgument.fields(request: ckvm_KVM_RUN, argument: 0, before: [], after: []) == [])
        #expect(IoctlArgument.fields(request: ckvm_KVM_GET_VCPU_MMAP_SIZE, argument: 0, before: [], after: []) == [])
    }

    @Test func cpuidShowsItsLeaves() {
        let list = CPUIDEntry.bytes([
            CPUIDEntry(function: 1, eax: 0x806C1, ebx: 0x800, ecx: 0, edx: 0x0178_BFFF),
            CPUIDEntry(function: 7, index: 1, flags: 1, eax: 0x1C30),
        ])
        let fields = IoctlArgument.fields(request: ckvm_KVM_SET_CPUID2, argument: 1, before: list, after: list)
        #expect(fields[0] == IoctlField("nent", "2", "leaves"))
        #expect(fields[1].value == "leaf 0x1")
        #expect(fields[1].note == "eax 000806c1 ebx 00000800 ecx 00000000 edx 0178bfff")
        #expect(fields[2].value == "leaf 0x7 index 1")
    }

    @Test func msrsShowTheirNames() {
        let list = MSREntry.bytes([MSREntry(index: 0xC000_0080, value: 0x500)])
        let fields = IoctlArgument.fields(request: ckvm_KVM_SET_MSRS, argument: 1, before: list, after: list)
        #expect(fields == [IoctlField("nmsrs", "1"), IoctlField("0xc0000080", "0x500", "IA32_EFER")])
    }

    @Test func anyOtherStructureIsRowsOfBytes() {
        let fields = IoctlArgument.fields(
            request: ckvm_KVM_GET_FPU, argument: 1, before: [], after: [UInt8](repeating: 0xAB, count: 416))
        #expect(fields.first?.name == "+0x0")
        #expect(fields.first?.value.hasPrefix("ab ab ab") == true)
        #expect(fields.last?.note == "160 bytes more")
    }

    /// A recording can be damaged: any length of bytes gives some fields and no trap.
    @Test func shortAndLyingStructuresAreShownNotTrusted() {
        for entry in IoctlCatalog.entries {
            for length in [0, 1, 3, 7, 8, 9, 40, 71, 5000] {
                let garbage = [UInt8](repeating: 0xFF, count: length)
                _ = IoctlArgument.fields(
                    request: entry.code.rawValue, argument: .max, before: garbage, after: garbage)
            }
        }
    }

    @Test func capabilitiesAreNamedByNumber() {
        #expect(Capability(rawValue: UInt32(KVM_CAP_IRQCHIP)).name == "KVM_CAP_IRQCHIP")
        #expect(Capability(rawValue: UInt32(KVM_CAP_SYNC_REGS)).name == "KVM_CAP_SYNC_REGS")
        #expect(Capability(rawValue: UInt32(KVM_CAP_DIRTY_LOG_RING_ACQ_REL)).name == "KVM_CAP_DIRTY_LOG_RING_ACQ_REL")
        #expect(Capability.syncRegisters.rawValue == UInt32(KVM_CAP_SYNC_REGS))
        #expect(Capability.immediateExit.rawValue == UInt32(KVM_CAP_IMMEDIATE_EXIT))
        #expect(Capability.binaryStatistics.rawValue == UInt32(KVM_CAP_BINARY_STATS_FD))
        #expect(Capability(rawValue: 9999).name == nil)
        #expect(Capability(rawValue: 9999).description == "9999")
    }
}
