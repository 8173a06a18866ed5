import KVM
import Testing

@testable import Machine

@Suite("Real-mode vectors without a handler") struct BIOSStubsTests {
    @Test("each vector leads to a halt of its own, and what the image covers is left alone")
    func pieces() {
        let stubs = BIOSStubs(address: 0xF_0000)
        let image = GuestImage(
            name: "x", mode: .real, entry: 0x40, segments: [.init(address: 0x40, bytes: [0xF4], memorySize: 8)])
        let pieces = stubs.pieces(beside: image)
        #expect(pieces[0].address == 0xF_0000 && pieces[0].bytes == [UInt8](repeating: 0xF4, count: 256))
        // Vectors 0x10 and 0x11 lie under the image.
        #expect(pieces.count == 1 + 254 && !pieces.contains { $0.address == 0x40 || $0.address == 0x44 })
        #expect(pieces.first { $0.address == 0x48 }?.bytes == [0x12, 0, 0, 0xF0])
    }

    @Test("a small memory has them where there is room, or not at all")
    func places() throws {
        let image = GuestImage(name: "x", mode: .real, entry: 0x1000, segments: [.init(address: 0x1000, bytes: [0xF4])])
        #expect(try BootLayout(image: image, memorySize: 0x1_0000, vcpus: 1).biosStubs?.address == 0x500)
        let covering = GuestImage(
            name: "x", mode: .real, entry: 0, segments: [.init(address: 0, bytes: [0xF4], memorySize: 0xFF80)])
        #expect(try BootLayout(image: covering, memorySize: 0x1_0000, vcpus: 1).biosStubs == nil)
    }

    @Test("calls and exceptions are told apart by the instruction", arguments: [true, false])
    func words(isInstruction: Bool) {
        var registers = Registers()
        registers.rax = 0x0241
        let call = BIOSCall(
            vector: 0x21, offset: 0x7C05, segment: 0, isInstruction: isInstruction, registers: registers)
        #expect(
            call.text
                == (isInstruction
                    ? "the guest called int 0x21 (AH=0x02 AL='A') at 0000:7c05; there is no BIOS here"
                    : "interrupt 33 at 0000:7c05, and the guest has set no vector for it; there is no BIOS here"))
    }
}
