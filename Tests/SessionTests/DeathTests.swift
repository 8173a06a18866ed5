import Machine
import TestSupport
import Testing
import Timeline

@testable import Session

@Suite("A death is explained from registers and memory") struct DeathTests {
    /// A guest in long mode with the first 2 MiB mapped, and code at 0x100000.
    static func death(
        _ code: [UInt8], at place: UInt64 = 0x10_0000, misentry: String? = nil,
        change: (inout GeneralRegisters, inout SystemRegisters) -> Void = { _, _ in }
    ) -> Death {
        var bytes: [UInt64: UInt8] = [:]
        for (offset, byte) in code.enumerated() { bytes[0x10_0000 + UInt64(offset)] = byte }
        // PML4 at 0x1000, PDPT at 0x2000, page directory at 0x3000.
        for (address, entry) in [(0x1000, 0x2003), (0x2000, 0x3003), (0x3000, 0x83)] as [(UInt64, UInt64)] {
            for offset in 0..<UInt64(8) { bytes[address + offset] = UInt8(truncatingIfNeeded: entry >> (offset * 8)) }
        }
        var general = GeneralRegisters()
        (general.rip, general.rsp) = (place, 0x8000)
        var system = SystemRegisters()
        (system.cr0, system.cr3, system.cr4, system.efer) = (0x8001_0001, 0x1000, 0x20, 0x500)
        system.cs.isLong = true
        system.idt.limit = 0xFFFF
        change(&general, &system)
        return Death(
            general: general, system: system, processor: nil, misentry: misentry,
            memory: { address, size in
                guard address &+ UInt64(size) <= 1 << 21 else { return nil }
                return (0..<UInt64(size)).reduce(0) { $0 | UInt64(bytes[address + $1] ?? 0) << ($1 * 8) }
            })
    }

    @Test(
        "a triple fault says what the instruction lacks",
        arguments: [
            ([0x0F, 0x28, 0xC8], "movaps xmm1, xmm0 at RIP 0x100000 needs SSE, and CR4.OSFXSR is clear (#UD)"),
            ([0x66, 0x0F, 0xEF, 0xC0], "needs SSE"), ([0xC5, 0xF8, 0x77], "needs AVX, and CR4.OSXSAVE is clear"),
            ([0x0F, 0x0B], "ud2 at RIP 0x100000 raises #UD"),
            ([0x48, 0x8B, 0x04, 0x25, 0, 0, 0x40, 0], "touches 0x400000, which the page tables do not map (level 2"),
            ([0x48, 0xF7, 0xF1], "div rcx at RIP 0x100000 divides by zero (#DE)"), ([0x06], "are no instruction (#UD)"),
        ] as [([UInt8], String)])
    func causes(code: [UInt8], words: String) {
        let text = Self.death(code).tripleFault
        #expect(text.contains(words) && text.contains("the IDT at 0x0 has no gate for it"), "\(text)")
    }

    @Test("what is switched on, mapped or not told is not blamed")
    func notGuessed() {
        let sse = Self.death([0x0F, 0x28, 0xC8]) { $1.cr4 |= 1 << 9 }
        #expect(sse.tripleFault.contains("do not tell which exception") && !sse.tripleFault.contains("OSFXSR"))
        #expect(!Self.death([0x90]).tripleFault.contains("32-bit"))
        let stack = Self.death([0x50]) { general, _ in general.rsp = 0x4000_0000 }
        #expect(stack.tripleFault.contains("push rax at RIP 0x100000 pushes to 0x3ffffff8"))
        #expect(Self.death([0x0F, 0x0B]) { $1.idt.limit = 0 }.tripleFault.hasSuffix("no IDT is loaded"))
        // AMD-V: the state is that after reset.
        let reset = Self.death([]) { general, system in
            general.rip = 0xFFF0
            (system.cr0, system.efer, system.cs.base) = (0x6000_0010, 0, 0xFFFF_0000)
        }
        #expect(reset.tripleFault.contains("has reset the registers") && !reset.tripleFault.contains("IDT"))
    }

    @Test("RIP that leads nowhere is told before what might stand there")
    func unreachable() {
        #expect(
            Self.death([], at: 0x4000_0000).tripleFault.contains(
                "RIP is at 0x40000000, which the page tables do not map"))
        let physical = Self.death([], at: 0x100_0000) {
            $1.cr0 = 1
            $1.efer = 0
            $1.cs.isLong = false
        }
        #expect(physical.emulationFailure([])?.contains("0x1000000, where no memory is") == true)
    }

    @Test("an emulator's end names the instruction; a 32-bit entry in long mode is told as that")
    func others() {
        #expect(
            Self.death([0xF3, 0x48, 0x0F, 0xB8, 0xC0]).emulationFailure([])
                == "this KVM cannot emulate popcnt rax, rax at RIP 0x100000")
        #expect(Self.death([0x0F, 0x58, 0xC1]).emulationFailure([])?.contains("besides") == true)
        let multiboot = Self.death([0xCB], misentry: "multiboot header").tripleFault
        #expect(multiboot.contains("the image's multiboot header asks for an entry in 32-bit protected mode"))
    }

    @Test(
        "an endless loop is one that nothing can leave",
        arguments: [
            ([0xEB, 0xFE], true), ([0x90, 0xEB, 0xFD], true), ([0xF3, 0x90, 0x48, 0xFF, 0xC0, 0xEB, 0xF9], true),
            ([0x74, 0xFE], false), ([0xF4, 0xEB, 0xFD], false), ([0xE6, 0x80, 0xEB, 0xFC], false),
            ([0x88, 0x03, 0xEB, 0xFC], false), ([0x90, 0x90], false),
        ] as [([UInt8], Bool)])
    func loops(code: [UInt8], isEndless: Bool) { #expect((Self.death(code).endlessLoop != nil) == isEndless) }
}

extension Live {
    @Suite("Guests that die say why") struct DyingTests {
        @Test("in a trace, with the registers, and at the end of the run")
        func traced() throws {
            let (end, lines) = try TraceTests.trace("movaps %xmm0, %xmm1\nhlt\n")
            #expect(end.why == .shutdown)
            let stop = try #require(lines.first { $0["kind"] as? String == "stop" })
            let why = try #require(stop["why"] as? String)
            // AMD-V loses the state, and then it is not known.
            #expect(why.contains("CR4.OSFXSR is clear") || why.contains("has reset the registers"), "\(why)")
            #expect(stop["reason"] as? String == "failure" && stop["rip"] is String)
            #expect(end.text.contains("triple fault"))
        }

        @Test("halting with interrupts on, and a loop without an end")
        func waiting() throws {
            #expect(try TraceTests.trace("sti\nhlt\n").end.text.contains("nothing here sends any"))
            #expect(try TraceTests.trace("hlt\n").end.text.isEmpty)
            let loop = try TraceTests.trace("1: jmp 1b\n", limits: TraceLimits(seconds: 0.3))
            #expect(loop.end.text.contains("jumps to itself"))
            #expect(loop.lines.contains { $0["kind"] as? String == "stop" && $0["reason"] as? String == "timeout" })
        }

        @Test("a BIOS call ends the run with its name; a vector of the guest's own is its own")
        func bios() throws {
            let call = Session(
                SessionConfiguration(image: try assembled("mov $0x0e41, %ax\nint $0x10\nhlt\n", .real)))
            defer { call.close() }
            _ = try call("build")
            _ = try call("continue")
            #expect(call.world.end?.why == .bios && call.world.end?.code == 0x10)
            #expect(call.world.lastStop?.reason == .bios)
            #expect(
                call.world.lastStop?.text.hasPrefix("the guest called int 0x10 (AH=0x0e AL='A') at 0000:1003") == true)
            let own = try session(
                "xor %ax, %ax\nmov %ax, %ds\nmovw $1f, 0x40\nmovw %ax, 0x42\nint $0x10\nhlt\n1: mov $7, %al\nout %al, $0xf4\n",
                .real)
            defer { own.close() }
            _ = try own("build")
            _ = try own("continue")
            #expect(own.world.end == RunEnd(why: .exit, code: 7))
            let fault = try session("ud2\n", .real)
            defer { fault.close() }
            _ = try fault("build")
            _ = try fault("continue")
            #expect(fault.world.lastStop?.text.hasPrefix("#UD, an invalid opcode (vector 6) at 0000:1000") == true)
        }
    }
}
