import Foundation
import KVM
import Machine
import TestSupport
import Testing
import Timeline

@testable import Session

extension Live {
    @Suite("Tracing a guest to its end") struct TraceTests {
        /// The lines that `trace --json` prints, read back.
        static func trace(
            _ text: String, vcpus: Int = 1, limits: TraceLimits = TraceLimits(seconds: 60), stop: () -> Bool = { false }
        ) throws -> (end: RunEnd, lines: [[String: Any]]) {
            let session = try session(text, vcpus: vcpus)
            var encoder = TraceEncoder()
            var bytes: [UInt8] = []
            let end = try session.trace(limits, stop: stop) { bytes += encoder.encode($0) }
            let lines = try bytes.split(separator: 0x0A).map {
                try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
            }
            return (end, lines)
        }

        /// What the contract says of every trace.
        static func check(_ lines: [[String: Any]]) {
            #expect(lines.first?["kind"] as? String == "start" && lines.last?["kind"] as? String == "end")
            #expect(lines.filter { $0["kind"] as? String == "end" }.count == 1)
            #expect(lines.enumerated().allSatisfy { $1["seq"] as? Int == $0 + 1 })
            let moments = lines.compactMap { $0["ns"] as? Int }
            #expect(moments.count == lines.count && moments == moments.sorted())
            var open: [Int: String] = [:]
            var threads: [Int: String] = [:]
            for line in lines {
                switch (line["kind"] as? String, line["change"] as? String) {
                case ("fd", "open"):
                    let fd = line["fd"] as? Int ?? -1
                    #expect(open[fd] == nil)
                    open[fd] = line["target"] as? String
                case ("fd", "close"):
                    #expect(open.removeValue(forKey: line["fd"] as? Int ?? -1) == line["target"] as? String)
                case ("thread", "start"): threads[line["tid"] as? Int ?? -1] = line["name"] as? String
                case ("thread", "end"):
                    #expect(threads.removeValue(forKey: line["tid"] as? Int ?? -1) == line["name"] as? String)
                default: break
                }
            }
            #expect(open.isEmpty && threads.isEmpty)
        }

        static func kinds(_ lines: [[String: Any]], _ kind: String) -> [[String: Any]] {
            lines.filter { $0["kind"] as? String == kind }
        }

        @Test("start comes first, end last, and between them everything that is opened is closed")
        func contract() throws {
            let (end, lines) = try Self.trace("mov $0x3f8, %dx; mov $'A', %al; out %al, %dx; hlt", vcpus: 2)
            #expect(end == RunEnd(why: .hlt, code: 0))
            Self.check(lines)
            let targets = Self.kinds(lines, "fd").filter { $0["change"] as? String == "open" }.compactMap {
                $0["target"] as? String
            }
            #expect(targets == ["/dev/kvm", "anon_inode:kvm-vm", "anon_inode:kvm-vcpu:0", "anon_inode:kvm-vcpu:1"])
            #expect(
                Self.kinds(lines, "thread").filter { $0["change"] as? String == "start" }.compactMap {
                    $0["name"] as? String
                } == ["CPU 0/KVM", "CPU 1/KVM"])
            #expect(Self.kinds(lines, "console").compactMap { $0["text"] as? String }.joined() == "AA")
            #expect(Self.kinds(lines, "exit").filter { $0["reason"] as? String == "hlt" }.count == 2)
            let calls = Self.kinds(lines, "ioctl")
            #expect(calls.allSatisfy { ["system", "vm", "vcpu"].contains($0["class"] as? String) })
            // Each exit stands behind the KVM_RUN that it ended.
            #expect(calls.filter { $0["name"] as? String == "KVM_RUN" }.count == Self.kinds(lines, "exit").count)
            #expect(lines[0]["vcpus"] as? Int == 2 && lines[0]["memory"] as? Int == 16 << 20)
        }

        @Test("an exit says what the guest did and where it stood")
        func exits() throws {
            let (_, lines) = try Self.trace(
                "mov $0x1234, %eax; out %ax, $0x80; mov $0xd0000000, %r8d; mov (%r8), %ecx; mov %ecx, 8(%r8); hlt")
            let exits = Self.kinds(lines, "exit")
            #expect(exits.compactMap { $0["reason"] as? String } == ["io", "mmio", "mmio", "hlt"])
            #expect(
                exits[0]["port"] as? Int == 0x80 && exits[0]["data"] as? String == "3412"
                    && exits[0]["size"] as? Int == 2)
            #expect(
                exits[1]["address"] as? String == "0xd0000000" && exits[1]["direction"] as? String == "read"
                    && exits[1]["data"] as? String == "534d564b")
            #expect(
                exits[2]["address"] as? String == "0xd0000008" && exits[2]["direction"] as? String == "write"
                    && exits[2]["data"] as? String == "534d564b")
            #expect(exits.allSatisfy { ($0["rip"] as? String)?.hasPrefix("0x1000") == true })
        }

        @Test("the debug-exit port gives its code", arguments: [0, 42])
        func code(code: Int) throws {
            let (end, lines) = try Self.trace("mov $\(code), %al; out %al, $0xf4")
            #expect(end == RunEnd(why: .exit, code: code))
            #expect(lines.last?["why"] as? String == "exit" && lines.last?["code"] as? Int == code)
            Self.check(lines)
        }

        @Test("a limit of exits holds to the exit, with one vCPU and with several", arguments: [1, 4])
        func limit(vcpus: Int) throws {
            let (end, lines) = try Self.trace(
                "1: out %al, $0x80; jmp 1b", vcpus: vcpus, limits: TraceLimits(exits: 1000, seconds: 60))
            #expect(end.why == .limit)
            #expect(Self.kinds(lines, "exit").count == 1000)
            Self.check(lines)
        }

        @Test("a guest that never exits is kicked when the time is over", arguments: [1, 3])
        func timeout(vcpus: Int) throws {
            let (end, lines) = try Self.trace("1: jmp 1b", vcpus: vcpus, limits: TraceLimits(seconds: 0.02))
            #expect(end.why == .timeout)
            #expect(Self.kinds(lines, "exit").filter { $0["reason"] as? String == "intr" }.count == vcpus)
            #expect(Self.kinds(lines, "ioctl").filter { $0["errno"] as? String == "EINTR" }.count == vcpus)
            Self.check(lines)
        }

        @Test("a run that nobody wants any more ends, and its trace too")
        func stopping() throws {
            var asked = 0
            let (end, lines) = try Self.trace("1: out %al, $0x80; jmp 1b", vcpus: 2, limits: TraceLimits()) {
                asked += 1
                return asked > 3
            }
            #expect(end.why == .error && end.text.contains("interrupted"))
            Self.check(lines)
        }

        @Test("one vCPU that fails ends the run of all")
        func failing() throws {
            let text = "test %edi, %edi; jz 2f; lea null(%rip), %rax; lidt (%rax); ud2; 2: jmp 2b; null: .quad 0, 0"
            let (end, lines) = try Self.trace(text, vcpus: 3)
            #expect(end.why == .shutdown && end.code == 0 && !end.text.isEmpty)
            Self.check(lines)
        }

        @Test(
            "an internal error has its suberror as the code",
            .enabled(if: LiveHost.isEmulating, "only a KVM that emulates CPL 0 refuses int3"))
        func internalError() throws {
            let (end, lines) = try Self.trace("int3")
            #expect(end.why == .error && end.code == 1 && end.text.contains("emulat"))
            #expect((Self.kinds(lines, "exit").last?["instruction"] as? String)?.hasPrefix("cc") == true)
            Self.check(lines)
        }

        @Test("a machine that cannot be built throws, and its trace ends with the error all the same")
        func unbuilt() throws {
            let image = try assembled("hlt")
            let session = Session(SessionConfiguration(image: image, devicePath: "/nonexistent/kvm"))
            var encoder = TraceEncoder()
            var bytes: [UInt8] = []
            #expect(throws: MachineError.self) { try session.trace(TraceLimits()) { bytes += encoder.encode($0) } }
            let lines = try bytes.split(separator: 0x0A).map {
                try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
            }
            Self.check(lines)
            #expect(lines.last?["why"] as? String == "error" && lines.last?["code"] as? Int == 2)
        }

        @Test("a console flood of many exits keeps nothing of what is gone")
        func flood() throws {
            let session = try session("mov $0x3f8, %dx; mov $'x', %al; 1: out %al, %dx; jmp 1b")
            var texts = 0
            let end = try session.trace(TraceLimits(exits: 60_000, seconds: 100)) {
                if case .console = $0.body { texts += 1 }
            }
            #expect(end.why == .limit && texts == 60_000)
            #expect(session.timeline.end == 0)
        }
    }
}
