import Command
import Facts
import TestSupport
import Testing
import Timeline

@testable import Session

extension Live {
    @Suite("Memory slots that a person makes") struct SettingSlotsTests {
        @Test("a second slot can be written and read, is on the timeline, and can be taken away")
        func second() throws {
            let session = try session("hlt")
            try session("build")
            #expect(try session.holds("known(mem64[0x10000000])") == false)
            #expect(try session("slot 1 0x10000000 64K").isDone)
            #expect(session.world.memory.slots.map(\.id) == [0, 1])
            #expect(try session("poke64 0x10000008 = 0x1234").isDone)
            #expect(try session.holds("mem64[0x10000008] == 0x1234 && mem64[0x10000000] == 0") == true)
            #expect(try session("slot 1 0x10000000 0").isDone)
            #expect(session.world.memory.slots.map(\.id) == [0])
            #expect(try session.holds("known(mem64[0x10000008])") == false)
        }

        /// A machine that was built with a second slot of one page.
        private func withSlot(_ guest: String) throws -> Session {
            var configuration = SessionConfiguration(image: try assembled(guest))
            configuration.slots = [SlotPlan(start: 0x1000_0000, size: 4096)]
            let session = Session(configuration)
            try session("build")
            return session
        }

        @Test("a slot that the machine was built with stays away once it is taken away, whatever is done then")
        func builtWith() throws {
            let session = try withSlot("movabs $0x10000000, %rbx; out %al, $0x80; movl $5, (%rbx); hlt")
            try session("step exit")
            #expect(try session("slot 1 0x10000000 0").isDone)
            #expect(session.world.memory.slots.map(\.id) == [0])
            #expect(try session("poke 0x200000 = 1").isDone)
            #expect(try session("poke 0x10000000 = 1").isDone == false)
            try session("step exit")
            #expect(try session.holds("exit.reason == mmio && exit.address == 0x10000000 && exit.data == 5") == true)
        }

        @Test("a slot may come again elsewhere under the number of one that the machine was built with")
        func again() throws {
            let session = try withSlot(
                "movabs $0x20000000, %rbx; out %al, $0x80; movl $5, (%rbx); out %al, $0x80; hlt")
            #expect(try session("poke64 0x10000000 = 0x77").isDone)
            #expect(try session("slot 1 0x10000000 0").isDone)
            #expect(try session("slot 1 0x20000000 8K").isDone)
            try session("step exit")
            try session("step exit")
            #expect(try session.holds("mem64[0x20000000] == 5 && !known(mem64[0x10000000])") == true)
            #expect(try session("slot 1 0x20000000 0").isDone)
            #expect(try session("slot 1 0x20000000 8K").isDone)
            #expect(try session("poke64 0x20000008 = 1").isDone)
            #expect(try session.holds("mem64[0x20000000] == 0") == true)
        }

        @Test("what is watched in a slot that came later stops the run")
        func watched() throws {
            let session = try session("movabs $0x10000000, %rbx; nop; movl $5, (%rbx); out %al, $0x80; hlt")
            try session("build")
            #expect(try session("slot 1 0x10000000 4K").isDone)
            try session("watch 0x10000000")
            try session("continue")
            #expect(session.world.lastStop?.reason == .watchpoint)
            #expect(try session.holds("mem64[0x10000000] == 5 && exit.count(io) == 0") == true)
        }

        @Test("back where other slots were, the slots are those again, with what they held")
        func resumed() throws {
            let session = try session("movabs $0x10000000, %rbx; out %al, $0x80; incl (%rbx); out %al, $0x80; hlt")
            try session("build")
            try session("step exit")
            let without = session.timeline.end
            #expect(try session("slot 1 0x10000000 64K").isDone)
            #expect(try session("poke64 0x10000000 = 0x40").isDone)
            try session("step exit")
            #expect(try session.holds("exit.port == 0x80 && mem64[0x10000000] == 0x41") == true)
            let with = session.timeline.end
            #expect(try session("slot 1 0x10000000 0").isDone)
            #expect(session.performAndWait(.resume(with)).isDone)
            #expect(session.world.memory.slots.map(\.id) == [0, 1])
            #expect(try session.holds("mem64[0x10000000] == 0x41") == true)
            #expect(try session("poke64 0x10000000 = 0x50").isDone)
            #expect(session.performAndWait(.resume(without)).isDone)
            #expect(session.world.memory.slots.map(\.id) == [0])
            try session("step exit")
            #expect(try session.holds("exit.reason == mmio && exit.address == 0x10000000") == true)
        }

        @Test(
            "what KVM will not have is answered with its errno",
            arguments: [
                ("slot 1 0x1000 64K", "EEXIST"), ("slot 1 0x10000800 64K", "EINVAL"), ("slot 2 0x10000000 0", "EINVAL"),
            ])
        func refused(command: String, errno: String) throws {
            let session = try session("hlt")
            try session("build")
            #expect(try session(command).isDone)
            #expect(try session.holds("ioctl.last == KVM_SET_USER_MEMORY_REGION && ioctl.errno == \(errno)") == true)
            #expect(session.world.memory.slots.map(\.id) == [0])
        }
    }
}
