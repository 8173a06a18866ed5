import Foundation
import TestSupport
import Testing

private let instances = "/sys/kernel/tracing/instances"

private let hindrance: String? = {
    if let obstacle = Program.obstacle { return obstacle }
    return access(instances, W_OK) == 0 ? nil : "tracefs may not be written here"
}()

/// What a program that is killed outright leaves in tracefs.
@Suite("after a kill", .enabled(if: hindrance == nil, "\(hindrance ?? "")"))
struct LeftoverTests {
    @Test func theTimeOfATraceWithKernelEventsHoldsForAGuestThatKeepsTheKernelBusy() throws {
        let guests = try Guests()
        // cpuid; jmp back
        let busy = try guests.binary("cpuid.bin", [0x0F, 0xA2, 0xEB, 0xFC])
        let start = ContinuousClock.now
        let trace = try Program.kvmscope("trace", busy, "--mode", "real", "--kernel", "--timeout", "1")
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(trace.output.split(separator: "\n").last?.contains("timeout") == true)
    }

    @Test func theNextStartRemovesTheTraceInstanceOfAProgramThatWasKilled() throws {
        let guests = try Guests()
        // jmp .
        let spinning = try guests.binary("spin.bin", [0xEB, 0xFE])
        let ending = try guests.binary("end.bin", [0xF4])
        let child = try Child(
            Program.path, ["trace", spinning, "--mode", "real", "--kernel", "--timeout", "60"])
        let instance = "\(instances)/kvmscope-\(child.id)"
        let deadline = Date().addingTimeInterval(30)
        while !FileManager.default.fileExists(atPath: instance + "/per_cpu"), Date() < deadline { usleep(10_000) }
        let isThere = FileManager.default.fileExists(atPath: instance)
        kill(child.id, SIGKILL)
        try child.wait()
        try #require(isThere, "no instance was made within 30 s")
        #expect(FileManager.default.fileExists(atPath: instance), "the kernel removes none by itself")
        let next = try Program.kvmscope("trace", ending, "--mode", "real", "--kernel")
        #expect(next.status == 0, "\(next.errors)")
        #expect(!FileManager.default.fileExists(atPath: instance))
    }
}
