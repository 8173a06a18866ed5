import Command
import KVM
import Machine
import TestSupport
import Testing
import Timeline

@testable import Session

extension Live {
    /// What any user sees of the kernel's half: KVM's binary statistics.
    @Suite struct StatisticsWatchTests {
        /// The vCPU leaves the kernel for `out` alone; what else it does, cpuid and a fresh page, KVM handles.
        private static let guest = """
            mov $100, %ebp
            again: xor %eax, %eax
            cpuid
            dec %ebp
            jnz again
            out %al, $0x80
            hlt
            """

        private func session(_ level: KernelSight.Level) throws -> Session {
            Session(SessionConfiguration(image: try assembled(Self.guest), kernelLimit: level))
        }

        private var hasStatistics: Bool {
            (try? System.open().checkExtension(.binaryStatistics)) ?? 0 > 0
        }

        private func events(_ session: Session) -> [Event.Body] {
            (session.timeline.first..<session.timeline.end).compactMap { session.timeline[$0]?.body }
        }

        @Test func theDifferencesOfAStopStandBeforeIt() throws {
            guard hasStatistics else { return }
            let session = try session(.statistics)
            defer { session.close() }
            try #require(try session("build").isDone)
            #expect(session.world.sight?.level == .statistics)
            #expect(session.world.sight?.reason.contains("KVMSCOPE_KERNEL") == true)
            let before = try #require(session.world.statistic("exits"))
            #expect(try session("step exit").isDone)
            let after = try #require(session.world.statistic("exits"))
            #expect(after > before)
            let bodies = events(session)
            let reading = try #require(bodies.lastIndex { if case .statistics = $0 { true } else { false } })
            let stop = try #require(bodies.lastIndex { if case .stopped = $0 { true } else { false } })
            #expect(reading < stop)
            guard case .statistics(let last) = bodies[reading] else { return }
            #expect(last.counters.first { $0.name == "exits" }?.difference == Int64(after - before))
            // Every cpuid was handled in the kernel, by an exit or by KVM's emulator.
            let inside = after - before + (session.world.statistic("insn_emulation") ?? 0)
            #expect(inside >= 100)
            #expect(try session.fact("stats.count(exits)") == .integer(after))
            #expect(try session.holds("kernel.sight == statistics") == true)
            #expect(try session.fact("kernel.count(kvm_cpuid)").unknownReason?.contains("KVMSCOPE_KERNEL") == true)
            #expect(!bodies.contains { if case .kernel = $0 { true } else { false } })
        }

        @Test func theDescriptorsAreClosedWithTheMachine() throws {
            guard hasStatistics else { return }
            let session = try session(.statistics)
            try #require(try session("build").isDone)
            _ = try session("step exit")
            #expect(session.world.descriptors.contains { $0.kind == .statistics })
            #expect(session.world.descriptors.contains { $0.kind == .own("wakes the screen") })
            session.close()
            #expect(!session.world.descriptors.contains { $0.kind == .statistics })
        }

        @Test func theBoundaryAloneSaysWhy() throws {
            let session = try session(.boundary)
            defer { session.close() }
            _ = try session("step exit")
            #expect(session.world.sight?.level == .boundary)
            #expect(session.world.sight?.remedy == "start without KVMSCOPE_KERNEL")
            #expect(session.world.statistic("exits") == nil)
            #expect(try session.fact("stats.count(exits)").unknownReason != nil)
            #expect(!session.world.descriptors.contains { $0.kind == .statistics })
            let answer = try session("observe on")
            #expect(answer.refusal?.contains("KVMSCOPE_KERNEL") == true)
        }

        @Test func switchedOffNothingIsCounted() throws {
            guard hasStatistics else { return }
            let session = try session(.statistics)
            defer { session.close() }
            try #require(try session("build").isDone)
            #expect(try session("observe off").isDone)
            #expect(session.world.sight?.remedy == "observe on")
            let before = session.world.statistic("exits")
            #expect(try session("step exit").isDone)
            #expect(session.world.statistic("exits") == before)
            #expect(try session("observe on").isDone)
            #expect(session.world.statistic("exits") ?? 0 > before ?? 0)
        }

        @Test func theHostIsNamedWithItsPaging() throws {
            let session = try session(.boundary)
            defer { session.close() }
            try #require(try session("build").isDone)
            let host = try #require(session.world.host)
            #expect(try session.fact("host.kvm") == .text(host.module ?? "unknown"))
            #expect(try session.fact("host.paging") == .text(host.paging?.rawValue ?? "unknown"))
            if LiveHost.isEmulating {
                #expect(host == HostKVM(module: "kvm_pvm", paging: .shadow, isGuest: host.isGuest))
            }
        }
    }
}
