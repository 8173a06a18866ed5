import Command
import Facts
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
