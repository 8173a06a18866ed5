import Facts
import Timeline
import X86

/// Guest memory as one vCPU's instructions see it: its registers, and addresses translated by its page tables.
struct GuestSight {
    let memory: MemoryImage
    let registers: RegisterReading
    let system: SystemRegisters
    let processor: GuestProcessor?

    /// Nil where general and control registers have not both been read.
    init?(_ context: PaneContext) {
        guard context.world.vcpus.indices.contains(context.vcpu),
            let registers = context.world.vcpus[context.vcpu].registers, let system = registers.system
        else { return nil }
        memory = context.world.memory
        self.registers = registers
        self.system = system
        processor = context.world.processor
    }

    var rip: UInt64 { registers.general.rip }

    /// The address in the code segment as the page tables take it; the base counts outside 64-bit code.
    func linear(_ offset: UInt64) -> UInt64 {
        isLongCode ? offset : (system.cs.base &+ offset) & 0xFFFF_FFFF
    }

    var isLongCode: Bool { system.codeBits == 64 }

    var isReal: Bool { system.cr0 & 1 == 0 }

    /// What is added to RIP to come to the linear address.
    var codeBase: UInt64 { isLongCode ? 0 : system.cs.base }

    /// What instructions at a linear address count from: the code segment's base where the segment reaches there, else 0.
    func codeBase(for linear: UInt64) -> UInt64 {
        (linear &- codeBase) & 0xFFFF_FFFF <= UInt64(system.cs.limit) ? codeBase : 0
    }

    var codeSize: CodeSize { CodeSize(rawValue: system.codeBits) ?? .bits64 }

    var paging: PagingRegisters {
        PagingRegisters(system, rflags: registers.general.rflags, processor: processor)
    }

    /// Our own walk of the guest's tables as they lie in memory at the cursor.
    func walk(_ linear: UInt64, _ kind: X86.MemoryAccess.Kind) -> PageWalk {
        PageWalk.walk(
            address: GuestVirtualAddress(linear), registers: paging,
            access: MemoryAccess(kind, user: system.privilegeLevel == 3)
        ) { memory.word(at: $0, size: $1) }
    }

    func physical(_ linear: UInt64) -> UInt64? { walk(linear, .execute).physicalAddress?.rawValue }

    /// Bytes from a linear address on, as far as they are mapped and lie in a slot.
    func bytes(at linear: UInt64, count: Int) -> [UInt8] {
        var result: [UInt8] = []
        var next = linear
        while result.count < count {
            guard let physical = physical(next) else { break }
            let inPage = min(count - result.count, 4096 - Int(physical & 4095))
            let part = memory.bytes(at: physical, count: inPage)
            result += part
            guard part.count == inPage else { break }
            next &+= UInt64(inPage)
        }
        return result
    }
}

/// When guest memory was last read, for the labels of what is shown of it.
enum MemoryReading {
    /// As `read at event 41`; says so where that cannot be told.
    static func label(_ context: PaneContext) -> String {
        guard !context.world.memory.pages.isEmpty else {
            return "not read yet: memory began as zeros, and the image was put in since"
        }
        let oldest = max(context.timeline.first, context.cursor - Recent.limit)
        if let read = context.timeline.last(before: context.cursor, of: [.memory]), read >= oldest {
            return "memory read at event \(read + 1)"
        }
        return "memory read more than \(Recent.limit) events ago"
    }
}
