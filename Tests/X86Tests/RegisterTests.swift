import Testing
import X86

@Suite struct RegisterTests {
    @Test func registersReadAsTheManualNamesTheirBits() {
        #expect("\(CR0(rawValue: 0x8001_0031))" == "PE ET NE WP PG")
        #expect("\(CR4(rawValue: 0x30_06a0))" == "PAE PGE OSFXSR OSXMMEXCPT SMEP SMAP")
        #expect("\(EFER(rawValue: 0xd01))" == "SCE LME LMA NXE")
        #expect("\(RFLAGS(rawValue: 0x3246))" == "PF ZF IF IOPL=3")
        #expect("\(RFLAGS(rawValue: 2))" == "")
        #expect("\(CR0(rawValue: 1 | 1 << 63))" == "PE bit 63")
        #expect("\(PageFaultErrorCode(rawValue: 0x8000_0207))" == "P W/R U/S RMP bit 9")
        #expect("\(PageFaultErrorCode())" == "0")
    }

    @Test func noTwoNamesShareABit() {
        for table in [CR0.bits, CR4.bits, EFER.bits, RFLAGS.bits, PageFaultErrorCode.bits] {
            var seen: UInt64 = 0
            for bit in table {
                #expect(bit.bits.mask & seen == 0, "\(bit.name)")
                #expect(!bit.meaning.isEmpty)
                seen |= bit.bits.mask
            }
        }
    }

    @Test func theModeFollowsFromTheControlRegisters() {
        #expect(PagingMode(cr0: [], cr4: .pae, efer: .lme) == .real)
        #expect(PagingMode(cr0: .pe, cr4: .pae, efer: .lme) == .none)
        #expect(PagingMode(cr0: [.pe, .pg], cr4: .pse, efer: []) == .thirtyTwoBit)
        #expect(PagingMode(cr0: [.pe, .pg], cr4: [.pae, .la57], efer: []) == .pae)
        #expect(PagingMode(cr0: [.pe, .pg], cr4: .pae, efer: [.lme, .lma]) == .fourLevel)
        #expect(PagingMode(cr0: [.pe, .pg], cr4: [.pae, .la57], efer: [.lme, .lma]) == .fiveLevel)
        #expect(PagingMode.allCases.map(\.rawValue) == ["real", "none", "32-bit", "pae", "4-level", "5-level"])
    }

    @Test func selectorsAndSegmentTypesReadAsText() {
        #expect("\(SegmentSelector(rawValue: 0x10))" == "0x10 = GDT[2] RPL 0")
        #expect("\(SegmentSelector(rawValue: 0x2f))" == "0x2f = LDT[5] RPL 3")
        #expect("\(SegmentSelector(rawValue: 3))" == "0x3 = null")
        #expect("\(SegmentType(type: 11, isCodeOrData: true))" == "code execute/read, accessed")
        #expect("\(SegmentType(type: 2, isCodeOrData: true))" == "data read/write")
        #expect("\(SegmentType(type: 11, isCodeOrData: false))" == "TSS, busy")
        #expect("\(SegmentType(type: 0, isCodeOrData: false))" == "system type 0")
    }
}
