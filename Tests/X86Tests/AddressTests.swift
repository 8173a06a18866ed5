import TestSupport
import Testing
import X86

@Suite struct AddressTests {
    // Intel SDM volume 1, "Canonical Addressing".
    @Test(
        arguments: [
            (0, true, true), (0x7fff_ffff_ffff, true, true), (0x8000_0000_0000, false, true),
            (0xffff_7fff_ffff_ffff, false, true), (0xffff_8000_0000_0000, true, true), (UInt64.max, true, true),
            (0x00ff_ffff_ffff_ffff, false, true), (0x0100_0000_0000_0000, false, false),
            (0xfeff_ffff_ffff_ffff, false, false), (0xff00_0000_0000_0000, false, true),
        ] as [(UInt64, Bool, Bool)])
    func canonicalAddressesRepeatTheirHighestBit(address: UInt64, in48: Bool, in57: Bool) {
        #expect(GuestVirtualAddress(address).isCanonical(bits: 48) == in48)
        #expect(GuestVirtualAddress(address).isCanonical(bits: 57) == in57)
        #expect(GuestVirtualAddress(address).isCanonical(bits: 64))
    }

    @Test func addressesReadAndCompareAsNumbers() {
        #expect("\(GuestPhysicalAddress(0xfee0_0000))" == "0xfee00000")
        #expect("\(HostVirtualAddress(0))" == "0x0")
        #expect(HostPhysicalAddress(1) < HostPhysicalAddress(2))
        #expect(GuestVirtualAddress(UInt64.max) &+ 2 == GuestVirtualAddress(1))
        #expect(GuestPhysicalAddress(0x3000).distance(above: GuestPhysicalAddress(0x1000)) == 0x2000)
        #expect(GuestPhysicalAddress(0x1000).distance(above: GuestPhysicalAddress(0x3000)) == nil)
    }

    @Test func anAddressIsCutIntoItsFields() {
        let address = GuestVirtualAddress(0x7f81_2345_6789)
        let small = AddressSplit(address, mode: .fourLevel)
        #expect(
            "\(small)" == "Sign extension 63:48 = 0x0 | PML4 47:39 = 0xff | Directory Ptr 38:30 = 0x4"
                + " | Directory 29:21 = 0x11a | Table 20:12 = 0x56 | Offset 11:0 = 0x789")
        #expect(small.fields.map(\.level) == [nil, 4, 3, 2, 1, nil])
        #expect(
            "\(AddressSplit(GuestVirtualAddress(0xc071_2345), mode: .thirtyTwoBit, pageSize: .fourMiB))"
                == "Directory 31:22 = 0x301 | Offset 21:0 = 0x312345")
        #expect(
            "\(AddressSplit(GuestVirtualAddress(0xc050_0010), mode: .pae, pageSize: .twoMiB))"
                == "Directory Ptr 31:30 = 0x3 | Directory 29:21 = 0x2 | Offset 20:0 = 0x100010")
        #expect("\(AddressSplit(GuestVirtualAddress(0x1234), mode: .real))" == "Offset 31:0 = 0x1234")
    }

    @Test(arguments: PagingMode.allCases)
    func theFieldsTogetherAreTheWholeAddress(mode: PagingMode) {
        var random = Seeded(seed: 3)
        for size in [nil] + PageSize.allCases {
            let word = mode.linearAddressBits == 32 ? random.next() >> 32 : random.next()
            let fields = AddressSplit(GuestVirtualAddress(word), mode: mode, pageSize: size).fields
            #expect(fields.reduce(0) { $0 | $1.value << UInt64($1.bits.low) } == word)
            #expect(fields.reduce(0) { $0 + $1.bits.width } == (mode.linearAddressBits == 32 ? 32 : 64))
        }
    }

    @Test func bitRangesAreWrittenAsInTheManual() {
        #expect("\(BitRange(47, 39))" == "47:39" && "\(BitRange(5))" == "5")
        #expect(BitRange(63, 0).mask == UInt64.max && BitRange(11, 9).mask == 0xe00)
        #expect(BitRange(47, 39).value(in: 0x7f81_2345_6789) == 0xff)
        #expect(BitRange(-3, 99) == BitRange(63, 0))
    }
}
