import Command
import Facts
import Testing
import Timeline

@testable import Session

extension Live {
    @Suite("Ioctls that a person makes by hand") struct TryingIoctlsTests {
        @Test(
            "the descriptor, the request and the argument decide what KVM answers",
            arguments: [
                ("ioctl system KVM_GET_API_VERSION", "ioctl.result == 12 && ioctl.class == system"),
                ("ioctl vm KVM_RUN", "ioctl.errno == ENOTTY && contains(ioctl.road, \"kvm_arch_vm_ioctl\")"),
                ("ioctl vcpu KVM_GET_REGS", "ioctl.errno == EFAULT && ioctl.direction == read && ioctl.size == 144"),
                ("ioctl vcpu 0x4088ae82", "ioctl.errno == EINVAL && ioctl.number == 0x82 && ioctl.type == 0xae"),
                ("ioctl vm KVM_CREATE_VCPU", "ioctl.errno == EEXIST && ioctl.argument == 0"),
                ("ioctl system KVM_CHECK_EXTENSION 66", "ioctl.errno == none && ioctl.argument == 66"),
                ("ioctl system KVM_CHECK_EXTENSION KVM_CAP_USER_MEMORY", "ioctl.result == 1 && ioctl.argument == 3"),
            ])
        func answers(command: String, fact: String) throws {
            let session = try session("hlt")
            try session("build")
            #expect(try session(command).isDone)
            #expect(try session.holds(fact) == true, "\(fact)")
            #expect(try session.holds("vcpu0.state == ready && ioctl.result == ioctl.result") == true)
        }

        @Test("a request takes another road on another kind of descriptor")
        func roads() throws {
            let session = try session("hlt")
            try session("build")
            try session("ioctl system KVM_CHECK_EXTENSION 9")
            #expect(try session.holds("contains(ioctl.road, \"kvm_dev_ioctl\")") == true)
            try session("ioctl vm KVM_CHECK_EXTENSION 9")
            #expect(try session.holds("contains(ioctl.road, \"kvm_vm_ioctl\")") == true)
        }

        @Test(
            "a descriptor that comes back is closed at once",
            arguments: ["system KVM_CREATE_VM", "vm KVM_GET_STATS_FD"])
        func closed(call: String) throws {
            let session = try session("hlt")
            try session("build")
            let before = session.world.descriptors.filter { $0.openedBy != nil }.count
            #expect(try session("ioctl \(call)").isDone)
            #expect(try session.holds("ioctl.errno == none && ioctl.result > 2") == true)
            #expect(session.world.descriptors.filter { $0.openedBy != nil }.count == before)
        }

        @Test("the guest is not run by hand, no address is handed over, and it runs on afterwards")
        func refused() throws {
            let session = try session("hlt")
            try session("build")
            #expect(try session("ioctl vcpu KVM_RUN").refusal?.contains("step exit") == true)
            #expect(try session("ioctl vcpu KVM_GET_REGS 0x10000").refusal?.contains("0x10000") == true)
            #expect(try session("ioctl vcpu KVM_GET_REGS").isDone)
            #expect(try session("run").isDone)
            #expect(session.world.end?.why == .hlt)
        }
    }
}
