import TestSupport
import Testing
import X86

/// Encodings worked out by hand from the opcode maps of Intel SDM volume 2, appendix A.
@Suite struct DisassemblerTests {
    private func decode(_ mode: CodeSize, _ bytes: [UInt8], at address: UInt64 = 0x1000) throws -> Instruction {
        try Disassembler(mode: mode).decode(bytes, at: address)
    }

    @Test func theSameBytesAreOtherInstructionsInEachCodeSize() throws {
        let bytes: [UInt8] = [0x48, 0x89, 0xd8]
        #expect(try decode(.bits16, bytes).text == "dec ax")
        #expect(try decode(.bits32, bytes).text == "dec eax")
        #expect(try decode(.bits64, bytes).text == "mov rax, rbx")
        #expect(try decode(.bits64, bytes).byteText == "48 89 d8")
        #expect(try decode(.bits32, bytes).length == 1)
    }

    @Test func attSyntaxNamesTheSourceFirst() throws {
        let instruction = try Disassembler(mode: .bits64, syntax: .att).decode([0x48, 0x89, 0xd8], at: 0)
        #expect(instruction.text == "movq %rbx, %rax")
    }

    @Test(
        arguments: [
            (CodeSize.bits16, [0xeb, 0xfe], 0x1000, 0x1000, Instruction.Flow.jump),
            (.bits16, [0xe9, 0x00, 0x7f], 0xfff0, 0x7ef3, .jump),
            (.bits32, [0xe8, 0xf0, 0xef, 0xff, 0xff], 0x10, 0xffff_f005, .call),
            (.bits64, [0xe8, 0xfb, 0xff, 0xff, 0xff], 0x1000, 0x1000, .call),
            (.bits64, [0x75, 0x10], 0x1000, 0x1012, .conditionalJump),
            (.bits64, [0xe2, 0xfe], 0x1000, 0x1000, .conditionalJump),
            (.bits64, [0xe3, 0x10], 0x1000, 0x1012, .conditionalJump),
        ] as [(CodeSize, [UInt8], UInt64, UInt64, Instruction.Flow)])
    func relativeBranchesKnowTheirTarget(
        mode: CodeSize, bytes: [UInt8], address: UInt64, target: UInt64, flow: Instruction.Flow
    ) throws {
        let instruction = try decode(mode, bytes, at: address)
        #expect(instruction.target == target)
        #expect(instruction.flow == flow)
    }

    @Test(
        arguments: [
            ([0xff, 0xe0], Instruction.Flow.jump), ([0xff, 0x15, 0x10, 0, 0, 0], .call), ([0xc3], .return),
            ([0x48, 0xcb], .return), ([0x48, 0xcf], .interruptReturn), ([0x48, 0x0f, 0x07], .interruptReturn),
            ([0xcd, 0x80], .interrupt), ([0xcc], .interrupt), ([0x0f, 0x05], .interrupt), ([0xf4], .halt),
            ([0x90], .next), ([0x0f, 0x0b], .next), ([0x0f, 0x01, 0xc1], .next),
        ] as [([UInt8], Instruction.Flow)])
    func otherInstructionsHaveAFlowAndNoTarget(bytes: [UInt8], flow: Instruction.Flow) throws {
        let instruction = try decode(.bits64, bytes)
        #expect(instruction.flow == flow)
        #expect(instruction.target == nil)
    }

    @Test func aFarJumpKnowsSelectorAndOffset() throws {
        let jump = try decode(.bits32, [0xea, 0x00, 0x10, 0x00, 0xf0, 0x08, 0x00])
        #expect(jump.target == 0xf000_1000)
        #expect(jump.targetSelector == SegmentSelector(rawValue: 8))
        let att = try Disassembler(mode: .bits16, syntax: .att).decode([0xea, 0x00, 0x10, 0x00, 0xf0], at: 0)
        #expect(att.target == 0x1000)
        #expect(att.targetSelector == SegmentSelector(rawValue: 0xf000))
    }

    @Test func portInstructionsAreKnown() throws {
        let out = try decode(.bits64, [0xee])
        #expect(out.text == "out dx, al" && out.isPortIO && !out.isStringIO)
        let input = try decode(.bits16, [0xe4, 0x60])
        #expect(input.text == "in al, 0x60" && input.isPortIO)
        let string = try decode(.bits64, [0xf3, 0x6e])
        #expect(string.mnemonic == "rep outsb" && string.isPortIO && string.isStringIO && string.isRepeated)
        #expect(string.memoryOperand?.base == "rsi")
        #expect(string.memoryOperand?.isRead == true)
        #expect(string.memoryOperand?.isWritten == false)
        let move = try decode(.bits64, [0xf3, 0xa4])
        #expect(!move.isPortIO && !move.isStringIO && move.isRepeated)
    }

    @Test func effectiveAddressesFollowTheOperand() throws {
        let registers: [String: UInt64] = ["rbx": 0x1000, "rcx": 3, "bx": 0xffff, "si": 2, "eax": 0xffff_ffff]
        let indexed = try #require(try decode(.bits64, [0x64, 0x48, 0x8b, 0x44, 0xcb, 0xf8]).memoryOperand)
        #expect(indexed.segment == "fs")
        #expect(indexed.effectiveAddress { registers[$0] } == 0x1010)
        let relative = try #require(try decode(.bits64, [0x48, 0x8b, 0x05, 0x10, 0, 0, 0]).memoryOperand)
        #expect(relative.effectiveAddress { _ in nil } == 0x1017)
        let wrapped = try #require(try decode(.bits16, [0x8a, 0x00]).memoryOperand)
        #expect(wrapped.effectiveAddress { registers[$0] } == 1)
        let narrow = try #require(try decode(.bits64, [0x67, 0x8b, 0x40, 0x02]).memoryOperand)
        #expect(narrow.effectiveAddress { registers[$0] } == 1)
        #expect(narrow.effectiveAddress { _ in nil } == nil)
    }

    @Test func leaNamesMemoryThatItDoesNotTouch() throws {
        let lea = try #require(try decode(.bits64, [0x48, 0x8d, 0x43, 0x08]).memoryOperand)
        #expect(!lea.isRead && !lea.isWritten)
        let store = try #require(try decode(.bits64, [0x48, 0x89, 0x03]).memoryOperand)
        #expect(!store.isRead && store.isWritten && store.size == 8)
    }

    @Test func bytesThatAreNoInstructionAreShownAsBytes() throws {
        let invalid = try decode(.bits64, [0x06, 0x90])
        #expect(invalid.text == ".byte 0x06" && invalid.length == 1 && invalid.isUndecodable)
        let cutOff = try decode(.bits64, [0xe8, 0x00])
        #expect(cutOff.text == ".byte 0xe8" && cutOff.isUndecodable)
        let nothing = try decode(.bits64, [])
        #expect(nothing.length == 0 && nothing.isUndecodable)
    }

    @Test func aListingGoesOnBehindUndecodableBytes() throws {
        let code: [UInt8] = [0x06, 0xb8, 0x01, 0x00, 0x00, 0x00, 0xf4, 0x90]
        let listing = try Disassembler(mode: .bits64).instructions(from: code[...], at: 0x2000, count: 3)
        #expect(listing.map(\.text) == [".byte 0x06", "mov eax, 1", "hlt"])
        #expect(listing.map(\.address) == [0x2000, 0x2001, 0x2006])
        let all = try Disassembler(mode: .bits64).instructions(from: code, at: UInt64.max, count: 100)
        #expect(all.map(\.address) == [UInt64.max, 0, 5, 6])
    }

    @Test func everyByteSequenceGivesAnInstruction() throws {
        var random = Seeded(seed: 7)
        for mode in CodeSize.allCases {
            let disassembler = try Disassembler(mode: mode)
            for _ in 0..<3000 {
                let bytes = (0..<Int(random.next() % 17)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                let instruction = disassembler.decode(bytes, at: random.next())
                #expect(instruction.length <= 15)
                #expect(bytes.starts(with: instruction.bytes))
                #expect(instruction.length > 0 || bytes.isEmpty)
            }
        }
    }

    @Test func codeSizeFollowsTheCodeSegment() {
        #expect(CodeSize(efer: [.lme, .lma], isLong: true, isDefault32: false) == .bits64)
        #expect(CodeSize(efer: [.lme, .lma], isLong: false, isDefault32: true) == .bits32)
        #expect(CodeSize(efer: [], isLong: true, isDefault32: true) == .bits32)
        #expect(CodeSize(efer: [], isLong: false, isDefault32: false) == .bits16)
    }
}
