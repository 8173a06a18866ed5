import Command
import Facts
import KVM
import Machine
import TestSupport
import Testing
import Timeline

@testable import Session

extension Live {
    @Suite("Several vCPUs, the gate, and the end") struct SeveralVCPUTests {
        @Test("one vCPU steps while the other stands")
        func apart() throws {
            let session = try session("inc %ebx; out %al, $0x80; inc %ebx; hlt", vcpus: 2)
            #expect(try session("vcpu 1").isDone)
            #expect(try session("step exit").isDone)
            #expect(
                try session.holds(
                    "vcpu1.rbx == 1 && vcpu0.rbx == 0 && vcpu1.exits == 1 && vcpu0.exits == 0 && exit.vcpu == 1")
                    == true)
            #expect(try session("step exit").isDone)
            #expect(
                try session.holds("vcpu1.state == halted && vcpu0.state == ready && machine.state == stopped") == true)
            #expect(try session("step exit").refusal?.contains("vCPU 1 has halted") == true)
            #expect(session.perform(.nextVCPU).isDone && session.vcpu == 0)
            #expect(try session("run").isDone)
            #expect(session.world.end?.why == .hlt)
            #expect(try session("run").refusal?.contains("ended") == true)
        }

        @Test("two vCPUs run at once, and both stand when one stops")
        func together() throws {
            let session = try session("test %edi, %edi; jz 1f; 2: jmp 2b; 1: mov $9, %al; out %al, $0xf4", vcpus: 2)
            #expect(try session("run").isDone)
            // vCPU 0 ended the run; that vCPU 1 was made to stand comes after it and hides nothing.
            #expect(session.world.end == RunEnd(why: .exit, code: 9))
            #expect(session.world.lastStop?.reason == .ended)
            #expect(session.world.vcpus[1].lastStop?.reason == .together)
            #expect(session.world.vcpus.allSatisfy { !$0.isRunning })
        }

        @Test("a pause stops both, each by its own kick")
        func pausing() throws {
            let session = try session("1: jmp 1b", vcpus: 3)
            for _ in 0..<10 {
                #expect(session.perform(.run) == .started)
                #expect(session.performAndWait(.pause).isDone)
                #expect(session.world.vcpus.allSatisfy { $0.lastStop?.reason == .pause && !$0.isRunning })
            }
        }

        @Test("the others run on when one halts, and the end comes when all have")
        func halting() throws {
            let session = try session(
                "test %edi, %edi; jz 1f; mov $100, %ecx; 2: out %al, $0x80; loop 2b; 1: hlt", vcpus: 3)
            #expect(try session("run").isDone)
            #expect(session.world.end?.why == .hlt)
            #expect(session.world.vcpus.map(\.exits) == [1, 101, 101])
        }

        @Test(
            "what is watched stops all vCPUs, and the line tells of the hit without naming a writer that it cannot know"
        )
        func watching() throws {
            let session = try session(
                "test %edi, %edi; jnz 2f; 1: jmp 1b; 2: mov $200, %ecx; 3: loop 3b; movb $7, 0x200000; 4: jmp 4b",
                vcpus: 2)
            try session("build")
            try session("watch 0x200000")
            #expect(try session("continue").isDone)
            #expect(session.world.vcpus.allSatisfy { !$0.isRunning })
            let stop = try #require(session.world.lastStop)
            #expect(stop.reason == .watchpoint && stop.text.contains("0x200000 changed from 0x0 to 0x7"))
            #expect(
                !stop.text.contains("single-stepping") || stop.text.contains("which of the 2 vCPUs wrote is not known"))
        }

        @Test("a vCPU that was made by hand and given back is none")
        func madeByHand() throws {
            let session = try session("hlt", vcpus: 2)
            try session("build")
            #expect(try session("create vcpu 2").isDone)
            #expect(try session("vcpu 2").refusal?.contains("there is no vCPU 2: the machine has 2") == true)
            #expect(session.world.vcpus.count == 2 && session.vcpu == 0)
        }

        @Test("a closed gate holds every vCPU, and each step lets one call of the vCPU in view through")
        func gate() throws {
            let session = try session("1: out %al, $0x80; jmp 1b", vcpus: 2)
            try session("build")
            #expect(try session("gate on").isDone)
            #expect(try session("run").isDone)
            session.wait { session.world.waitingCalls.count == 2 }
            #expect(session.isBusy && session.world.exitCount == 0)
            try session("vcpu 1")
            for round in 1...3 {
                #expect(try session("step ioctl").isDone)
                #expect(session.world.vcpus[1].exits == round && session.world.vcpus[0].exits == 0)
                #expect(session.world.waitingCalls.count == 2)
            }
            try session("vcpu 0")
            #expect(try session("step ioctl 2").isDone)
            #expect(session.world.vcpus.map(\.exits) == [2, 3])
            #expect(session.performAndWait(.pause).isDone)
            #expect(session.world.waitingCalls.isEmpty && !session.isBusy)
            // What waited came back from KVM_RUN by its kick, and ran no guest code on the way.
            #expect(session.world.vcpus.map { $0.exitCounts["io"] } == [2, 3])
            #expect(try session("gate off").isDone)
            #expect(try session("step exit").isDone)
            #expect(session.world.vcpus[0].exitCounts["io"] == 3)
        }

        @Test("a vCPU that ends the run takes those at the gate with it")
        func endingAtTheGate() throws {
            let session = try session("mov %edi, %eax; out %al, $0xf4; hlt", vcpus: 2)
            try session("build")
            try session("gate on")
            try session("run")
            session.wait { session.world.waitingCalls.count == 2 }
            #expect(try session("step ioctl").isDone)
            session.wait { !session.isBusy }
            #expect(session.world.end?.why == .exit)
        }

        @Test("a vCPU that halts while others wait at the gate ends its step")
        func haltingAtTheGate() throws {
            let session = try session("hlt", vcpus: 2)
            try session("build")
            try session("gate on")
            try session("run")
            session.wait { session.world.waitingCalls.count == 2 }
            #expect(try session("step ioctl").isDone)
            #expect(session.world.vcpus.count { $0.lastStop?.reason == .halted } == 1)
            #expect(try session("step ioctl").isDone)
            #expect(session.world.end?.why == .hlt)
        }

        @Test("registers are set and vCPUs made though the gate is closed, since both sides would wait")
        func changingBehindTheGate() throws {
            let session = try session("hlt")
            try session("build")
            try session("gate on")
            #expect(try session("set rax = 5").isDone)
            #expect(try session("create vcpu 0").isDone)
            #expect(try session("gate off").isDone)
            #expect(try session("run").isDone)
        }

        @Test("stepping a standing machine by ioctl ends at the exit, or at the call behind it")
        func ioctlOfAStandingMachine() throws {
            let session = try session("1: out %al, $0x80; jmp 1b")
            try session("build")
            #expect(try session("step ioctl").isDone)
            #expect(session.world.exitCount == 1 && !session.isBusy)
            #expect(try session("step ioctl 3").isDone)
            #expect(session.world.exitCount == 4 && !session.isBusy)
            // From the start, where no access is open whose end would be the step: the first step of an instruction needs
            // KVM_SET_GUEST_DEBUG before its KVM_RUN.
            #expect(try session("reset").isDone)
            #expect(try session("gate on").isDone)
            #expect(try session("step instruction").isDone)
            #expect(session.world.waiting?.name == "KVM_SET_GUEST_DEBUG")
            #expect(try session("step ioctl").isDone)
            #expect(session.world.waiting?.name == "KVM_RUN")
            #expect(session.performAndWait(.pause).isDone)
        }

        @Test(
            "closing never hangs, whatever is under way",
            arguments: [
                "run", "until reg.rbx == 1", "step instruction 1000000", "step exit 1000000", "at the gate", "building",
                "flooded",
            ])
        func closing(activity: String) throws {
            for _ in 0..<5 {
                let session = try session("1: out %al, $0x80; jmp 1b", vcpus: 2)
                switch activity {
                case "at the gate":
                    try session("build")
                    try session("gate on")
                    try session("run")
                case "building": try session("step ioctl 9")
                case "flooded":
                    // Nobody reads the log until it is full, and the vCPUs wait for room.
                    try session("build")
                    #expect(session.perform(.run) == .started)
                    while session.log.entryCount < RunLog.capacity { continue }
                default: #expect(session.perform(try Command(parsing: activity)) == .started)
                }
                session.close()
                #expect(!session.isBusy)
                #expect(session.world.descriptors.filter { $0.openedBy != nil }.isEmpty)
                #expect(!session.world.threads.contains { $0.role != .main && $0.role != .other })
                #expect(
                    session.count { if case .descriptor(let change) = $0.body { change.isOpen } else { false } }
                        == session.count { if case .descriptor(let change) = $0.body { !change.isOpen } else { false } }
                )
                session.close()
            }
        }

        @Test("every command that begins ends with one notice, also when another takes its place")
        func notices() throws {
            let session = try session("1: jmp 1b")
            #expect(session.perform(.run) == .started)
            session.close()
            #expect(session.pump() == [.finished(.run, .done(nil))])
            #expect(session.pump() == [])
            #expect(session.perform(.step(.ioctl, count: 1)) == .started)
            session.wait { session.world.waiting != nil }
            session.close()
            #expect(!session.isBusy)
        }

        @Test("a session that nobody holds any more gives everything back")
        func dropping() throws {
            let wake: Int32
            let timeline = Timeline()
            do {
                let session = Session(
                    SessionConfiguration(image: try assembled("1: jmp 1b"), vcpus: 2), timeline: timeline)
                wake = session.wakeDescriptor
                #expect(session.perform(.run) == .started)
            }
            #expect(wake >= 0)
            #expect(timeline.live.descriptors.filter { $0.openedBy != nil }.isEmpty)
            #expect(timeline.live.vcpus.allSatisfy { $0.thread == nil && $0.fd == nil })
        }
    }
}
