import Glibc
import TestSupport
import Testing

@testable import Machine

@Suite("Guests from sources", .enabled(if: LiveHost.hasToolchain, LiveHost.toolchainReason)) struct ToolchainTests {
    func refusal(_ path: String, _ mode: StartMode? = nil) -> MachineError? {
        do throws(MachineError) {
            _ = try Guest(path: path, mode: mode).image()
            return nil
        } catch {
            return error
        }
    }

    @Test("assembly is linked at the mode's address, with its labels and lines", arguments: StartMode.allCases)
    func assembly(mode: StartMode) throws {
        let file = try SourceFile("# a comment\n.globl _start\n_start:\n  mov $1, %ax\nhere:\n  hlt\n")
        let image = try Guest(path: file.path, mode: mode).image()
        #expect(image.mode == mode && image.entry == mode.loadAddress)
        #expect(image.lowestAddress == mode.loadAddress)
        // mov $1, %ax takes a prefix for the size where 16 bits are not the default.
        #expect(
            image.segments[0].bytes.prefix(mode == .real ? 4 : 5)
                == (mode == .real ? [0xB8, 1, 0, 0xF4] : [0x66, 0xB8, 1, 0, 0xF4]))
        #expect(image.symbols.first { $0.name == "here" }?.address == mode.loadAddress + (mode == .real ? 3 : 4))
        #expect(image.source?.hasPrefix("# a comment") == true)
        if Toolchain.find()?.objdump != nil {
            #expect(image.lines.contains(.init(address: mode.loadAddress, number: 4)))
            #expect(image.lines.contains(.init(address: mode.loadAddress + (mode == .real ? 3 : 4), number: 6)))
        }
    }

    @Test("a source without _start is entered at its first byte, one with it there")
    func entries() throws {
        let plain = try SourceFile("nop\nhlt\n")
        #expect(try Guest(path: plain.path).image().entry == 0x10_0000)
        let named = try SourceFile("nop\n.globl _start\n_start: hlt\n")
        #expect(try Guest(path: named.path).image().entry == 0x10_0001)
        let moved = try Guest(path: plain.path, mode: .real, loadAddress: 0x7C00).image()
        #expect(moved.entry == 0x7C00 && moved.lowestAddress == 0x7C00)
    }

    @Test("an error shows the tool's own words, with file and line", arguments: StartMode.allCases)
    func errors(mode: StartMode) throws {
        let file = try SourceFile("nop\nnop\nfrobnicate %eax\n")
        let error = try #require(refusal(file.path, mode))
        #expect(error.description.contains("\(file.path):3:"), "\(error)")
        let c = try SourceFile("int main(void) {\n  return x;\n}\n", suffix: ".c")
        let second = try #require(refusal(c.path, mode))
        #expect(second.description.contains("\(c.path):2:"), "\(second)")
        let link = try SourceFile("call nowhere\n")
        #expect(refusal(link.path, .long)?.description.contains("nowhere") == true)
    }

    @Test("what is missing, empty, a folder or no guest is refused")
    func noGuests() throws {
        #expect(refusal("/nonexistent/guest.S")?.description.contains("No such file") == true)
        #expect(refusal("/nonexistent/guest")?.description.contains("No such file") == true)
        #expect(refusal("/tmp")?.description.contains("not a regular file") == true)
        #expect(refusal("/dev/zero")?.description.contains("not a regular file") == true)
        for suffix in [".S", ".c", ".bin"] {
            let empty = try SourceFile("", suffix: suffix)
            guard case .image = refusal(empty.path) else {
                Issue.record("an empty \(suffix) was taken: \(String(describing: refusal(empty.path)))")
                continue
            }
        }
        var template = Array("/tmp/kvmscope-test.XXXXXX".utf8CString)
        _ = mkdtemp(&template)
        let folder = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        defer { rmdir(folder) }
        #expect(rename(folder, folder + ".S") == 0)
        #expect(refusal(folder + ".S")?.description.contains("not a regular file") == true)
        #expect(rename(folder + ".S", folder) == 0)
    }

    @Test("a name with blanks keeps its lines")
    func blanks() throws {
        let file = try SourceFile(".globl _start\n_start: hlt\n", suffix: " a b.S")
        let image = try Guest(path: file.path).image()
        #expect(image.segments[0].bytes.first == 0xF4)
        if Toolchain.find()?.objdump != nil { #expect(image.lines.first == .init(address: 0x10_0000, number: 2)) }
    }

    @Test("a folder for what is made on the way is gone with all in it")
    func temporary() throws {
        var path = ""
        do {
            let workshop = try Workshop(for: "guest.S")
            path = workshop.path
            try workshop.write("x", to: path + "/start.S")
            #expect(access(path + "/start.S", R_OK) == 0)
        }
        #expect(access(path, F_OK) != 0)
        // And after building, in success and failure.
        let before = folders()
        for _ in 0..<5 {
            let good = try SourceFile("hlt\n")
            #expect(refusal(good.path, .real) == nil)
            let bad = try SourceFile("int main(void) { return }", suffix: ".c")
            #expect(refusal(bad.path) != nil)
            let unlinked = try SourceFile("call nowhere\n")
            #expect(refusal(unlinked.path) != nil)
        }
        #expect(folders() - before < 8)
    }

    private func folders() -> Int {
        guard let stream = opendir(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") else { return 0 }
        defer { closedir(stream) }
        var count = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix("kvmscope.") { count += 1 }
        }
        return count
    }

    @Test("no toolchain in PATH is nil, not a crash")
    func noToolchain() {
        #expect(Toolchain.find(path: "/nonexistent") == nil)
        #expect(Toolchain.find(path: "") == nil)
    }

    @Test("a tool's status and what it printed come back, up to a bound")
    func tools() throws {
        let workshop = try Workshop(for: "guest.S")
        let echo = try workshop.run("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"])
        #expect(echo.status == 3 && echo.output == "out\nerr\n")
        #expect(try workshop.run("/bin/sh", ["-c", "kill -9 $$"]).status == 128 + 9)
        let much = ["-c", "head -c 300000 /dev/zero | tr '\\0' x"]
        #expect(try workshop.run("/bin/sh", much).output.utf8.count == workshop.bounds.output)
        #expect(try workshop.run("/bin/sh", much, output: 1 << 20).output.utf8.count == 300_000)
        #expect(try workshop.run("/bin/pwd", [], in: "/usr").output == "/usr\n")
        #expect(throws: MachineError.self) { try workshop.run("/nonexistent/tool", []) }
    }
}

extension Live {
    @Suite("Guests written in C") struct CGuestTests {
        @Test(
            "main gets the vCPU's number, and what it returns goes to the debug-exit port",
            arguments: StartMode.allCases)
        func main(mode: StartMode) throws {
            let file = try SourceFile(
                """
                static int twice(int x) { volatile int y = x; return y + y; }
                static int table[] = {1, 2, 40};
                int main(int vcpu) { return twice(table[1]) + table[2] + vcpu; }
                """, suffix: ".c")
            let image = try Guest(path: file.path, mode: mode).image()
            #expect(image.symbols.contains { $0.name == "main" })
            let live = try LiveMachine(image, vcpus: 2)
            #expect(live.run(.free, vcpu: 0).cause == .guestExit(code: 44))
            #expect(live.run(.free, vcpu: 1).cause == .guestExit(code: 45))
        }
    }
}
