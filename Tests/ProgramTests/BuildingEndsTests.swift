import Foundation
import TestSupport
import Testing

@Suite("Tools end with the program", .enabled(if: LiveHost.hasToolchain, LiveHost.toolchainReason))
struct BuildingEndsTests {
    @Test("killed while it builds, it leaves neither a tool nor a folder", arguments: [SIGKILL, SIGTERM, SIGINT])
    func killed(signal: Int32) throws {
        let guests = try Guests()
        // Each level includes itself twice: the compiler is busy until its time is up.
        let source = try guests.source("self.S", "#include \"self.S\"\n#include \"self.S\"\n")
        let temporary = guests.folder.path + "/tmp"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
        let child = try Child(Program.path, ["trace", source], environment: ["TMPDIR": temporary])
        func made() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: temporary)) ?? [] }
        func wait(until condition: () -> Bool) -> Bool {
            for _ in 0..<600 {
                if condition() { return true }
                usleep(50_000)
            }
            return false
        }
        #expect(wait { Self.tools(temporary) > 0 })
        kill(child.id, signal)
        try child.wait()
        #expect(wait { made().isEmpty && Self.tools(temporary) == 0 })
    }

    /// Processes whose command line names the folder.
    private static func tools(_ folder: String) -> Int {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.count { name in
            guard Int(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return false
            }
            return String(decoding: line, as: UTF8.self).contains(folder + "/kvmscope.")
        }
    }
}
