import TestSupport
import Testing

@testable import KVM

/// Guest memory that lives as long as the machine that maps it.
///
/// `@unchecked Sendable`: the guest writes it while tests look, which is what guest memory is for.
final class GuestMemory: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(size: Int) {
        bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        bytes.deallocate()
    }

    /// Whether a byte that began as zero is something else by now.
    @inline(never)
    func hasMoved(at offset: Int) -> Bool {
        bytes.load(fromByteOffset: offset, as: UInt8.self) != 0
    }

    var address: UInt64 { UInt64(UInt(bitPattern: bytes.baseAddress)) }
}

/// A VM with one page-aligned slot at 0 and one vCPU in real mode at 0x1000, as the `real` start state of Documentation/GUESTS.md says.
struct SmallMachine: ~Copyable {
    let system: System
    let vm: VM
    let vcpu: VCPU
    let memory: GuestMemory

    static let entry: UInt64 = 0x1000

    init(code: [UInt8], door: IoctlDoor = IoctlDoor()) throws(KVMError) {
        let system = try System.open(door: door)
        let vm = try system.createVM()
        let memory = GuestMemory(size: 0x10000)
        for (offset, byte) in code.enumerated() { memory.bytes[Int(Self.entry) + offset] = byte }
        try vm.setMemoryRegion(
            MemoryRegion(
                slot: 0, guestAddress: 0, size: UInt64(memory.bytes.count), hostAddress: memory.address))
        let vcpu = try vm.createVCPU(0, runPageSize: try system.runPageSize())
        var special = try vcpu.specialRegisters()
        special.cs.base = 0
        special.cs.selector = 0
        try vcpu.setSpecialRegisters(special)
        var registers = Registers()
        registers.rip = Self.entry
        registers.rsp = Self.entry
        try vcpu.setRegisters(registers)
        self.system = system
        self.vm = vm
        self.vcpu = vcpu
        self.memory = memory
    }
}
