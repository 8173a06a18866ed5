import Command
import Foundation
import KVM
import Machine
import Testing
import Timeline

@testable import Session

/// A guest of some real-mode bytes.
private func session(_ code: [UInt8], observing: Bool = true) throws -> Session {
    let image = try GuestImage.flat(name: "guest", bytes: code, mode: .real)
    return Session(SessionConfiguration(image: image, observesKernel: observing))
}

/// Why the kernel's half cannot be seen here; nil where it can.
private let hindrance: String? = {
    guard let session = try? session([0xF4]) else { return "no guest can be made" }
    defer { session.close() }
    if case .refused(let text) = session.perform(.build) { return text }
    _ = session.perform(.observe(true))
    if case .refused(let reason, _) = session.kernelView { return reason }
    return session.kernelView == .on ? nil : "the tracepoints were not opened"
}()

/// Trace instances of this process.
private var instances: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/kernel/tracing/instances")) ?? []
    return names.filter { $0.hasPrefix("kvmscope-\(ProcessInfo.processInfo.processIdentifier)") }
}

extension Live {
    @Suite(.enabled(if: hindrance == nil, "\(hindrance ?? "")")) struct KernelWatchTests {
        /// cpuid; out 0x80, al; hlt
        private static let guest: [UInt8] = [0x66, 0x31, 0xC0, 0x0F, 0xA2, 0xE6, 0x80, 0xF4]
        /// again: cpuid; jmp again
        private static let loop: [UInt8] = [0x66, 0x31, 0xC0, 0x0F, 0xA2, 0xEB, 0xF9]

        private func isDone(_ outcome: Session.Outcome) -> Bool {
            if case .done = outcome { true } else { false }
        }

        private func events(_ timeline: Timeline) -> [Event] {
            (timeline.first..<timeline.end).compactMap { timeline[$0] }
        }

        @Test func whatTheKernelToldStandsBeforeTheExitThatItLedTo() throws {
            let session = try session(Self.guest)
            defer { session.close() }
            #expect(session.performAndWait(.step(.exit)) == .done(nil))
            let story = events(session.timeline).compactMap { event -> String? in
                switch event.body {
                case .kernel(let kernel): ["kvm_cpuid", "kvm_userspace_exit"].contains(kernel.name) ? kernel.name : nil
                case .ioctl(let call): call.name == "KVM_RUN" && !call.observing ? call.name : nil
                case .exit(let exit): exit.reason
                case .stopped: "stopped"
                default: nil
                }
            }
            #expect(story.prefix(5) == ["kvm_cpuid", "kvm_userspace_exit", "KVM_RUN", "io", "stopped"])
            #expect(session.timeline.live.kernelCounts["kvm_cpuid"] == 1)
            let moments = events(session.timeline).map(\.nanoseconds)
            #expect(moments == moments.sorted())
            // The moment is the kernel's own, not that of the reading: it lies inside the KVM_RUN.
            let call = try #require(
                events(session.timeline).first {
                    if case .ioctl(let call) = $0.body { call.name == "KVM_RUN" && !call.observing } else { false }
                })
            guard case .ioctl(let run) = call.body else { return }
            for event in events(session.timeline) {
                guard case .kernel(let kernel) = event.body, kernel.name == "kvm_cpuid" else { continue }
                #expect(
                    event.nanoseconds <= call.nanoseconds
                        && event.nanoseconds + UInt64(run.duration) >= call.nanoseconds)
            }
        }

        @Test func theReturnsOfAKeyframesOwnRunsAreNoTransitions() throws {
            // out 0x80, al; in al, 0x80; out 0x80, al; hlt
            let session = try session([0xE6, 0x80, 0xE4, 0x80, 0xE6, 0x80, 0xF4])
            defer { session.close() }
            for _ in 0..<4 { #expect(session.performAndWait(.step(.exit)) == .done(nil)) }
            session.takeKeyframe()
            session.pump()
            let all = events(session.timeline)
            let kept = all.count { if case .keyframe = $0.body { true } else { false } }
            let runs = all.count {
                if case .ioctl(let call) = $0.body { call.name == "KVM_RUN" && !call.observing } else { false }
            }
            // Before the first step no access was open, and none is after `hlt`.
            #expect((kept, runs, session.kernel.ownRuns.count) == (5, 4, 3))
            #expect(session.timeline.live.kernelCounts["kvm_userspace_exit"] == runs)
            let returns = all.compactMap { event -> String? in
                guard case .kernel(let kernel) = event.body, kernel.name == "kvm_userspace_exit" else { return nil }
                return kernel.fields.first { $0.name == "errno" }?.value
            }
            #expect(returns == ["0", "0", "0", "0"])
            #expect(session.timeline.live.vcpus.first?.arrows[.signalYes] == 0)
        }

        @Test func aFreeRunKeepsFewEventsAndCountsAll() throws {
            let session = try session(Self.loop)
            defer { session.close() }
            #expect(session.perform(.run) == .started)
            while (session.timeline.live.kernelCounts["kvm_cpuid"] ?? 0) < 5000 {
                _ = session.waitForWork(milliseconds: 20)
                session.pump()
            }
            _ = session.performAndWait(.pause)
            let kept = events(session.timeline).count { if case .kernel = $0.body { true } else { false } }
            #expect(session.timeline.live.kernelCounts.values.reduce(0, +) >= 5000)
            #expect(kept > 0 && kept < 5000)
            #expect(events(session.timeline).contains { if case .kernelTally = $0.body { true } else { false } })
        }

        @Test func switchedOffNothingIsTold() throws {
            let session = try session(Self.guest)
            defer { session.close() }
            #expect(session.performAndWait(.build) == .done(nil))
            #expect(isDone(session.perform(.observe(false))))
            #expect(session.kernelView == .off)
            #expect(session.performAndWait(.step(.exit)) == .done(nil))
            #expect(session.timeline.live.kernelCounts.isEmpty)
            #expect(isDone(session.perform(.observe(true))))
            #expect(session.kernelView == .on)
            #expect(session.performAndWait(.step(.exit)) == .done(nil))
            #expect(session.timeline.live.kernelCounts["kvm_userspace_exit"] != nil)
        }

        @Test func aMachineThatIsResetIsSeenAgainAndNothingIsLeftBehind() throws {
            let before = instances.count
            for _ in 0..<Self.many {
                let session = try session(Self.guest)
                #expect(session.performAndWait(.step(.exit)) == .done(nil))
                #expect(!instances.isEmpty)
                #expect(session.performAndWait(.reset) == .done(nil))
                #expect(session.timeline.live.kernelCounts.isEmpty)
                #expect(session.performAndWait(.step(.exit)) == .done(nil))
                #expect(session.timeline.live.kernelCounts["kvm_cpuid"] == 1)
                session.close()
            }
            // Other suites of this process have instances too, a few at any time; what is left behind adds up.
            #expect(instances.count - before < Self.many)
        }

        private static let many = 8

        @Test func aHeadlessTraceOpensThemOnlyWhereAsked() throws {
            let before = instances.count
            var counts: [Bool: Int] = [:]
            for asked in [false, true] {
                for _ in 0..<Self.many {
                    _ = try session(Self.guest).trace(TraceLimits(seconds: 5), kernel: asked) { event in
                        if case .kernel = event.body { counts[asked, default: 0] += 1 }
                    }
                }
            }
            #expect(counts[false] == nil && counts[true] ?? 0 > 0)
            #expect(instances.count - before < Self.many)
        }
    }
}
