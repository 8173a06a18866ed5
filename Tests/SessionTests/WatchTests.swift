import Command
import Testing
import Timeline

@testable import Session

extension Live {
    @Suite("Watching memory") struct WatchTests {
        static let text = """
            mov $3, %ecx
            1: out %al, $0x80
            dec %ecx
            jnz 1b
            nop
            culprit: movb $0x41, 0x200003
            out %al, $0x80
            hlt
            """

        @Test("a run stops behind the instruction that changed a watched place, and says which it was")
        func watch() throws {
            let session = try session(Self.text)
            try session("build")
            try session("watch 0x200000")
            try session("continue")
            #expect(session.world.lastStop?.reason == .watchpoint)
            #expect(session.world.exitCount(of: "io") == 3)
            let culprit = try #require(session.symbols.first { $0.name == "culprit" }?.address)
            #expect(session.world.lastStop?.text.contains("by the instruction at 0x\(hexadecimal(culprit));") == true)
            #expect(session.world.memory[0x200003] == 0x41)
            #expect(session.world.vcpus[0].registers?.general.rip ?? 0 > culprit)
            try session("continue")
            #expect(session.world.end?.why == .hlt && session.world.exitCount(of: "io") == 4)
        }

        @Test("writes by whatever means are found: what KVM emulates beside, what repeats, what pushes")
        func manyWays() throws {
            let text = """
                mov $0xd0000000, %rbx; mov $0x200000, %edi; mov $0x200008, %rsp
                mov %cr3, %rax; mov %rax, %cr3; cpuid
                w1: movl $1, (%rdi)
                mov (%rbx), %eax; mov %eax, 8(%rbx); mov %cr3, %rax
                w2: push %rbx
                mov $3, %al; mov $4, %ecx
                w3: rep stosb
                out %al, $0x80
                mov $0x200000, %edi
                w4: movl $9, (%rdi)
                hlt
                """
            let session = try session(text)
            try session("build")
            try session("watch 0x200000")
            var whos: [UInt64] = []
            for _ in 0..<20 where session.world.end == nil {
                try session("continue")
                guard session.world.lastStop?.reason == .watchpoint, let text = session.world.lastStop?.text else {
                    break
                }
                #expect(!text.contains(", 0 instructions"), "\(text)")
                let names = ["w1", "w2", "w3", "w4"]
                let who = session.symbols.filter { names.contains($0.name) }.first { symbol in
                    text.contains("at 0x\(hexadecimal(symbol.address));")
                }
                // A round of a repeated store may be told by where it stands.
                whos.append(who?.address ?? 0)
            }
            let expected = ["w1", "w2", "w4"].compactMap { name in session.symbols.first { $0.name == name }?.address }
            #expect(Set(expected).isSubset(of: whos), "\(whos)")
            #expect(whos.count >= 4)
            #expect(session.world.end?.why == .hlt)
        }

        @Test("a halt is a halt while something is watched, and breakpoints hold")
        func others() throws {
            let session = try session(Self.text)
            try session("build")
            try session("watch 0x300000")
            try session("break culprit")
            try session("continue")
            #expect(session.world.lastStop?.reason == .breakpoint)
            try session("delete")
            try session("watch 0x300000")
            try session("continue")
            #expect(session.world.end?.why == .hlt && session.world.memory[0x200003] == 0x41)
        }

        @Test("the timeline knows where bytes changed last, and before that")
        func whoWrote() throws {
            let session = try session(
                "movb $1, 0x200000; out %al, $0x80; out %al, $0x80; movb $2, 0x200000; out %al, $0x80; hlt")
            try session("continue")
            let last = try #require(session.timeline.lastChange(of: 0x200000, count: 1, before: session.timeline.end))
            #expect(last.before == [1] && last.after == [2] && last.isGuests)
            #expect(session.timeline.world(at: last.cursor).exitCount == 3)
            let first = try #require(session.timeline.lastChange(of: 0x200000, count: 1, before: last.position))
            #expect(first.before == [0] && first.after == [1])
            #expect(session.timeline.world(at: first.cursor).exitCount == 1)
            #expect(session.timeline.lastChange(of: 0x200000, count: 1, before: first.position) == nil)
        }
    }
}

extension World {
    func exitCount(of reason: String) -> Int { vcpus.reduce(0) { $0 + ($1.exitCounts[reason] ?? 0) } }
}
