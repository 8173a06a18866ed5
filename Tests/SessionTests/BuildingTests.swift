import Command
import Facts
import KVM
import Machine
import TestSupport
import Testing
import Timeline

@testable import Session

extension Live {
    @Suite("Building a machine call by call") struct BuildingTests {
        /// This machine's own: other suites of the process have machines too, whose descriptors procfs shows as well.
        static func kvmDescriptors(_ world: World) -> [Descriptor.Kind] {
            world.descriptors.filter { $0.kind != .other && $0.openedBy != nil }.map(\.kind)
        }

        @Test("each step lets one call through, the table of descriptors grows, and the builder's thread ends")
        func stepwise() throws {
            let session = try session("hlt", vcpus: 2)
            var names: [String] = []
            var largest = 0
            for step in 0..<60 {
                #expect(try session("step ioctl").isDone, "step \(step)")
                if session.world.phase == .ready { break }
                #expect(session.world.phase == .building && session.isBusy)
                let waiting = try #require(session.world.waiting)
                names.append(waiting.name)
                if waiting.name.hasPrefix("KVM_") {
                    #expect(session.world.guide(for: waiting)?.road.isEmpty == false, "\(waiting.name)")
                }
                #expect(session.world.threads.contains { $0.role == .builder })
                let descriptors = Self.kvmDescriptors(session.world).count
                #expect(descriptors >= largest)
                largest = descriptors
            }
            #expect(session.world.phase == .ready && !session.isBusy && session.world.waiting == nil)
            for name in ["KVM_CREATE_VM", "KVM_SET_USER_MEMORY_REGION", "mmap", "KVM_SET_SREGS", "KVM_SET_REGS"] {
                #expect(names.contains(name), "\(name)")
            }
            #expect(names.filter { $0 == "KVM_CREATE_VCPU" }.count == 2)
            #expect(
                Set([Descriptor.Kind.system, .vm, .vcpu(0), .vcpu(1)].map { "\($0)" }).isSubset(
                    of: Self.kvmDescriptors(session.world).map { "\($0)" }))
            #expect(!session.world.threads.contains { $0.role == .builder })
            #expect(session.world.threads.count { if case .vcpu = $0.role { true } else { false } } == 2)
            #expect(session.world.threads.count { $0.role == .main } == 1)
            #expect(session.world.threads.filter { $0.role == .vcpu(1) }.map(\.name) == ["CPU 1/KVM"])
            #expect(try session.holds("thread.count(vcpu) == 2 && vcpu0.state == ready") == true)
            // The gate is open again.
            #expect(try session("run").isDone)
            #expect(session.world.end?.why == .hlt)
        }

        @Test("several calls are one step, and build finishes what was begun")
        func several() throws {
            let session = try session("hlt")
            #expect(try session("step ioctl 6").isDone)
            #expect(session.world.ioctlCount == 5, "open is no ioctl")
            #expect(session.world.waiting != nil)
            #expect(try session("step exit").refusal?.contains("being built") == true)
            #expect(try session("build").isDone)
            #expect(session.world.phase == .ready)
            #expect(try session("build").refusal?.contains("reset") == true)
        }

        @Test("what opened a descriptor stays with it through readings of the table")
        func openers() throws {
            let session = try session("hlt")
            try session("build")
            let openers = session.world.descriptors.filter { $0.kind != .other && $0.openedBy != nil }.map(\.openedBy)
            #expect(Set(openers).isSuperset(of: ["open", "KVM_CREATE_VM", "KVM_CREATE_VCPU"]))
        }

        @Test("a vCPU number that exists is answered with EEXIST, and the machine is as before")
        func vcpuTwice() throws {
            let session = try session("hlt", vcpus: 2)
            #expect(try session("create vcpu 0").refusal != nil)
            try session("build")
            let before = Self.kvmDescriptors(session.world).count
            let outcome = try session("create vcpu 1")
            guard case .done(let text) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(text?.contains("KVM_CREATE_VCPU") == true && text?.contains("EEXIST") == true)
            #expect(
                try session.holds("ioctl.last == KVM_CREATE_VCPU && ioctl.errno == EEXIST && ioctl.result == -1")
                    == true)
            #expect(session.world.problem?.contains("EEXIST") == true)
            #expect(Self.kvmDescriptors(session.world).count == before)
            #expect(try session("run").isDone)
        }

        @Test(
            "each call of the building, refused in turn, ends the step with the reason, and building can be tried again"
        )
        func refusals() throws {
            let whole = try session("hlt", vcpus: 2)
            try whole("build")
            var sequence: [DoorFault.Target] = []
            _ = whole.timeline.next(from: 0) { event in
                guard case .ioctl(let call) = event.body, !call.observing else { return false }
                switch call.name {
                case "open": sequence.append(.open)
                case "mmap": sequence.append(.map)
                default: sequence.append(.ioctl(UInt(call.request)))
                }
                return false
            }
            #expect(sequence.count > 15)
            for (index, target) in sequence.enumerated() {
                let session = try session("hlt", vcpus: 2)
                session.door.inject(
                    DoorFault(target, errno: .outOfMemory, skip: sequence[..<index].count { $0 == target }, count: 1))
                // On the builder's thread, every call through the gate.
                let outcome = try session("step ioctl 1000")
                session.door.removeFaults()
                #expect(outcome.refusal?.contains("ENOMEM") == true, "\(target): \(outcome)")
                #expect(session.world.phase == .failed && !session.isBusy)
                #expect(
                    session.count { if case .descriptor(let change) = $0.body { change.isOpen } else { false } }
                        == session.count { if case .descriptor(let change) = $0.body { !change.isOpen } else { false } },
                    "after \(target)")
                #expect(session.world.vcpus.allSatisfy { $0.thread == nil && $0.fd == nil }, "after \(target)")
                #expect(try session("build").isDone, "after \(target)")
                #expect(session.world.phase == .ready)
            }
        }

        @Test("what cannot be built is an ordinary refusal with what to do")
        func impossible() throws {
            let image = try assembled("hlt")
            let missing = Session(SessionConfiguration(image: image, devicePath: "/nonexistent/kvm"))
            #expect(try missing("build").refusal?.contains("/nonexistent/kvm") == true)
            #expect(missing.world.phase == .failed && missing.world.problem != nil)
            let large = Session(SessionConfiguration(image: image, memorySize: 1 << 52))
            #expect(try large("run").refusal?.contains("--memory") == true)
            let small = Session(SessionConfiguration(image: image, memorySize: 4096))
            #expect(try small("step ioctl").refusal?.contains("--memory") == true)
            #expect(!small.isBusy)
        }

        @Test("reset begins anew, whatever was under way")
        func reset() throws {
            let session = try session("mov $1, %al; out %al, $0x80; 1: jmp 1b")
            #expect(try session("reset").isDone)
            #expect(session.world.phase == .ready)
            #expect(try session("step exit").isDone)
            #expect(session.world.exitCount == 1)
            #expect(try session("reset").isDone)
            #expect(session.world.exitCount == 0 && session.world.phase == .ready)
            #expect(session.perform(.run) == .started)
            #expect(try session("reset").isDone)
            #expect(session.world.phase == .ready && !session.isBusy)
            #expect(session.perform(.run) == .started)
            session.close()
            #expect(try session("reset").isDone)
            #expect(Self.kvmDescriptors(session.world).count >= 3)
        }
    }
}
