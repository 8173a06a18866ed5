import Foundation
import Testing

private let instances = "/sys/kernel/tracing/instances"

private let hindrance: String? = {
    if let obstacle = Program.obstacle { return obstacle }
    return access(instances, W_OK) == 0 ? nil : "tracefs may not be written here"
}()

/// What a program that is killed outright leaves in tracefs.
@Suite("after a kill", .enabled(if: hindrance == nil, "\(hindrance ?? "")"))
struct LeftoverTests {
    @Test func theNextStartRemovesTheTraceInstanceOfAProgramThatWasKilled() throws {
        let guests = try Guests()
        // jmp .
        let spinning = try guests.binary("spin.bin", [0xEB, 0xFE])
        let ending = try guests.binary("end.bin", [0xF4])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in [1, 2] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        let arguments = [Program.path, "trace", spinning, "--mode", "real", "--kernel", "--timeout", "60"]
        let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        try #require(posix_spawn(&child, Program.path, &actions, nil, words, environ) == 0)
        let instance = "\(instances)/kvmscope-\(child)"
        let deadline = Date().addingTimeInterval(30)
        while !FileManager.default.fileExists(atPath: instance + "/per_cpu"), Date() < deadline { usleep(10_000) }
        let isThere = FileManager.default.fileExists(atPath: instance)
        kill(child, SIGKILL)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        try #require(isThere, "no instance was made within 30 s")
        #expect(FileManager.default.fileExists(atPath: instance), "the kernel removes none by itself")
        let next = try Program.kvmscope("trace", ending, "--mode", "real", "--kernel")
        #expect(next.status == 0, "\(next.errors)")
        #expect(!FileManager.default.fileExists(atPath: instance))
    }
}
