import Command
import Facts
import Testing
import Timeline

@testable import Session

extension Live {
    @Suite("Going back with the machine") struct BranchTests {
        /// Sixty exits whose data depend on all before; memory changes between them.
        static let busy = """
            mov $0x9e3779b97f4a7c15, %r10
            mov $1, %rbx
            mov $60, %ecx
            mov $0x80, %dx
            1: imul %r10, %rbx
            mov %rbx, 0x200000(,%rcx,8)
            mov %ebx, %eax
            out %eax, %dx
            dec %ecx
            jnz 1b
            hlt
            """

        /// What a guest does, without what no two runs share: exits with registers, console, changed memory.
        static func happenings(_ timeline: Timeline, from start: Int) -> [String] {
            (start..<timeline.end).compactMap { position in
                switch timeline[position]?.body {
                case .exit(let exit):
                    "\(exit.reason) \(exit.detail) \(exit.rip ?? 0) \(exit.registers.map { "\($0.general)" } ?? "-")"
                case .console(let text): text.text
                case .end(let end): "\(end)"
                default: nil
                }
            }
        }

        @Test(
            "from the middle of its past the guest makes the same exits again, in a branch", arguments: [0, 1, 17, 59])
        func same(exit: Int) throws {
            let session = try session(Self.busy)
            try session("build")
            try session("step exit")
            #expect(try session("continue").isDone)
            #expect(session.world.end?.why == .hlt && session.world.exitCount == 61)
            let first = Self.happenings(session.timeline, from: 0)
            var cursor = session.timeline.end
            while session.timeline.world(at: cursor).exitCount > exit {
                cursor = try #require(session.timeline.cursor(before: cursor, boundary: .exit, vcpu: 0))
            }
            let world = session.timeline.world(at: cursor)
            #expect(world.exitCount == exit)
            #expect(session.perform(.resume(cursor)).isDone)
            #expect(session.timeline.branch == 2 && session.timeline.branches.count == 2)
            #expect(session.world.exitCount == exit && session.world.end == nil && session.world.phase != .running)
            #expect(
                session.world.memory.bytes(at: 0x200000, count: 512) == world.memory.bytes(at: 0x200000, count: 512))
            #expect(try session("continue").isDone)
            #expect(Self.happenings(session.timeline, from: 0) == first)
            let comparison = try #require(BranchComparison(session.timeline, with: 1))
            #expect(comparison.difference == nil && comparison.rows.count == 61 - exit)
        }

        @Test("the old future is a branch to which one can return, the machine too")
        func goAndReturn() throws {
            let session = try session(Self.busy)
            for _ in 0..<5 { try session("step exit") }
            let end = Self.happenings(session.timeline, from: 0)
            let registers = session.world.vcpus[0].registers?.general
            let back = try #require(session.timeline.cursor(before: session.timeline.end, boundary: .exit, vcpu: 0))
            #expect(session.perform(.resume(back)).isDone)
            try session("set rbx = 7")
            #expect(session.timeline.branch(2)?.name == "set rbx = 7")
            try session("step exit 2")
            #expect(session.world.exitCount == 6)
            #expect(try session("branch 1").isDone)
            #expect(session.timeline.branch == 1 && session.world.exitCount == 5)
            #expect(Self.happenings(session.timeline, from: 0) == end)
            #expect(session.world.vcpus[0].registers?.general.rbx == registers?.rbx)
            try session("step exit")
            #expect(session.world.exitCount == 6)
            #expect(try session("branch 2").isDone)
            #expect(session.world.exitCount == 6)
            let comparison = try #require(BranchComparison(session.timeline, with: 1))
            #expect(comparison.sharedExits == 4 && comparison.difference?.row == 0)
            #expect(comparison.difference?.text.contains("data") == true)
            try session("continue")
            #expect(session.world.end?.why == .hlt)
            #expect(try session.holds("branch.current == 2 && branch.count == 2") == true)
        }

        @Test("a changed byte makes another future")
        func poke() throws {
            let session = try session(
                "1: mov 0x200000, %al; out %al, $0x80; cmp $3, %al; je 2f; incb 0x200000; jmp 1b; 2: hlt")
            try session("continue")
            #expect(session.world.exitCount == 5)
            let cursor = try #require(session.timeline.cursor(before: session.timeline.end, boundary: .exit, vcpu: 0))
            let second = try #require(session.timeline.cursor(before: cursor, boundary: .exit, vcpu: 0))
            let third = try #require(session.timeline.cursor(before: second, boundary: .exit, vcpu: 0))
            #expect(session.perform(.resume(third)).isDone)
            try session("poke 0x200000 = 2")
            try session("continue")
            #expect(session.world.exitCount == 4 && session.world.end?.why == .hlt)
        }

        @Test("several vCPUs that stand are set back too")
        func severalVCPUs() throws {
            let session = try session(
                "mov $3, %ecx; 1: mov %ecx, %eax; out %al, $0x80; dec %ecx; jnz 1b; hlt", vcpus: 2)
            for line in ["step exit", "vcpu 1", "step exit 2"] { try session(line) }
            let cursor = session.timeline.end
            try session("continue")
            #expect(session.world.end?.why == .hlt)
            #expect(session.perform(.resume(cursor)).isDone)
            #expect(session.world.vcpus.map(\.exits) == [1, 2])
            try session("continue")
            #expect(session.world.end?.why == .hlt && session.world.vcpus.map(\.exits) == [4, 4])
        }

        @Test("single steps can be gone back over, with the machine, to each instruction")
        func instructions() throws {
            let session = try session("mov $1, %eax; mov $2, %eax; mov $3, %eax; out %al, $0x80; mov $4, %eax; hlt")
            for _ in 0..<5 { try session("step instruction") }
            var cursor = session.timeline.end
            for left in [4, 3, 2, 1] {
                cursor = try #require(session.timeline.cursor(before: cursor, boundary: .stop, vcpu: 0))
                let before = session.timeline.world(at: cursor).vcpus[0].registers?.general
                #expect(session.perform(.resume(cursor)).isDone, "\(left)")
                #expect(session.world.vcpus[0].registers?.general == before, "\(left)")
                try session("step instruction")
                #expect(try session("branch 1").isDone)
            }
        }

        @Test("where keyframes were thinned out, the machine runs up to the place again and says so")
        func rerun() throws {
            let session = try session(
                "mov $300, %ecx; 1: mov %ecx, %eax; out %eax, $0x80; dec %ecx; jnz 1b; hlt")
            try session("continue")
            var cursor = session.timeline.end
            var exits = 301
            while exits > 251 {
                cursor = try #require(session.timeline.cursor(before: cursor, boundary: .exit, vcpu: 0))
                exits = session.timeline.world(at: cursor).exitCount
            }
            guard case .done(let text?) = session.perform(.resume(cursor)) else {
                Issue.record("not set back")
                return
            }
            #expect(session.world.exitCount == 251)
            #expect(session.world.vcpus[0].registers?.general.rcx == 300 - 250)
            #expect(text.contains("the same as before"), "\(text)")
        }

        @Test("keyframes of a long run stay within their budget")
        func budget() throws {
            let session = try session(
                """
                mov $20000, %ecx
                1: mov %rcx, 0x200000(,%rcx,8)
                out %al, $0x80
                dec %ecx
                jnz 1b
                hlt
                """)
            #expect(session.performAndWait(.run, milliseconds: 100_000).isDone)
            #expect(session.world.end?.why == .hlt)
            #expect(session.keyframes.count <= KeyframeStore.countLimit && session.keyframes.count > 50)
            #expect(session.keyframes.size <= KeyframeStore.sizeLimit)
        }

        @Test("a pause in a run that is cut by keyframes is a pause, with its signal")
        func pause() throws {
            let session = try session("1: out %al, $0x80; jmp 1b")
            _ = session.perform(.run)
            session.letRun()
            #expect(try session("pause").isDone)
            #expect(session.world.lastStop?.reason == .pause)
            #expect(try session.holds("exit.interrupted") == true)
        }

        @Test("what cannot be gone back to is refused in one line")
        func refusals() throws {
            let session = try session("out %al, $0x80; hlt")
            #expect(!session.perform(.resume(1)).isDone)
            try session("step exit")
            #expect(!session.perform(.resume(session.timeline.end)).isDone)
            #expect(!session.perform(.resume(2)).isDone)
            #expect(!session.perform(.branch(3)).isDone)
            #expect(session.timeline.branches.count == 1)
        }
    }
}
