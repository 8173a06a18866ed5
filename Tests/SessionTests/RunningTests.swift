import Command
import Facts
import KVM
import Machine
import TestSupport
import Testing
import Timeline

@testable import Session

extension Live {
    @Suite("Stepping and running") struct RunningTests {
        static let hello = """
            mov $0x3f8, %dx
            lea text(%rip), %rsi
            1: lodsb
            test %al, %al
            jz 2f
            out %al, %dx
            jmp 1b
            2: hlt
            text: .asciz "Hello"
            """

        /// What a moment shows, as far as it can differ.
        static func picture(_ world: World) -> String {
            let vcpus = world.vcpus.map { vcpu in
                "\(vcpu.exits) \(vcpu.node) \(vcpu.isRunning) \(vcpu.lastStop?.reason.rawValue ?? "-") \(vcpu.registers?.general.rip ?? 0) \(vcpu.registers?.general.rsi ?? 0)"
            }
            return
                "\(world.position) \(world.exitCount) \(world.console.text) \(world.phase) \(vcpus) \(world.lastExit?.reason ?? "-")"
        }

        @Test("exit by exit forwards, then back over what was recorded: every moment is as it was")
        func thereAndBack() throws {
            let session = try session(Self.hello)
            try session("build")
            // It is said a little later than the machine stands.
            session.wait { session.world.sight != nil }
            var moments = [(session.timeline.end, Self.picture(session.world))]
            while session.world.end == nil {
                #expect(try session("step exit").isDone)
                moments.append((session.timeline.end, Self.picture(session.world)))
            }
            #expect(session.world.console.text == "Hello" && session.world.exitCount == 6)
            var cursor = session.timeline.end
            for (position, picture) in moments.dropLast().reversed() {
                cursor = try #require(session.timeline.cursor(before: cursor, boundary: .exit, vcpu: 0))
                #expect(cursor == position)
                #expect(Self.picture(session.timeline.world(at: cursor)) == picture)
            }
            for (position, picture) in moments.dropFirst() {
                cursor = try #require(session.timeline.cursor(after: cursor, boundary: .exit, vcpu: 0))
                #expect(cursor == position)
                #expect(Self.picture(session.timeline.world(at: cursor)) == picture)
            }
        }

        @Test("several exits are one step")
        func severalExits() throws {
            let session = try session(Self.hello)
            #expect(try session("step exit 3").isDone)
            #expect(session.world.console.text == "Hel" && session.world.exitCount == 3)
            #expect(session.world.lastStop?.reason == .exit)
        }

        @Test("instruction by instruction, with the registers of each")
        func instructions() throws {
            let session = try session("mov $1, %eax; add $2, %eax; nop; hlt")
            try session("step instruction")
            #expect(try session.holds("reg.rax == 1 && stop.reason == instruction && vcpu0.state == stopped") == true)
            try session("step instruction 2")
            #expect(try session.holds("reg.rax == 3") == true)
            try session("step instruction")
            #expect(try session.holds("vcpu0.state == halted && machine.state == ended && end.why == hlt") == true)
            #expect(try session("step instruction").refusal?.contains("reset") == true)
            #expect(try session("step exit").refusal?.contains("reset") == true)
            #expect(try session("skip").refusal != nil)
        }

        @Test("a guest that never exits is got back by a kick, which shows as the signal that it is")
        func pausing() throws {
            let session = try session("1: incq counter(%rip); jmp 1b; .balign 8; counter: .quad 0")
            for round in 1...20 {
                #expect(session.perform(.run) == .started)
                #expect(session.world.phase == .running)
                #expect(session.performAndWait(.pause).isDone)
                #expect(
                    try session.holds("machine.state == stopped && stop.reason == pause && exit.interrupted") == true,
                    "round \(round)")
            }
            #expect(try session.fact("flow.count(signal-yes)") == session.fact("exit.count(intr)"))
            #expect(try session("pause").isDone)
            let before = try session.fact("mem64[counter]")
            #expect(session.perform(.run) == .started)
            try session.wait { try session.fact("machine.state") == .text("running") }
            #expect(session.performAndWait(.pause).isDone)
            #expect(before.unknownReason == nil)
        }

        @Test("the calls of a run balance: every KVM_RUN came back for a reason")
        func balance() throws {
            let session = try session("mov $50, %ecx; 1: out %al, $0x80; loop 1b; 2: jmp 2b")
            #expect(session.perform(.run) == .started)
            session.wait { session.world.exitCount >= 50 }
            #expect(session.performAndWait(.pause).isDone)
            let vcpu = session.world.vcpus[0]
            #expect(vcpu.arrows[.run] == vcpu.arrows[.ioYes] + vcpu.arrows[.signalYes])
            #expect(vcpu.arrows[.again] == vcpu.arrows[.run] - 1)
            #expect(vcpu.arrows[.ioYes] == 50)
        }

        @Test("until stops at the first exit at which its condition holds")
        func until() throws {
            let session = try session(Self.hello)
            #expect(try session("until contains(console, ell)").isDone)
            #expect(session.world.console.text == "Hell")
            #expect(session.world.lastStop?.reason == .until)
            #expect(try session("until exit.reason == hlt").isDone)
            #expect(session.world.end?.why == .hlt)
        }

        @Test("an until that never holds leaves its turn to others, and can be paused")
        func endlessUntil() throws {
            let session = try session("1: out %al, $0x80; jmp 1b")
            #expect(session.perform(try Command(parsing: "until reg.rbx == 5")) == .started)
            session.wait { session.world.exitCount > 100 }
            #expect(session.isBusy)
            #expect(session.performAndWait(.pause).isDone)
            #expect(!session.isBusy && session.world.phase == .stopped)
            let count = session.world.exitCount
            session.pump()
            #expect(session.world.exitCount == count)
        }

        @Test("breakpoints stop before their instruction, again and again, and not when they are gone")
        func breakpoints() throws {
            let session = try session("again: inc %ebx; here: inc %ecx; jmp again")
            #expect(try session("break here").isDone)
            for round in 1...3 {
                #expect(try session("continue").isDone)
                #expect(
                    try session.holds(
                        "stop.reason == breakpoint && reg.rip == here && reg.rbx == \(round) && reg.rcx == \(round - 1)"
                    ) == true)
            }
            #expect(try session("delete here").isDone)
            #expect(try session("delete here").refusal != nil)
            #expect(session.perform(.run) == .started)
            #expect(session.performAndWait(.pause).isDone)
            #expect(session.world.lastStop?.reason == .pause)
            for address in 1...4 { #expect(try session("break \(address)").isDone) }
            #expect(try session("break 5").refusal?.contains("four") == true)
            #expect(try session("break nowhere").refusal != nil)
        }

        @Test(
            "an internal error is an ordinary state: skip goes on behind the instruction",
            .enabled(if: LiveHost.isEmulating, "only a KVM that emulates CPL 0 refuses int3"))
        func skipping() throws {
            let session = try session("mov $6, %al; int3; inc %al; out %al, $0xf4")
            #expect(try session("run").isDone)
            #expect(
                try session.holds(
                    "stop.reason == failure && exit.reason == internal-error && exit.suberror == 1 && vcpu0.state == failed"
                ) == true)
            #expect(session.world.phase == .stopped && session.world.end == nil)
            #expect(try session("step exit").refusal?.contains("skip") == true)
            #expect(try session("skip").isDone)
            #expect(try session("run").isDone)
            #expect(try session.holds("end.why == exit && end.code == 7") == true)
        }

        @Test("registers and memory are what was set, also at an access that is still open")
        func setting() throws {
            let session = try session(
                "in $0x3d, %al; out %al, $0x80; mov value(%rip), %eax; out %eax, $0x80; hlt; value: .long 1")
            #expect(try session("step exit").isDone)
            #expect(try session("set rax = 0x42").isDone)
            #expect(try session("poke32 value = 0xcafe").isDone)
            #expect(try session.holds("reg.rax == 0x42 && mem32[value] == 0xcafe") == true)
            #expect(try session("step exit").isDone)
            #expect(try session.holds("exit.data == 0x42") == true)
            #expect(try session("step exit").isDone)
            #expect(try session.holds("exit.data == 0xcafe") == true)
            #expect(try session("set al = 0x11").isDone)
            #expect(try session.fact("reg.rax") == .integer(0xCA11))
            #expect(try session("set cr2 = 0x1234").isDone)
            #expect(try session.fact("reg.cr2") == .integer(0x1234))
            #expect(try session("poke 0x100000000 = 1").refusal?.contains("not mapped") == true)
            #expect(try session("poke 0xf0000000 = 1").refusal?.contains("no memory slot") == true)
            #expect(try session("set cr0 = 0x80000000").refusal != nil || session.world.problem == nil)
        }

        @Test("the debug-exit port ends the run with its code", arguments: [0, 3, 255])
        func debugExit(code: Int) throws {
            let session = try session("mov $\(code), %al; out %al, $0xf4; hlt")
            #expect(try session("run").isDone)
            #expect(session.world.end == RunEnd(why: .exit, code: code))
            #expect(session.world.lastStop?.reason == .ended && session.world.phase == .ended)
        }

        @Test("a triple fault ends the run as a shutdown")
        func shutdown() throws {
            let session = try session("lea null(%rip), %rax; lidt (%rax); ud2; null: .quad 0, 0")
            #expect(try session("run").isDone)
            #expect(session.world.end?.why == .shutdown && session.world.lastStop?.reason == .failure)
        }

        @Test("a refused KVM_RUN is a stop with the reason, and can be tried again")
        func refusedRun() throws {
            let session = try session("mov $1, %al; out %al, $0x80; hlt")
            try session("build")
            session.door.inject(DoorFault(.ioctl(0xAE80), errno: .fault, count: 1))
            #expect(try session("step exit").refusal?.contains("EFAULT") == true)
            #expect(session.world.lastStop?.reason == .refused && session.world.problem?.contains("KVM_RUN") == true)
            session.door.removeFaults()
            #expect(try session("step exit").isDone)
            #expect(session.world.lastExit?.reason == "io")
        }

        @Test("a guest that floods the console fills no memory")
        func flood() throws {
            let session = try session("mov $0x3f8, %dx; mov $'x', %al; 1: out %al, %dx; jmp 1b")
            #expect(session.perform(.run) == .started)
            session.wait { session.world.console.total > 60_000 }
            #expect(session.performAndWait(.pause).isDone)
            #expect(session.world.console.bytes.count <= 2 * ConsoleTail.limit)
            #expect(session.timeline.end - session.timeline.first <= (1 << 18) + 8192)
        }

        @Test("commands that make no sense now are refused in words")
        func refusals() throws {
            let session = try session("1: jmp 1b")
            #expect(try session("skip").refusal != nil)
            #expect(try session("poke 0x1000 = 1").refusal != nil)
            #expect(try session("set rax = 1").refusal != nil)
            #expect(try session("vcpu 3").refusal?.contains("numbered from 0") == true)
            #expect(session.perform(.run) == .started)
            for line in [
                "step exit", "step instruction", "step ioctl", "build", "skip", "set rax = 1", "poke 0x1000 = 1",
                "create vcpu 5",
            ] {
                #expect(session.perform(try Command(parsing: line)).refusal != nil, "\(line)")
            }
            #expect(session.performAndWait(.pause).isDone)
            #expect(try session("expect reg.rip == 0x100000").isDone)
            #expect(try session("expect reg.rax == 77").refusal?.contains("0") == true)
            #expect(try session("expect exit.port == 1").refusal?.contains("not known") == true)
        }

        @Test("of a guest that writes more than is kept, the rest is unknown and not zero")
        func muchMemory() throws {
            let session = try session(
                "mov $0x200000, %ebx; 1: movb $7, (%rbx); add $4096, %rbx; cmp $0x240000, %rbx; jb 1b; out %al, $0x80; 2: jmp 2b"
            )
            session.knownPages = 40
            try session("step exit")
            #expect(session.world.memory.readCount == 40)
            #expect(try session.fact("mem8[0x200000]") == .integer(7))
            #expect(try session.fact("mem8[0x23f000]").unknownReason?.contains("left out") == true)
            // What is read once is read again; what is written beside it is still too much.
            #expect(try session("poke 0x200000 = 9").isDone)
            #expect(try session.fact("mem8[0x200000]") == .integer(9))
            #expect(session.world.memory.readCount == 40)
        }

        @Test("memory that the guest changed is read, each page with its content")
        func memory() throws {
            let session = try session("movq $0x1122, 0x9000; out %al, $0x80; movq $0x3344, 0x9000; out %al, $0x80; hlt")
            try session("step exit")
            #expect(try session.fact("mem64[0x9000]") == .integer(0x1122))
            let cursor = session.timeline.end
            try session("step exit")
            #expect(try session.fact("mem64[0x9000]") == .integer(0x3344))
            #expect(session.world.memory.hasChanged(0x9000) && !session.world.memory.hasChanged(0x9010))
            #expect(session.timeline.world(at: cursor).memory.word(at: 0x9000, size: 8) == 0x1122)
            // The start state's tables and the image were read too.
            #expect(session.world.memory.word(at: 0x1000, size: 8).map { $0 & ~0x20 } == 0x2003)
        }
    }
}
