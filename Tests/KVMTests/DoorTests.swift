import CKVM
import Testing

@testable import KVM

/// The door without a kernel: a descriptor that was never opened answers EBADF.
@Suite("The ioctl door")
struct DoorTests {
    private let nowhere = IoctlDoor.Target(fd: -1, kind: .vm)

    @Test func withoutAnObserverCallsPass() {
        #expect(IoctlDoor().ioctl(nowhere, request: ckvm_KVM_GET_API_VERSION) == -9)
    }

    @Test func atLevelOffNothingIsTold() {
        let recorder = Recorder()
        let door = IoctlDoor(observer: recorder)
        _ = door.ioctl(nowhere, request: ckvm_KVM_CREATE_VM)
        #expect(recorder.events == [])
    }

    @Test func aRecordHoldsRequestResultAndStructure() throws {
        let recorder = Recorder()
        let door = IoctlDoor(observer: recorder, level: .record)
        var value: UInt64 = 0x1122
        let result = withUnsafeMutableBytes(of: &value) {
            door.ioctl(
                nowhere, request: ckvm_KVM_SET_IDENTITY_MAP_ADDR, structure: $0, purpose: .observation)
        }
        #expect(result == -9)
        let record = try #require(recorder.records.first)
        #expect(recorder.events.count == 1)
        #expect(record.call.request == ckvm_KVM_SET_IDENTITY_MAP_ADDR)
        #expect(record.call.before == [0x22, 0x11, 0, 0, 0, 0, 0, 0])
        #expect(record.after == record.call.before)
        #expect(record.call.kind == .vm)
        #expect(record.call.purpose == .observation)
        #expect(record.errno == .badDescriptor)
        #expect(record.end >= record.begin)
        #expect(record.thread > 0)
        #expect(record.fields == [IoctlField("value", "0x1122")])
    }

    @Test func atTheGateACallIsAnnouncedBeforeItIsMade() {
        let recorder = Recorder()
        let door = IoctlDoor(observer: recorder, level: .gate)
        _ = door.ioctl(nowhere, request: ckvm_KVM_CREATE_VCPU, integer: 3)
        guard recorder.events.count == 2, case .will(let call) = recorder.events[0],
            case .did(let record) = recorder.events[1]
        else {
            Issue.record("\(recorder.events)")
            return
        }
        #expect(call == record.call)
        #expect(call.fields.first?.value == "3")
    }

    @Test func theLevelCanChangeAtAnyTime() {
        let recorder = Recorder()
        let door = IoctlDoor(observer: recorder)
        for level in [IoctlDoor.Level.record, .off, .gate, .off] {
            door.level = level
            #expect(door.level == level)
            _ = door.ioctl(nowhere, request: ckvm_KVM_NMI)
        }
        #expect(recorder.events.count == 3)
    }

    @Test func aFaultAnswersInTheKernelsPlace() {
        let recorder = Recorder()
        let door = IoctlDoor(observer: recorder, level: .record)
        door.inject(DoorFault(.ioctl(ckvm_KVM_CREATE_VM), errno: .busy, skip: 1, count: 2))
        let results = (0..<4).map { _ in door.ioctl(nowhere, request: ckvm_KVM_CREATE_VM) }
        #expect(results == [-9, -16, -16, -9])
        #expect(recorder.records.map(\.result) == results)
        door.inject(DoorFault(.ioctl(ckvm_KVM_CREATE_VM), errno: .outOfMemory))
        #expect(door.ioctl(nowhere, request: ckvm_KVM_NMI) == -9)
        door.removeFaults()
        #expect(door.ioctl(nowhere, request: ckvm_KVM_CREATE_VM) == -9)
        #expect(door.level == .record, "faults and level do not disturb each other")
    }

    @Test(arguments: [
        (Errno.noEntry, "KVM is not there"), (.accessDenied, "join the group"), (.noSuchAddress, "driver"),
    ])
    func aRefusedOpenSaysWhatToDo(errno: Errno, hint: String) {
        let door = IoctlDoor()
        door.inject(DoorFault(.open, errno: errno))
        #expect {
            _ = try System.open(path: "/dev/kvm", door: door).fd
        } throws: { error in
            let text = "\(error)"
            return text.hasPrefix("open on /dev/kvm failed: \(errno.name)") && text.contains(hint)
        }
    }

    @Test func aPathThatIsNotThereIsNamed() {
        #expect {
            _ = try System.open(path: "/dev/no-such-kvm").fd
        } throws: { error in
            (error as? KVMError)?.subject == "/dev/no-such-kvm" && (error as? KVMError)?.errno == .noEntry
        }
    }

    @Test func aRunThatIsMadeToFailIsARunResult() {
        let recorder = Recorder()
        let door = IoctlDoor(observer: recorder, level: .record)
        door.inject(DoorFault(.ioctl(ckvm_KVM_RUN), errno: .fault, count: 1))
        #expect(RunResult(result: door.run(fd: -1, vcpu: 0)) == .failed(.fault))
        #expect(recorder.runs.map(\.result) == [-14])
    }
}
