import Testing
import Timeline

@testable import Host

@Suite struct KernelFormatTests {
    @Test func anEventThatTheKernelLacksIsNamedAndNoError() {
        #expect(PrintFormats.formats.missing == [KernelTracepoint("kvm", "kvm_nowhere")])
        #expect(PrintFormats.formats.threadOffset == 4)
    }

    @Test(arguments: [
        (UInt32(48), UInt32(1), "exit_reason=EPT_VIOLATION(48)"),
        (48, 2, "exit_reason=48"),
        (0x400, 2, "exit_reason=npf(1024)"),
        (0x4E, 2, "exit_reason=PF excp(78)"),
        (.max, 2, "exit_reason=invalid_guest_state(4294967295)"),
        (0x8000_0030, 1, "exit_reason=EPT_VIOLATION FAILED_VMENTRY(2147483696)"),
        (999, 1, "exit_reason=999"),
    ])
    func anExitReasonHasTheNameOfItsHardware(reason: UInt32, isa: UInt32, expected: String) {
        let record = MadeRecord(id: 103, count: 32).with(reason, at: 8).with(isa, at: 24).with(UInt64(0x1000), at: 16)
        #expect(
            record.rendered(PrintFormats.named("kvm_exit")) == [expected, "guest_rip=0x1000", "isa=\(isa)"])
    }

    @Test func aUserSpaceExitIsNamedOnlyWhereItIsNoError() {
        let format = PrintFormats.named("kvm_userspace_exit")
        let record = MadeRecord(id: 42, count: 16)
        #expect(record.with(UInt32(2), at: 8).rendered(format) == ["reason=KVM_EXIT_IO(2)", "errno=0"])
        #expect(record.with(UInt32(77), at: 8).rendered(format) == ["reason=77", "errno=0"])
        #expect(record.with(Int32(-4), at: 12).rendered(format) == ["reason=0", "errno=-4(restart)"])
        #expect(record.with(Int32(-14), at: 12).rendered(format) == ["reason=0", "errno=-14(error)"])
    }

    @Test func anEmulatedInstructionShowsOnlyTheBytesThatItHas() {
        var record = MadeRecord(id: 85, count: 40).with(UInt64(0x1005), at: 8).with(UInt8(3), at: 20)
        for (index, byte) in [UInt8(0xBA), 0xF8, 0x03, 0xEE].enumerated() { record.put(byte, at: 21 + index) }
        let format = PrintFormats.named("kvm_emulate_insn")
        #expect(
            record.with(UInt8(9), at: 36).with(UInt8(1), at: 37).rendered(format) == [
                "rip=0x1005", "csbase=0x0", "len=3", "insn=baf803", "flags=prot64(9)", "failed=1(failed)",
            ])
        #expect(record.with(UInt8(200), at: 20).rendered(format)[3].count == "insn=".count + 30)
    }

    @Test func anInjectedExceptionIsNamedThoughItsFormatHasAnEmptyTable() {
        let record = MadeRecord(id: 101, count: 20).with(UInt8(14), at: 8).with(UInt8(1), at: 9).with(UInt32(2), at: 12)
        #expect(
            record.rendered(PrintFormats.named("kvm_inj_exception")) == [
                "exception=#PF(14)", "has_error=1", "error_code=2", "reinjected=0",
            ])
    }

    @Test func anInstalledEntryShowsItsPermissions() {
        let record = MadeRecord(id: 119, count: 36).with(UInt64(0x101), at: 8).with(UInt64(0x7), at: 16)
            .with(UInt8(1), at: 32).with(UInt8(1), at: 33).with(Int8(-1), at: 35)
        #expect(
            record.rendered(PrintFormats.named("kvm_mmu_set_spte")) == [
                "gfn=0x101", "spte=0x7(w)", "sptep=0x0", "level=1", "r=1(r)", "x=0", "u=-1",
            ])
        #expect(record.with(UInt8(1), at: 35).rendered(PrintFormats.named("kvm_mmu_set_spte")).last == "u=1(u)")
    }

    @Test func aFormatThatCannotBeUnderstoodStillHasItsFields() {
        var record = MadeRecord(id: 300, count: 28).with(UInt32(5 << 16 | 23), at: 8).with(Int16(-3), at: 20)
        for (index, byte) in "vcpu\0junk".utf8.enumerated() where index < 8 { record.put(byte, at: 12 + index) }
        for (index, byte) in "halt\0".utf8.enumerated() { record.put(byte, at: 23 + index) }
        #expect(record.rendered(PrintFormats.named("up")) == ["word=halt", "comm=vcpu", "change=-3"])
        #expect(record.with(UInt32(0xFFFF_FFFF), at: 8).rendered(PrintFormats.named("up"))[0] == "word=")
    }

    @Test func aRecordThatIsTooShortIsShownAsFarAsItGoes() {
        let whole = MadeRecord(id: 103, count: 32).with(UInt32(48), at: 8).with(UInt32(1), at: 24)
        for count in 0..<32 {
            let fields = whole.bytes[..<count].withUnsafeBytes { PrintFormats.named("kvm_exit")?.render($0) ?? [] }
            #expect(fields.count == 3)
            #expect(fields.first?.value == (count < 12 ? "?" : count < 28 ? "48" : "EPT_VIOLATION"))
        }
    }

    @Test func anEventOfWhichNothingIsKnownIsShownAsBytes() {
        var formats = PrintFormats.formats
        let format = formats.format(0xBEEF)
        #expect(format.name == "event:48879")
        #expect(MadeRecord(id: 0xBEEF, thread: 1, count: 8).rendered(format) == ["bytes=efbe000001000000"])
    }

    @Test(arguments: [
        ("10", Int64(10)), ("0x400", 0x400), ("-1", -1), ("1ULL", 1), ("0xffffffffffffffff", -1),
        ("-9223372036854775808", .min),
    ])
    func aNumberOfCIsRead(text: String, value: Int64) { #expect(PrintExpression.number(text) == value) }

    @Test(arguments: ["", "x", "KVM_EXIT", "0x", "99999999999999999999"])
    func whatIsNoNumberIsNone(text: String) { #expect(PrintExpression.number(text) == nil) }

    @Test func expressionsMeanWhatTheyMeanInC() {
        let field = PrintExpression.field(0)
        func value(_ expression: PrintExpression, _ field: Int64 = 0) -> Int64? { expression.value { _ in field } }
        #expect(value(.infix("&", field, .prefix("~", .number(0xFFFF))), 0x8000_0030) == 0x8000_0000)
        #expect(value(.infix("/", .number(1), field)) == nil)
        #expect(value(.infix("%", .number(.min), .number(-1))) == 0)
        #expect(value(.infix("/", .number(.min), .number(-1))) == .min)
        #expect(value(.choice(.infix("<", field, .number(0)), .prefix("-", field), field), -14) == 14)
        #expect(value(.infix("??", field, field)) == nil)
        #expect(value(.infix("<<", .number(1), .number(3))) == 8)
    }

    @Test func conversionsOfAFormatAreFound() {
        #expect(PrintReading.conversions("vcpu %u, rip 0x%lx 100%% %-08llx%s") == ["u", "x", "x", "s"])
        #expect(PrintReading.conversions("%d %*pbl %d") == ["d"])
        #expect(PrintReading.conversions("%") == [])
    }
}
