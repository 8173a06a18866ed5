import Command
import TestSupport
import Testing
import Timeline

@testable import Session

extension Live {
    @Suite("What a step says of itself") struct StepExtentTests {
        private static func text(_ session: Session) -> String { session.world.lastStop?.text ?? "" }

        @Test("one instruction is called one, several by their number, and a fault by its vector")
        func words() throws {
            let session = try session(
                """
                lea handler(%rip), %rax; lea idt+14*16(%rip), %rdi
                mov %ax, (%rdi); movw $8, 2(%rdi); movw $0x8e00, 4(%rdi); shr $16, %rax; mov %ax, 6(%rdi)
                lidt register(%rip); movabs $0x8000000000, %rbp; out %al, $0x80
                fault: mov (%rbp), %dl
                hlt
                handler: hlt
                .balign 16
                idt: .skip 15*16
                register: .word 15*16-1
                .quad idt
                """)
            try session("step instruction")
            #expect(Self.text(session) == "one instruction done")
            try session("step instruction 8")
            #expect(Self.text(session) == "8 instructions done")
            try session("step instruction")
            #expect(Self.text(session) == "one instruction done")
            try session("step instruction")
            #expect(Self.text(session).hasPrefix("exception 14 at 0x"))
            #expect(try session.holds("reg.rip == handler") == true)
        }

        @Test("a repeated instruction is stepped round by round where the processor does so, and said to be")
        func rounds() throws {
            let session = try session("mov $5, %ecx; mov $0x200000, %edi; again: rep stosb; nop; hlt")
            try session("step instruction 2")
            try session("step instruction")
            let isThere = try session.holds("reg.rip == again") == true
            #expect(
                Self.text(session) == (isThere ? "one round of `rep stosb %al, (%rdi)`" : "one instruction done")
            )
        }

        @Test(
            "where code at CPL 3 cannot be stepped, a step there does not claim to be one",
            .enabled(if: LiveHost.isEmulating))
        func userMode() throws {
            let session = try session(
                """
                pushq $0x23; push %rsp; pushq $2; pushq $0x1b; lea user(%rip), %rax; push %rax; iretq
                user: mov $1000, %ecx
                1: loop 1b
                out %al, $0x80
                hlt
                """)
            try session("step instruction 7")
            guard try session.holds("vcpu.cpl == 3") == true else { return }
            try session("step instruction")
            #expect(Self.text(session).contains("CPL 3"))
        }
    }

    @Suite("Until") struct UntilTests {
        @Test(
            "the run's own end ends an `until` whose condition never holds",
            arguments: [
                ("out %al, $0x80; mov $3, %al; out %al, $0xf4", RunEnd.Why.exit),
                ("out %al, $0x80; out %al, $0x80; lidt none(%rip); ud2; none: .skip 10", .shutdown),
                ("out %al, $0x80; hlt", .hlt),
            ])
        func ends(text: String, why: RunEnd.Why) throws {
            let session = try session(text)
            try session("until exit.number == 1")
            try session("until 0")
            #expect(session.world.end?.why == why)
            #expect(session.world.phase == .ended)
            #expect(try session("step exit").refusal != nil)
        }

        @Test("with several vCPUs all run until it holds, and then all stand")
        func several() throws {
            // Each waits for the other: alone, neither would come to its exit.
            let text = """
                mov $0x8000, %ebx; lock incl (%rbx)
                1: pause; cmpl $2, (%rbx); jne 1b
                2: out %al, $0x80; jmp 2b
                """
            let session = try session(text, vcpus: 2)
            try session("until vcpu0.exits >= 20 && vcpu1.exits >= 20")
            #expect(try session.holds("vcpu0.exits >= 20 && vcpu1.exits >= 20") == true)
            #expect(session.world.phase == .stopped && !session.isBusy)
            #expect(session.world.vcpus.allSatisfy { !$0.isRunning })
        }
    }
}
