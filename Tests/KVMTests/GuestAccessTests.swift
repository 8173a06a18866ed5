import CKVM
import Testing

@testable import KVM

@Suite("Single accesses from made-up run pages")
struct GuestAccessTests {
    private static func port(
        _ direction: Int32, size: UInt8, count: UInt32 = 1, offset: UInt64 = 4096, port: UInt16 = 0x3F8
    ) -> MadeUpPage {
        let page = MadeUpPage().with(KVM_EXIT_IO) {
            $0.io.direction = UInt8(direction)
            $0.io.port = port
            $0.io.size = size
            $0.io.count = count
            $0.io.data_offset = offset
        }
        for n in 0..<16 { page.memory[4096 + n] = UInt8(0xA0 + n) }
        return page
    }

    private static func memory(isWrite: Bool, length: UInt32) -> MadeUpPage {
        MadeUpPage().with(KVM_EXIT_MMIO) {
            $0.mmio.phys_addr = 0xD000_0008
            $0.mmio.is_write = isWrite ? 1 : 0
            $0.mmio.len = length
            $0.mmio.data = (1, 2, 3, 4, 5, 6, 7, 8)
        }
    }

    @Test("says the same as the exit that is decoded in full", arguments: [1, 2, 4, 8] as [UInt8])
    func agreesWithExit(size: UInt8) {
        var pages = [
            Self.memory(isWrite: true, length: UInt32(size)), Self.memory(isWrite: false, length: UInt32(size)),
        ]
        if size <= 4 {
            pages += [Self.port(KVM_EXIT_IO_OUT, size: size), Self.port(KVM_EXIT_IO_IN, size: size, port: 0x60)]
        }
        for page in pages {
            let access = RunPage(memory: page.memory).access()
            #expect(access?.exit == page.exit)
        }
    }

    @Test("string I/O, other exits and data outside the page are none")
    func isNone() {
        for page in [
            Self.port(KVM_EXIT_IO_OUT, size: 1, count: 2), Self.port(KVM_EXIT_IO_IN, size: 1, count: 0),
            Self.port(KVM_EXIT_IO_OUT, size: 0), Self.port(KVM_EXIT_IO_OUT, size: 9),
            Self.port(KVM_EXIT_IO_OUT, size: 1, offset: UInt64(3 * 4096 - 7)),
            Self.port(KVM_EXIT_IO_OUT, size: 1, offset: .max), Self.memory(isWrite: true, length: 0),
            Self.memory(isWrite: false, length: 9), MadeUpPage().with(KVM_EXIT_HLT), MadeUpPage().with(KVM_EXIT_DEBUG),
        ] {
            let access = RunPage(memory: page.memory).access()
            #expect(access == nil)
        }
    }

    @Test("an answer goes where the kernel looks, and no byte beyond the access", arguments: [1, 2, 4] as [UInt8])
    func answers(size: UInt8) throws {
        let page = Self.port(KVM_EXIT_IO_IN, size: size)
        let run = RunPage(memory: page.memory)
        let found = run.access()
        let access = try #require(found)
        #expect(access.value == 0, "what lies there before the answer is not the guest's")
        run.answer(access, with: 0x8877_6655_4433_2211)
        let expected: [UInt8] = [0x11, 0x22, 0x33, 0x44].prefix(Int(size)) + (Int(size)..<8).map { UInt8(0xA0 + $0) }
        #expect(Array(page.memory[4096..<4104]) == expected)
    }

    @Test("a write is never answered")
    func writeIsNotAnswered() throws {
        let page = Self.memory(isWrite: true, length: 4)
        let run = RunPage(memory: page.memory)
        let access = run.access()
        run.answer(try #require(access), with: .max)
        let after = run.access()
        #expect(after == access && after?.value == 0x0403_0201)
    }
}
