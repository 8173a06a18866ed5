import KVM
import TestSupport
import Testing

@testable import Machine

extension Live {
    @Suite("Single steps") struct SteppingTests {
        /// What KVM emulates, what loads the flags, what leaves for user space, what faults; each instruction has a label.
        private static let text = """
                start: mov $0xd0000000, %rbx
                mmio_read: mov 4(%rbx), %eax
                mmio_write: mov %eax, 8(%rbx)
                cr3_read: mov %cr3, %rax
                cr3_write: mov %rax, %cr3
                cr0_read: mov %cr0, %rax
                cr0_write: mov %rax, %cr0
                efer: mov $0xc0000080, %ecx
                msr_read: rdmsr
                msr_write: wrmsr
                zero: xor %eax, %eax
                leaf: cpuid
                port_write: out %al, $0x80
                port_read: in $0x80, %al
                count: mov $3, %ecx
                destination: mov $0x200000, %edi
                repeated: rep stosb
                vector: lea handler(%rip), %rax
                gate: lea idt+14*16(%rip), %rdi
                gate0: mov %ax, (%rdi)
                gate1: movw $8, 2(%rdi)
                gate2: movw $0x8e00, 4(%rdi)
                gate3: shr $16, %rax
                gate4: mov %ax, 6(%rdi)
                table: lidt register(%rip)
                far: movabs $0x8000000000, %rbp
                fault: mov (%rbp), %dl
                frame: mov %rsp, %rcx
                frame1: pushq $0x10
                frame2: push %rcx
                frame3: pushfq
                frame4: pushq $0x8
                frame5: lea returned(%rip), %rax
                frame6: push %rax
                return: iretq
                skipped: nop
                returned: nop
                last: hlt
                never: nop
                hlt
                handler: add $8, %rsp
                handler1: addq $3, (%rsp)
                handler2: iretq
                .balign 16
                idt: .skip 15*16
                register: .word 15*16-1
                .quad idt
            """

        /// The labels in the order in which the guest comes along; `rep` may stop after each of its rounds.
        private static var listing: [String] {
            let labels = text.split(separator: "\n").compactMap { line -> String? in
                line.split(separator: ":").first.map { $0.trimmingCharacters() }
            }
            let fault = labels.firstIndex(of: "fault") ?? 0
            return labels[1...fault] + ["handler", "handler1", "handler2"]
                + labels[(fault + 1)...].prefix { $0 != "skipped" } + ["returned", "last"]
        }

        private static func name(_ stop: VCPUStop, _ image: GuestImage) -> String {
            let rip = stop.registers?.rip ?? 0
            return image.symbols.first { $0.address == rip }?.name ?? "0x" + String(rip, radix: 16)
        }

        @Test(
            "each step ends at the next instruction of the listing: emulated, returning, repeating, leaving, faulting")
        func steps() throws {
            let image = try assembled(Self.text)
            let live = try LiveMachine(image)
            var places: [String] = []
            var stop = live.run(.instructions(1))
            while stop.cause == .instruction, places.count < 100 {
                let place = Self.name(stop, image)
                if place != "repeated" || places.last != place { places.append(place) }
                // The trap flag with which a processor steps is none that the guest may find in its memory.
                if place == "handler1" || place == "frame4", let rsp = stop.registers?.rsp {
                    let flags = live.machine.memory.word(at: rsp + (place == "frame4" ? 0 : 16), size: 8)
                    #expect(flags.map { $0 & 0x100 } == 0, "\(place)")
                }
                stop = live.run(.instructions(1))
            }
            #expect(places == Self.listing)
            #expect(stop.cause == .halted && Self.name(stop, image) == "never")
        }

        @Test("many steps in one order take the same way as one by one")
        func manySteps() throws {
            let image = try assembled(Self.text)
            for count in [2, 7, 20, 200] {
                let live = try LiveMachine(image)
                var stop = live.run(.instructions(count))
                for _ in 0..<100 where stop.cause == .instruction { stop = live.run(.instructions(count)) }
                #expect(stop.cause == .halted && Self.name(stop, image) == "never", "by \(count)")
            }
        }

        @Test("a guest that was stepped into its handler goes on freely as if it had not been")
        func freeAfterSteps() throws {
            let image = try assembled(Self.text)
            let live = try LiveMachine(image)
            var stop = live.run(.instructions(1))
            while stop.cause == .instruction, Self.name(stop, image) != "handler" { stop = live.run(.instructions(1)) }
            #expect(Self.name(stop, image) == "handler")
            stop = live.run(.free)
            #expect(stop.cause == .halted && Self.name(stop, image) == "never")
        }

        @Test("a step at `int` in real mode ends at the vector's first instruction")
        func realInterrupt() throws {
            let image = try assembled(
                """
                mov $0xd0000000, %ebx; a1: mov %cr0, %eax; a2: mov %eax, %cr0
                a3: xor %ax, %ax; a4: mov %ax, %es; a5: movw $back, %es:0x80; a6: mov %cs, %es:0x82
                a7: int $0x20; a8: hlt; back: nop; back1: iret
                """, .real)
            let live = try LiveMachine(image)
            var places: [String] = []
            var stop = live.run(.instructions(1))
            while stop.cause == .instruction, places.count < 30 {
                places.append(Self.name(stop, image))
                stop = live.run(.instructions(1))
            }
            #expect(places == ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "back", "back1", "a8"])
            #expect(stop.cause == .halted)
        }

        @Test("behind a load of SS a processor lets one instruction more run, and nothing else is lost")
        func stackSegment() throws {
            let image = try assembled("mov %ss, %eax; a1: mov %eax, %ss; a2: nop; a3: nop; a4: hlt")
            let live = try LiveMachine(image)
            let places = (0..<4).map { _ in Self.name(live.run(.instructions(1)), image) }
            let all = ["a1", "a2", "a3", "a4"]
            #expect(places.prefix(3) == ["a1", "a3", "a4"] || places == all)
        }
    }
}

extension Substring {
    fileprivate func trimmingCharacters() -> String { String(self).split(separator: " ").joined() }
}
