import Testing
import Timeline

@testable import kvmscope

/// The text that `trace` prints for people.
@Suite("The text of a trace")
struct TracePrinterTests {
    private static func line(_ exit: Exit) -> String {
        var printer = TracePrinter()
        return String(decoding: printer.lines(for: Event(nanoseconds: 5000, .exit(exit))), as: UTF8.self)
    }

    @Test("An access that nobody serves is marked, and one that is served names who did it")
    func service() {
        for isWrite in [true, false] {
            let io = Exit.Detail.io(.init(isWrite: isWrite, port: 0x80, size: 1, count: 1, data: Bytes([0x41])))
            let mmio = Exit.Detail.mmio(.init(isWrite: isWrite, address: 0xD000_0000, data: Bytes([1, 2])))
            #expect(
                Self.line(Exit(vcpu: 0, reason: "io", detail: io, rip: 0x1000))
                    == "        5 µs  exit     vCPU 0 io \(isWrite ? "out" : "in") port 0x80 size 1 data 41 at rip 0x1000 "
                    + "(nobody serves it)\n")
            #expect(
                Self.line(Exit(vcpu: 1, reason: "mmio", detail: mmio, rip: 0x1000))
                    == "        5 µs  exit     vCPU 1 mmio \(isWrite ? "write" : "read") 0xd0000000 data 0102 "
                    + "at rip 0x1000 (nobody serves it)\n")
            for detail in [io, mmio] {
                let served = Self.line(Exit(vcpu: 0, reason: "io", detail: detail, rip: 0x1000, servedBy: "console"))
                #expect(served.hasSuffix(" by console\n") && !served.contains("nobody"))
            }
        }
    }

    @Test("An internal error shows its words and the instruction's bytes")
    func internalError() {
        let line = Self.line(
            Exit(
                vcpu: 0, reason: "internal-error",
                detail: .internalError(suberror: 1, data: [0, 0xF], instruction: Bytes([0x0F, 0xAE, 0x00])), rip: 0x10))
        #expect(line.hasSuffix("internal-error suberror 1 instruction 0fae00 0x0 0xf at rip 0x10\n"))
        let without = Self.line(
            Exit(
                vcpu: 0, reason: "internal-error",
                detail: .internalError(suberror: 3, data: [], instruction: Bytes([])), rip: 0x10))
        #expect(without.hasSuffix("internal-error suberror 3 at rip 0x10\n"))
    }

    @Test("A halt and a single step are no access that somebody would serve")
    func others() {
        #expect(Self.line(Exit(vcpu: 0, reason: "hlt", rip: 0x1006)).hasSuffix("exit     vCPU 0 hlt at rip 0x1006\n"))
        let step = Self.line(
            Exit(
                vcpu: 0, reason: "debug", detail: .debug(exception: 1, pc: 0x1234, dr6: 0xFFFF_4FF0, dr7: 0x400),
                rip: 0x1234))
        #expect(step.hasSuffix("vCPU 0 debug exception 1 at 0x1234 dr6 0xffff4ff0\n"))
        for reason in ["hlt", "shutdown", "intr", "irq-window"] {
            #expect(!Self.line(Exit(vcpu: 0, reason: reason, rip: 1)).contains("serves"))
        }
    }
}
