import Testing
import X86

/// Translations worked out by hand from the figures of Intel SDM volume 3, chapter "Paging".
@Suite struct PageWalkTests {
    static let long = PagingRegisters(
        cr0: [.pe, .pg, .wp], cr3: CR3(rawValue: 0x1000), cr4: .pae, efer: [.lme, .lma, .nxe],
        maxPhysicalAddressBits: 40)

    private func walk(
        _ address: UInt64, _ registers: PagingRegisters, _ memory: [UInt64: UInt64], _ kind: MemoryAccess.Kind = .read,
        user: Bool = false
    ) -> PageWalk {
        PageWalk.walk(
            address: GuestVirtualAddress(address), registers: registers, access: MemoryAccess(kind, user: user)
        ) { at, size in size == 4 ? memory[at].map { $0 & 0xffff_ffff } : memory[at] }
    }

    private func page(_ address: UInt64, _ size: PageSize?, _ offset: UInt64) -> PageWalk.Outcome {
        .translated(GuestPhysicalAddress(address), pageSize: size, offset: offset)
    }

    // "Linear-Address Translation to a 4-KByte Page using 4-Level Paging".
    @Test func fourLevelsLeadToAFourKiBPage() {
        // 0x7f81_2345_6789: PML4 0xff, directory pointer 4, directory 0x11a, table 0x56, offset 0x789.
        let memory: [UInt64: UInt64] = [
            0x17f8: 0x2067, 0x2020: 0x3027, 0x38d0: 0x4027, 0x42b0: 0x8000_000a_bcde_f065,
        ]
        let walk = walk(0x7f81_2345_6789, Self.long, memory)
        #expect(walk.outcome == page(0xa_bcde_f789, .fourKiB, 0x789))
        #expect(walk.mode == .fourLevel)
        #expect(walk.steps.map(\.name) == ["PML4E", "PDPTE", "PDE", "PTE"])
        #expect(walk.steps.map(\.level) == [4, 3, 2, 1])
        #expect(walk.steps.map(\.index) == [0xff, 4, 0x11a, 0x56])
        #expect(walk.steps.map { "\($0.indexBits)" } == ["47:39", "38:30", "29:21", "20:12"])
        #expect(walk.steps.map(\.tableAddress.rawValue) == [0x1000, 0x2000, 0x3000, 0x4000])
        #expect(walk.steps.map(\.entryAddress.rawValue) == [0x17f8, 0x2020, 0x38d0, 0x42b0])
        #expect(walk.steps.map { "\($0.effective)" } == ["wux", "wux", "wux", "-u-"])
        #expect(walk.steps.map(\.entry.isDirty) == [true, false, false, true])
        #expect(walk.rights?.description == "supervisor r--, user r--")
        #expect(walk.steps[3].entry.flagNames == ["P", "U/S", "A", "D", "NX"])
    }

    // "Linear-Address Translation to a 1-GByte Page", "… a 2-MByte Page".
    @Test func largePagesEndTheWalkEarly() {
        let memory: [UInt64: UInt64] = [0x1000: 0x2003, 0x2000: 0x3003, 0x2008: 0x4000_0083, 0x3008: 0x20_0083]
        #expect(walk(0x2f_edcb, Self.long, memory).outcome == page(0x2f_edcb, .twoMiB, 0xf_edcb))
        #expect(walk(0x7fff_ffff, Self.long, memory).outcome == page(0x7fff_ffff, .oneGiB, 0x3fff_ffff))
        var small = Self.long
        small.has1GiBPages = false
        // "Page-Fault Exceptions": P | RSVD.
        #expect(
            walk(0x7fff_ffff, small, memory).outcome
                == .fault(level: 3, reason: .reserved, errorCode: [.present, .reserved]))
    }

    @Test func fiveLevelsReadOneTableMore() {
        var registers = Self.long
        registers.cr4.insert(.la57)
        // Bits 56:48 of 0x00ab_0000_0020_0000 are 0xab.
        let memory: [UInt64: UInt64] = [0x1558: 0x2003, 0x2000: 0x3003, 0x3000: 0x4003, 0x4008: 0x60_0083]
        let walk = walk(0x00ab_0000_0020_0042, registers, memory)
        #expect(walk.outcome == page(0x60_0042, .twoMiB, 0x42))
        #expect(walk.steps.first?.name == "PML5E")
        #expect(walk.steps.first.map { "\($0.indexBits)" } == "56:48")
    }

    // "Linear-Address Translation to a 4-KByte Page using 32-Bit Paging"; "PSE-36".
    @Test func thirtyTwoBitPagingHasFourMiBPagesAboveFourGiB() {
        var registers = PagingRegisters(
            cr0: [.pe, .pg], cr3: CR3(rawValue: 0x5018), cr4: .pse, maxPhysicalAddressBits: 40)
        // 0xc030_1234: directory 0x300, table 0x301, offset 0x234.
        let memory: [UInt64: UInt64] = [0x5c00: 0x7007, 0x7c04: 0x9_a007, 0x5c04: 0x0080_2083]
        #expect(walk(0xc030_1234, registers, memory).outcome == page(0x9_a234, .fourKiB, 0x234))
        // Bit 13 of the PDE is bit 32 of the frame.
        #expect(walk(0xc071_2345, registers, memory).outcome == page(0x1_00b1_2345, .fourMiB, 0x31_2345))
        registers.hasPSE36 = false
        #expect(
            walk(0xc071_2345, registers, memory).outcome
                == .fault(level: 2, reason: .reserved, errorCode: [.present, .reserved]))
        registers.cr4 = []
        // Without CR4.PSE the entry points to a table at 0x802000.
        #expect(
            walk(0xc071_2345, registers, memory).outcome
                == .memoryMissing(level: 1, entryAddress: GuestPhysicalAddress(0x80_2c48)))
    }

    // "PAE Paging": four PDPTEs at CR3 bits 31:5, without R/W and U/S.
    @Test func paePagingBeginsWithFourPointers() {
        let registers = PagingRegisters(
            cr0: [.pe, .pg], cr3: CR3(rawValue: 0x1020), cr4: .pae, efer: .nxe, maxPhysicalAddressBits: 36)
        let memory: [UInt64: UInt64] = [0x1038: 0x2001, 0x2010: 0x9_0060_0087, 0x1030: 0x2003, 0x1028: 0x10_0000_2001]
        let walked = walk(0xc050_0010, registers, memory, .write, user: true)
        #expect(walked.outcome == page(0x9_0070_0010, .twoMiB, 0x10_0010))
        #expect(walked.steps.map { "\($0.effective)" } == ["wux", "wux"])
        #expect(walked.steps[0].entry.flagNames == ["P"])
        for address in [0x8050_0010, 0x4050_0010] as [UInt64] {
            #expect(
                walk(address, registers, memory).outcome
                    == .fault(level: 3, reason: .reserved, errorCode: [.present, .reserved]))
        }
    }

    // PDPTEs are checked when CR3 is loaded; QEMU's emulated processor sets bit 5 in them afterwards.
    @Test func aPointerMarkedAsAccessedIsFollowed() {
        let registers = PagingRegisters(
            cr0: [.pe, .pg], cr3: CR3(rawValue: 0x1000), cr4: .pae, efer: .nxe, maxPhysicalAddressBits: 36)
        let walked = walk(0x50_0010, registers, [0x1000: 0x2021, 0x2010: 0x60_0087])
        #expect(walked.outcome == page(0x70_0010, .twoMiB, 0x10_0010))
        #expect(walked.steps[0].hasToleratedBit && walked.steps[0].entry.flagNames == ["P", "reserved 5"])
        #expect(!walked.steps[1].hasToleratedBit)
        let other = walk(0x50_0010, registers, [0x1000: 0x2061, 0x2010: 0x60_0087])
        #expect(other.outcome == .fault(level: 3, reason: .reserved, errorCode: [.present, .reserved]))
    }

    @Test func withoutPagingTheLinearAddressIsPhysical() {
        let protected = walk(0xfee0_0030, PagingRegisters(cr0: .pe), [:], .write, user: true)
        #expect(protected.mode == .none)
        #expect(protected.outcome == page(0xfee0_0030, nil, 0xfee0_0030))
        #expect(protected.effective == .all && protected.steps.isEmpty && protected.rights == nil)
    }

    // "Real-Address Mode": segment × 16 + offset.
    @Test func realModeAddsTheSegmentBase() {
        let top = RealModeAddress(segment: 0xffff, offset: 0xffff)
        #expect(top.linearAddress == 0x10_ffef)
        #expect("\(top)" == "ffff:ffff")
        let walk = walk(0xffff, PagingRegisters(cr0: [], segmentBase: top.segmentBase), [:])
        #expect(walk.mode == .real)
        #expect(walk.outcome == page(0x10_ffef, nil, 0x10_ffef))
    }

    @Test func unrealModeReachesBeyondOneMiB() {
        #expect(walk(0xfec0_0000, PagingRegisters(cr0: []), [:]).physicalAddress == GuestPhysicalAddress(0xfec0_0000))
        #expect(
            walk(0xffff_fff0, PagingRegisters(cr0: [], segmentBase: 0x20), [:]).physicalAddress
                == GuestPhysicalAddress(0x10))
    }

    // "Canonical Addressing": #GP, no table is read.
    @Test func aNonCanonicalAddressReadsNoTable() {
        let walk = walk(0x8000_0000_0000, Self.long, [:])
        #expect(walk.outcome == .fault(level: 4, reason: .nonCanonical, errorCode: []))
        #expect(walk.steps.isEmpty && walk.effective.isEmpty)
        var five = Self.long
        five.cr4.insert(.la57)
        #expect(
            self.walk(0x8000_0000_0000, five, [:]).outcome
                == .memoryMissing(level: 5, entryAddress: GuestPhysicalAddress(0x1000)))
    }

    // "Page-Fault Error Code".
    @Test(arguments: [
        (MemoryAccess.Kind.read, false, 0x00 as UInt32), (.write, false, 0x02), (.execute, false, 0x10),
        (.read, true, 0x04),
        (.write, true, 0x06), (.execute, true, 0x14),
    ])
    func aMissingEntryFaultsWithoutP(kind: MemoryAccess.Kind, user: Bool, code: UInt32) {
        let walk = walk(0x1000, Self.long, [0x1000: 0x2007, 0x2000: 0xffff_ffff_ffff_fffe], kind, user: user)
        #expect(
            walk.outcome == .fault(level: 3, reason: .notPresent, errorCode: PageFaultErrorCode(rawValue: code)))
        #expect(walk.steps.count == 2)
    }

    // "Page-Fault Error Code", bit 4: only with SMEP, or with PAE and NXE.
    @Test func aFetchIsReportedOnlyWhereFetchesCanBeRefused() {
        var registers = PagingRegisters(cr0: [.pe, .pg], cr3: CR3(rawValue: 0x1000), efer: .nxe)
        #expect(
            walk(0, registers, [0x1000: 0], .execute).outcome == .fault(level: 2, reason: .notPresent, errorCode: []))
        registers.cr4.insert(.smep)
        #expect(
            walk(0, registers, [0x1000: 0], .execute).outcome
                == .fault(level: 2, reason: .notPresent, errorCode: .instruction))
    }

    // "Determination of Access Rights".
    @Test func theTopmostRefusingEntryIsToBlame() {
        let memory: [UInt64: UInt64] = [0x1000: 0x2007, 0x2000: 0x3005, 0x3000: 0x4003, 0x4000: 0x9007]
        let write = walk(0, Self.long, memory, .write, user: true)
        #expect(write.outcome == .fault(level: 3, reason: .protection, errorCode: [.present, .write, .user]))
        #expect(write.denial == .readOnlyPage)
        let read = walk(0, Self.long, memory, .read, user: true)
        #expect(read.outcome == .fault(level: 2, reason: .protection, errorCode: [.present, .user]))
        #expect(read.denial == .supervisorPage)
        var unprotected = Self.long
        unprotected.cr0.remove(.wp)
        #expect(walk(0, unprotected, memory, .write).physicalAddress == GuestPhysicalAddress(0x9000))
    }

    // "Determination of Access Rights": user-mode addresses under SMAP and SMEP.
    @Test func smapAndSmepKeepTheSupervisorOutOfUserPages() {
        var registers = Self.long
        registers.cr4.formUnion([.smap, .smep])
        let memory: [UInt64: UInt64] = [0x1000: 0x2007, 0x2000: 0x3007, 0x3000: 0x87]
        let read = walk(0x10, registers, memory)
        #expect(read.outcome == .fault(level: 2, reason: .protection, errorCode: .present))
        #expect(read.denial == .supervisorAccessPrevention)
        #expect(read.rights?.description == "supervisor ---, user rwx")
        let fetch = walk(0x10, registers, memory, .execute)
        #expect(fetch.outcome == .fault(level: 2, reason: .protection, errorCode: [.present, .instruction]))
        #expect(fetch.denial == .supervisorExecutionPrevention)
        registers.rflags = .ac
        #expect(walk(0x10, registers, memory).physicalAddress == GuestPhysicalAddress(0x10))
        #expect(walk(0x10, registers, memory, .execute).denial == .supervisorExecutionPrevention)
    }

    @Test func memoryThatCannotBeReadIsUnknownRatherThanAbsent() {
        let walk = walk(0x1000, Self.long, [0x1000: 0x7_0000_0003])
        #expect(walk.outcome == .memoryMissing(level: 3, entryAddress: GuestPhysicalAddress(0x7_0000_0000)))
        #expect(walk.steps.count == 1 && walk.physicalAddress == nil)
    }

    @Test func whatTheWalkLeavesOutIsNamed() {
        var registers = Self.long
        #expect(registers.unmodelled.isEmpty)
        registers.cr4.formUnion([.pke, .smep])
        #expect("\(registers.unmodelled)" == "PKE")
    }
}
