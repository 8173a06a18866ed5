import Command
import Foundation
import Host
import Testing
import Timeline

@testable import Session

extension Live {
    /// The kernel's own functions under one ioctl.
    @Suite struct RoadWatchTests {
        private func roads(_ session: Session) -> [TracedRoad] {
            (session.timeline.first..<session.timeline.end).compactMap {
                if case .road(let road) = session.timeline[$0]?.body { road } else { nil }
            }
        }

        private var instances: Int {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/kernel/tracing/instances")) ?? []
            return names.count { $0.hasPrefix("kvmscope-\(ProcessInfo.processInfo.processIdentifier)") }
        }

        @Test("where the kernel's functions cannot be traced, the reason is said and nothing is left behind")
        func refused() throws {
            guard !FunctionGraph.probe().isAvailable else { return }
            let session = try session("out %al, $0x80\n hlt")
            defer { session.close() }
            try #require(try session("build").isDone)
            let refusal = try #require(try session("trace road").refusal)
            #expect(refusal.contains("cannot be traced") || refusal.contains("tracefs"))
            #expect(try session("step exit").isDone)
            #expect(roads(session).isEmpty)
        }

        @Test("the next ioctl's road leads from its handler, and is taken once")
        func traced() throws {
            guard FunctionGraph.probe().isAvailable else { return }
            let session = try session("out %al, $0x80\n out %al, $0x80\n hlt")
            defer { session.close() }
            try #require(try session("build").isDone)
            #expect(try session("trace road 3").isDone)
            #expect(try session("step exit").isDone)
            let road = try #require(roads(session).first)
            #expect(road.name == "KVM_RUN" && road.vcpu == 0 && road.depth == 3)
            #expect(road.steps.first?.function == "kvm_vcpu_ioctl" && road.steps.first?.depth == 0)
            #expect(road.steps.contains { $0.function == "kvm_arch_vcpu_ioctl_run" })
            #expect(road.steps.allSatisfy { $0.depth <= 3 })
            let whole = try #require(road.steps.first?.duration)
            #expect(road.steps.dropFirst().allSatisfy { ($0.duration ?? 0) <= whole })
            #expect(session.world.roads["KVM_RUN"] == road)
            #expect(try session("step exit").isDone)
            #expect(roads(session).count == 1)
        }

        @Test("the road of a call that is tried by hand leads from the handler of its kind")
        func byHand() throws {
            guard FunctionGraph.probe().isAvailable else { return }
            let session = try session("hlt")
            defer { session.close() }
            try #require(try session("build").isDone)
            for (call, root) in [
                ("system KVM_GET_API_VERSION", "kvm_dev_ioctl"), ("vm KVM_CHECK_EXTENSION 3", "kvm_vm_ioctl"),
                ("vcpu KVM_GET_MP_STATE", "kvm_vcpu_ioctl"),
            ] {
                #expect(try session("trace road 2").isDone)
                _ = try session("ioctl \(call)")
                #expect(roads(session).last?.steps.first?.function == root)
            }
            #expect(roads(session).count == 3)
        }

        @Test("while the machine is built, the road of each call can be had")
        func building() throws {
            guard FunctionGraph.probe().isAvailable else { return }
            let session = try session("hlt")
            defer { session.close() }
            _ = try session("step ioctl 2")
            while session.world.waiting?.name != "KVM_CREATE_VM" { _ = try session("step ioctl") }
            #expect(try session("trace road 2").isDone)
            _ = try session("step ioctl")
            let road = try #require(roads(session).first)
            #expect(road.name == "KVM_CREATE_VM" && road.steps.first?.function == "kvm_dev_ioctl")
        }
    }
}
