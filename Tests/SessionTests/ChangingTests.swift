import Command
import Facts
import TestSupport
import Testing
import Timeline

@testable import Session

extension Live {
    @Suite("Changing the machine, and facts of the moment") struct ChangingTests {
        @Test("a value that does not fit is refused and nothing is written; what is said is read back")
        func fitting() throws {
            let session = try session("hlt")
            try session("build")
            for line in [
                "poke 0x200000 = 0x100", "poke16 0x200000 = 0x10000", "poke32 0x200000 = 0x100000000",
                "poke 0x200000 = -129", "set al = 0x1ff", "set ax = -32769", "set eax = 0x100000000",
            ] {
                #expect(try session(line).refusal?.contains("does not fit") == true, "\(line)")
            }
            #expect(try session.holds("mem64[0x200000] == 0") == true)
            #expect(try session("poke 0x200000 = -1") == .done("the byte at 0x200000 is now 0xff"))
            #expect(try session("poke16 0x200000 = 0xfffe") == .done("the 2 bytes at 0x200000 are now 0xfffe"))
            #expect(try session("set al = -1") == .done("al is now 0xff"))
            #expect(try session.holds("reg.al == 0xff && mem64[0x200000] == 0xfffe") == true)
            // Bit 1 of RFLAGS is always 1.
            #expect(try session("set rflags = 0") == .done("rflags was set to 0x0 and reads 0x2 now"))
        }

        @Test("only an instruction that KVM could not execute is skipped")
        func healthy() throws {
            let session = try session("mov $1, %eax; out %al, $0x80; hlt")
            try session("step exit")
            #expect(try session("skip").refusal?.contains("could not execute") == true)
            #expect(try session.holds("exit.number == 1") == true)
        }

        @Test("after a free run memory and registers are those of the moment, or unknown")
        func moments() throws {
            let session = try session(
                "mov $900, %ecx; 1: incl 0x200000; out %al, $0x80; loop 1b; hlt")
            try session("continue")
            #expect(try session.holds("mem32[0x200000] == 900 && reg.rcx == 0") == true)
            let timeline = session.timeline
            var (known, unknown) = (0, 0)
            var position = 0
            while let exit = timeline.next(from: position, of: [.exit]) {
                position = exit + 1
                let cursor = timeline.cursor(after: exit, boundary: .exit, vcpu: 0) ?? position
                let facts = WorldFacts(timeline, at: cursor, vcpu: 0)
                let number = facts.world.exitCount
                guard number % 97 == 0 || number < 100 else { continue }
                switch facts.value(of: FactReference(.mem32, argument: .address(0x20_0000))) {
                case .integer(let value):
                    known += 1
                    #expect(value == UInt64(number), "exit \(number)")
                case .unknown(let reason):
                    unknown += 1
                    #expect(reason.contains("has run since"))
                case let other: Issue.record("\(other)")
                }
                // Each exit came with its registers.
                let rcx = try Expression(parsing: "reg.rcx").value(in: facts)
                if number < 900 { #expect(rcx == .integer(UInt64(901 - number)), "exit \(number): \(rcx)") }
            }
            #expect(known > 30 && unknown > 5)
        }

        @Test("while the guest runs nothing is told of its memory and registers")
        func running() throws {
            let session = try session("1: incl 0x200000; jmp 1b")
            try session("build")
            #expect(session.perform(.run) == .started)
            session.letRun(milliseconds: 20)
            for fact in ["mem32[0x200000]", "reg.rip", "vcpu.mode"] {
                #expect(try session.fact(fact).unknownReason?.contains("pause it") == true, "\(fact)")
            }
            #expect(try session("expect mem32[0x200000] == 0").refusal?.contains("not known") == true)
            try session("pause")
            #expect(try session.holds("mem32[0x200000] > 0 && vcpu.mode == long") == true)
        }

        @Test("a closed gate stays closed when the machine is built anew, and calls go on one by one")
        func gate() throws {
            let session = try session("out %al, $0x80; hlt")
            try session("build")
            try session("gate on")
            try session("step exit")
            #expect(session.world.waiting?.name == "KVM_RUN")
            try session("step ioctl")
            try session("step ioctl")
            #expect(try session.holds("exit.number >= 1") == true)
            try session("reset")
            #expect(session.world.waiting != nil && session.world.phase == .building)
            try session("step ioctl")
            #expect(session.world.waiting != nil)
            try session("gate off")
            try session("build")
            #expect(session.world.phase == .ready)
        }

        @Test("an exit's place on a branch is behind the exit, not where the machine was set back to it")
        func placeOnBranch() throws {
            let session = try session("out %al, $0x80; out %al, $0x81; hlt")
            try session("step exit 2")
            let timeline = session.timeline
            let exit = try #require(timeline.next(from: 0, of: [.exit]))
            let place = try #require(timeline.cursor(after: exit, boundary: .exit, vcpu: 0))
            try session("resume \(place)")
            #expect(timeline.branch == 2)
            #expect(timeline.cursor(after: exit, boundary: .exit, vcpu: 0) == place)
        }

        @Test("a mark at the end names the event that it was set at")
        func mark() throws {
            let session = try session("hlt")
            try session("build")
            let end = session.timeline.end
            try session("mark here")
            #expect(session.world.marks["here"] == end)
        }
    }
}
