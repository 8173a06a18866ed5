import TestSupport
import Testing
import X86

@Suite struct EntryFieldTests {
    private func entry(_ raw: UInt64, level: Int, _ change: (inout PagingRegisters) -> Void = { _ in })
        -> PageTableEntry?
    {
        var registers = PageWalkTests.long
        change(&registers)
        return PageTableEntry(rawValue: raw, level: level, format: PagingFormat(registers))
    }

    @Test func aFieldSaysWhatItsValueMeans() throws {
        let leaf = try #require(self.entry(0x8000_0000_0060_01e3, level: 2))
        #expect(leaf.flagNames == ["P", "R/W", "A", "D", "PS", "G", "NX"])
        let fields = Dictionary(uniqueKeysWithValues: leaf.fields.filter { $0.name != "AVL" }.map { ($0.name, $0) })
        #expect(fields["PS"]?.meaning == "maps a page of 2 MiB")
        #expect(fields["U/S"]?.meaning == "supervisor only")
        #expect(fields["address"]?.value == 0x60_0000)
        #expect(fields["address"].map { "\($0.bits)" } == "39:21")
    }

    @Test func reservedBitsThatAreSetStandOut() throws {
        let entry = try #require(self.entry(0x0000_8000_0000_0083, level: 4))
        #expect(entry.flagNames == ["P", "R/W", "reserved 7", "reserved 47"])
        #expect(entry.reservedBitsSet == 0x8000_0000_0080)
        let amd = try #require(self.entry(0x103, level: 4) { $0.reservesUpperGlobalBit = true })
        #expect(amd.flagNames == ["P", "R/W", "reserved 8"])
    }

    @Test func bit63IsReservedUntilNXEGivesItAMeaning() throws {
        let entry = try #require(self.entry(0x8000_0000_0000_1001, level: 1) { $0.efer.remove(.nxe) })
        #expect(entry.flagNames == ["P", "reserved 63"])
        #expect(entry.isExecutable)
    }

    @Test func onlyPMattersInAnEntryThatIsNotPresent() throws {
        let entry = try #require(self.entry(0xffff_ffff_ffff_fffe, level: 1))
        #expect(entry.fields.filter { !$0.isIgnored }.map(\.name).filter { $0 != "reserved" } == ["P"])
    }

    @Test func aProtectionKeyHasItsNameWhereKeysAreOn() throws {
        let raw: UInt64 = 0x5800_0000_0000_1007
        #expect(try #require(self.entry(raw, level: 1)).fields.contains { $0.name == "PK" } == false)
        let keyed = try #require(self.entry(raw, level: 1) { $0.cr4.insert(.pke) })
        #expect(keyed.fields.first { $0.name == "PK" }?.value == 0xb)
    }

    @Test func thereIsNoEntryAtALevelThatTheModeLacks() {
        #expect(self.entry(1, level: 5) == nil)
        #expect(self.entry(1, level: 0) == nil)
        #expect(
            self.entry(1, level: 3) {
                $0.cr4 = []
                $0.efer = []
            } == nil)
    }

    /// The fields lie beside each other, and with the reserved bits they hold every bit that is set.
    @Test func theFieldsAccountForEveryBit() throws {
        var random = Seeded(seed: 11)
        for mode in ModelTests.modes {
            for _ in 0..<200 {
                let model = PagingWorld.model(mode, &random)
                for level in 1...mode.levels {
                    let format = PagingFormat(PagingWorld.registers(model))
                    let word = try #require(PageTableEntry(rawValue: random.next() | 1, level: level, format: format))
                    let covered = word.fields.reduce(UInt64(0)) { $0 | $1.bits.mask }
                    #expect(word.rawValue & ~covered & ~word.reservedBitsSet == 0, "\(mode) \(word)")
                }
            }
        }
    }
}
