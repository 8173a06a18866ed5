import Command
import Facts
import Screen
import Testing
import Timeline

@testable import Explorer

/// Code at 0120:0000, with a label inside an instruction; SS 0140, DS 0, ES 0150.
@Suite("Real mode with segments that are not zero") struct RealModeTests {
    private static let code: [UInt8] = [
        0xBA, 0xF8, 0x03,  // go: mov $0x3f8, %dx
        0xB0, 0x41,  // mov $'A', %al; its second byte is `letter`
        0xEE,  // out %al, (%dx)
        0xC6, 0x46, 0x00, 0x07,  // movb $7, 0(%bp)
        0x26, 0x8A, 0x07,  // mov %es:(%bx), %al
        0xF4,  // hlt
    ]

    private static func run(rip: UInt64) -> PaneRun {
        var run = PaneRun()
        run.add(
            .start(
                RunStart(
                    guest: "real.S", vcpus: 1, memory: 1 << 20,
                    symbols: [
                        Symbol(name: "go", address: 0x1200), Symbol(name: "letter", address: 0x1204),
                        Symbol(name: "stored", address: 0x1600),
                    ],
                    lines: [(0x1200, 1), (0x1203, 2), (0x1205, 3), (0x1206, 4), (0x120A, 5), (0x120D, 6)]
                        .map { SourceLine(address: $0.0, line: $0.1) },
                    source:
                        "go: mov $0x3f8, %dx\n mov $'A', %al\n out %al, (%dx)\n movb $7, (%bp)\n mov %es:(%bx), %al\n hlt\n"
                )))
        run.add(.slot(MemorySlot(id: 0, start: 0, size: 1 << 20, host: 0x7F00_0000_0000)))
        var page = [UInt8](repeating: 0, count: MemoryPage.size)
        page.replaceSubrange(0x200..<0x200 + Self.code.count, with: Self.code)
        run.add(.memory([MemoryPage(frame: 1, content: PageContent(page))]))
        var general = GeneralRegisters()
        (general.rip, general.rsp, general.rbp, general.rbx) = (rip, 0x7E, 0x10, 0x100)
        var system = SystemRegisters()
        system.cr0 = 0x10
        for (path, selector) in [(\SystemRegisters.cs, 0x120), (\.ss, 0x140), (\.es, 0x150), (\.ds, 0)]
            as [(WritableKeyPath<SystemRegisters, SystemRegisters.Segment>, UInt16)]
        {
            system[keyPath: path].selector = selector
            system[keyPath: path].base = UInt64(selector) << 4
            system[keyPath: path].limit = 0xFFFF
        }
        run.add(.registers(RegisterReading(vcpu: 0, general: general, system: system, source: .ioctl)))
        return run
    }

    private func rows(_ run: PaneRun, at address: UInt64? = nil) -> [String] {
        CodePane.lines(run.context(view: PaneState(address: address)), width: 90, height: 30).map(\.plain)
    }

    @Test("code has its label and its source line, and RIP is the offset in CS")
    func labels() {
        let rows = rows(Self.run(rip: 5))
        #expect(rows[0].contains("RIP 0x5 in CS + 0x1200 = 0x1205 <letter+0x1>"))
        #expect(rows[1].contains("real.S:3 out %al, (%dx)"))
        #expect(rows.contains { $0.hasPrefix("  <go>:") })
        #expect(rows.contains { $0.hasPrefix("▶ 00000005") && $0.contains("outb %al, %dx") })
    }

    @Test("a label inside an instruction breaks no decoding, of the source's instructions or of what RIP points at")
    func insideAnInstruction() {
        for rip in [0, 3] as [UInt64] {
            let rows = rows(Self.run(rip: rip))
            #expect(rows.contains { $0.contains("movb $0x41, %al") })
            #expect(rows.contains { $0.contains("<letter, 1 bytes into the instruction above>") })
        }
        // The processor decodes from where it stands, in the middle of another instruction too.
        #expect(rows(Self.run(rip: 4)).contains { $0.hasPrefix("▶ 00000004") && $0.contains("incw %cx") })
    }

    @Test("the code at a label is that of the label, whatever CS holds")
    func atALabel() throws {
        let run = Self.run(rip: 5)
        let context = run.context()
        let facts = WorldFacts(context.timeline, vcpu: 0)
        func linear(_ text: String, numbersAreOffsets: Bool) throws -> UInt64? {
            let expression = try Expression(parsing: text)
            guard case .integer(let number) = expression.value(in: facts) else { return nil }
            return context.world.vcpus[0].registers?.system?.linear(
                number, of: expression, .execute, numbersAreOffsets: numbersAreOffsets)
        }
        #expect(try linear("go", numbersAreOffsets: true) == 0x1200)
        #expect(try linear("reg.rip", numbersAreOffsets: true) == 0x1205)
        #expect(try linear("3", numbersAreOffsets: true) == 0x1203)
        #expect(try linear("reg.rsp", numbersAreOffsets: false) == 0x147E)
        #expect(try linear("0x1200", numbersAreOffsets: false) == 0x1200)
        #expect(rows(run, at: 0x1200).contains { $0.hasPrefix("  00000000") && $0.contains("movw $0x3f8, %dx") })
    }

    @Test(
        "a walk adds the segment that the address is an offset in",
        arguments: [
            ("reg.rsp", 0x147E, "ss"), ("reg.bp", 0x1410, "ss"), ("reg.rip", 0x1205, "cs"), ("reg.rbx", 0x100, "ds"),
            ("stored", 0x1600, nil), ("stored + 2", 0x1602, nil), ("0x30", 0x30, "ds"),
        ] as [(String, UInt64, String?)])
    func segments(address: String, physical: UInt64, segment: String?) throws {
        let context = Self.run(rip: 5).context()
        let expression = try Expression(parsing: address)
        guard case .integer(let number) = expression.value(in: WorldFacts(context.timeline, vcpu: 0)) else {
            Issue.record("\(address) is no number")
            return
        }
        let question = WalkQuestion(vcpu: 0, space: WalkQuestion.Space(of: expression), address: number)
        let way = try #require(AddressWalk(question, in: context.world))
        #expect(way.guestPhysical == physical && way.segment?.name == segment)
    }

    @Test("operands are followed through their own segment, and all six segments are shown")
    func operands() {
        func first(_ rip: UInt64) -> Command? { CodeAddresses(Self.run(rip: rip).context()).places.first?.walk }
        #expect(first(6) == .walkPhysical(.address(0x1410)))
        #expect(first(0xA) == .walkPhysical(.address(0x1600)))
        let text = rows(Self.run(rip: 5)).joined(separator: " ")
        for name in ["cs 0120", "ss 0140", "ds 0000", "es 0150", "fs 0000", "gs"] { #expect(text.contains(name)) }
    }
}
