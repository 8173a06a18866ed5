import KVM
import TestSupport
import Testing

@testable import Machine

extension Live {
    @Suite("Start states") struct StartStateTests {
        @Test("real mode: all segments 0, SP at the load address, interrupts off")
        func real() throws {
            let live = try LiveMachine(assembled("hlt", .real), vcpus: 2)
            for index in 0..<2 {
                let (general, system) = try live.machine.registers(of: index)
                Self.checkGeneral(general, vcpu: index, rip: 0x1000)
                for segment in [system.cs, system.ds, system.es, system.fs, system.gs, system.ss] {
                    #expect(segment.selector == 0 && segment.base == 0 && segment.limit == 0xFFFF)
                }
                #expect(system.cr0 & 1 == 0 && general.rflags & 0x200 == 0)
                #expect(index == 0 ? general.rsp == 0x1000 : general.rsp < 0x1000)
            }
        }

        @Test("protected mode: 32-bit flat segments, no paging, ESP below the load address")
        func protected() throws {
            let live = try LiveMachine(assembled("hlt", .protected), vcpus: 2)
            var stacks: Set<UInt64> = []
            for index in 0..<2 {
                let (general, system) = try live.machine.registers(of: index)
                Self.checkGeneral(general, vcpu: index, rip: 0x10_0000)
                for segment in [system.cs, system.ds, system.es, system.fs, system.gs, system.ss] {
                    #expect(segment.base == 0 && segment.limit == 0xFFFF_FFFF && segment.db && segment.dpl == 0)
                }
                #expect(system.cr0 & 0x8000_0001 == 1 && system.efer & 0x400 == 0)
                #expect(general.rsp < 0x10_0000 && general.rsp > 0)
                stacks.insert(general.rsp)
            }
            #expect(stacks.count == 2)
        }

        @Test("long mode: 64-bit code at CPL 0, the first 4 GiB mapped to themselves from tables below 1 MiB")
        func long() throws {
            let live = try LiveMachine(assembled("hlt", .long), vcpus: 2)
            var stacks: Set<UInt64> = []
            for index in 0..<2 {
                let (general, system) = try live.machine.registers(of: index)
                Self.checkGeneral(general, vcpu: index, rip: 0x10_0000)
                #expect(system.cs.l && !system.cs.db && system.cs.dpl == 0 && system.ss.dpl == 0)
                #expect(
                    system.cr0 & 0x8000_0001 == 0x8000_0001 && system.cr4 & 0x20 != 0 && system.efer & 0x500 == 0x500)
                #expect(system.cr3 > 0 && system.cr3 + 6 * 4096 <= 1 << 20)
                #expect(general.rsp < 0x10_0000 && general.rsp > 0 && general.rsp % 16 == 0)
                stacks.insert(general.rsp)
            }
            #expect(stacks.count == 2)
            // KVM's own walk, not ours.
            for address: UInt64 in [0, 0x1000, 0x10_0000, 0x3FFF_FFFF, 0xD000_0000, 0xFFFF_FFFF] {
                let translation = try live.machine.translate(address, on: 0)
                #expect(translation.valid && translation.physical == address, "\(address)")
            }
            #expect(try !live.machine.translate(1 << 32, on: 0).valid)
        }

        static func checkGeneral(_ general: Registers, vcpu: Int, rip: UInt64) {
            #expect(general.rip == rip && general.rdi == UInt64(vcpu) && general.rflags == 2)
            let others = [
                general.rax, general.rbx, general.rcx, general.rdx, general.rsi, general.rbp, general.r8, general.r9,
                general.r10,
                general.r11, general.r12, general.r13, general.r14, general.r15,
            ]
            #expect(others.allSatisfy { $0 == 0 })
        }

        @Test("the guest itself finds its number, its stack and its descriptor table", arguments: StartMode.allCases)
        func fromInside(mode: StartMode) throws {
            let text =
                switch mode {
                case .real: "mov %edi, %eax; out %eax, $0x80; push %ds; pop %ax; out %ax, $0x81; hlt"
                case .protected:
                    "mov %edi, %eax; out %eax, $0x80; mov %ds, %ax; mov %ax, %ds; push $7; pop %eax; out %eax, $0x81; hlt"
                case .long:
                    "mov %edi, %eax; out %eax, $0x80; mov $0x10, %ax; mov %ax, %ds; push $7; pop %rax; out %eax, $0x81; hlt"
                }
            let live = try LiveMachine(assembled(text, mode), vcpus: 2)
            #expect(live.run(.free, vcpu: 1).cause == .halted)
            #expect(live.run(.free, vcpu: 0).cause == .halted)
            #expect(live.written(to: 0x80) == [1, 0])
            #expect(live.written(to: 0x81) == (mode == .real ? [0, 0] : [7, 7]))
        }

        @Test("cpuid answers what the host's KVM supports")
        func cpuid() throws {
            let supported = try System.open().supportedCPUID()
            let leaf = try #require(supported.first { $0.function == 0 })
            let live = try LiveMachine(
                assembled("xor %eax, %eax; xor %ecx, %ecx; cpuid; mov %ebx, %eax; out %eax, $0x80; hlt"))
            #expect(live.run(.free).cause == .halted)
            #expect(live.written(to: 0x80) == [UInt64(leaf.ebx)])
        }

        @Test(
            "an image with another load address is entered there",
            arguments: [(StartMode.real, 0x7C00), (.protected, 0x20_0000), (.long, 0x3000)] as [(StartMode, UInt64)])
        func loadAddress(mode: StartMode, address: UInt64) throws {
            // b0 2a      mov $0x2a, %al
            // e6 f4      out %al, $0xf4
            let image = try GuestImage.flat(
                name: "flat", bytes: [0xB0, 0x2A, 0xE6, 0xF4], mode: mode, loadAddress: address)
            let live = try LiveMachine(image)
            #expect(try live.machine.registers(of: 0).0.rip == address)
            #expect(live.run(.free).cause == .guestExit(code: 0x2A))
        }

        @Test("one page of memory runs a guest")
        func onePage() throws {
            // 50         push %ax
            // 58         pop %ax
            // b0 07      mov $7, %al
            // e6 f4      out %al, $0xf4
            let image = try GuestImage.flat(
                name: "flat", bytes: [0x50, 0x58, 0xB0, 0x07, 0xE6, 0xF4], mode: .real, loadAddress: 0)
            let live = try LiveMachine(image, memory: 4096)
            #expect(live.run(.free).cause == .guestExit(code: 7))
        }
    }
}
