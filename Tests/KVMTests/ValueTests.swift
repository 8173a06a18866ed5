import CKVM
import Testing

@testable import KVM

@Suite("Values")
struct ValueTests {
    @Test func registersSurviveTheTripThroughC() {
        var registers = Registers()
        registers.rax = 1
        registers.rbx = 2
        registers.rcx = 3
        registers.rdx = 4
        registers.rsi = 5
        registers.rdi = 6
        registers.rsp = 7
        registers.rbp = 8
        registers.r8 = 9
        registers.r9 = 10
        registers.r10 = 11
        registers.r11 = 12
        registers.r12 = 13
        registers.r13 = 14
        registers.r14 = 15
        registers.r15 = 16
        registers.rip = 17
        registers.rflags = 18
        let c = registers.c
        #expect(withUnsafeBytes(of: c) { [UInt64]($0.bindMemory(to: UInt64.self)) } == Array(1...18))
        #expect(Registers(c) == registers)
    }

    @Test func eventsSurviveTheTripThroughC() {
        var events = VCPUEvents()
        events.exceptionInjected = true
        events.exceptionVector = 6
        events.exceptionPayload = 0x1234
        events.exceptionHasPayload = true
        events.interruptVector = 0x20
        events.interruptShadow = 1
        events.nmiMasked = true
        events.flags = [.shadow, .smm]
        events.latchedINIT = 1
        events.tripleFaultPending = true
        #expect(VCPUEvents(events.c) == events)
        #expect(events.c.flags == UInt32(KVM_VCPUEVENT_VALID_SHADOW | KVM_VCPUEVENT_VALID_SMM))
    }

    @Test func bytesOfAnAccessKeepTheirOrder() {
        let four = ExitBytes([0x78, 0x56, 0x34, 0x12])
        #expect(four.value == 0x1234_5678)
        #expect(four.hex == "78563412")
        #expect(Array(four) == [0x78, 0x56, 0x34, 0x12])
        #expect(four == ExitBytes(word: 0xFFFF_FFFF_1234_5678, count: 4))
        let three = ExitBytes([1, 2, 3])
        #expect(three.value == 0x030201)
        let nine = ExitBytes(1...9)
        #expect(nine.count == 9)
        #expect(nine.hex == "010203040506070809")
        #expect(nine.value == 0x0807_0605_0403_0201)
        #expect(ExitBytes(word: .max, count: 99).count == 8)
        #expect(ExitBytes(word: .max, count: -1).isEmpty)
    }

    @Test func aCPUIDListThatLiesAboutItsLengthIsCut() {
        var bytes = CPUIDEntry.bytes([CPUIDEntry(function: 1)])
        bytes[0] = 0xFF
        #expect(CPUIDEntry.list(in: bytes) == [CPUIDEntry(function: 1)])
        #expect(CPUIDEntry.list(in: [1, 0, 0]) == [])
        #expect(MSREntry.list(in: [1], count: 4) == [])
        #expect(MSREntry.list(in: MSREntry.bytes([MSREntry(index: 1)]), count: 1 << 40).count == 1)
    }

    @Test func errnosHaveTheirNames() {
        #expect(Errno.exists.name == "EEXIST")
        #expect(Errno.exists.message == "File exists")
        #expect(Errno(rawValue: 4095).name == "errno 4095")
    }

    @Test func anErrorSaysWhatWasTriedOnWhatAndWhatToDo() {
        let error = KVMError(
            request: ckvm_KVM_CREATE_VCPU, subject: "the VM (fd 5)", detail: "vCPU number 0", errno: .exists)
        #expect(
            error.description
                == "KVM_CREATE_VCPU (vCPU number 0) on the VM (fd 5) failed: EEXIST (17, File exists); the VM has a vCPU with this number: give each vCPU its own number"
        )
        #expect(!error.description.contains("\n"))
    }

    @Test func anErrorWithoutAKnownCauseIsStillASentence() {
        let error = KVMError(request: 0xAEFF, subject: "vCPU 0 (fd 6)", errno: Errno(rawValue: 4000))
        #expect(error.description == "0xaeff on vCPU 0 (fd 6) failed: errno 4000 (4000, error 4000)")
    }

    @Test func runResultsTellOrdinaryFromFailed() {
        #expect(RunResult(result: 0) == .exit)
        #expect(RunResult(result: -4) == .interrupted)
        #expect(RunResult(result: -11) == .again)
        #expect(RunResult(result: -14) == .failed(.fault))
    }
}
