import Testing

@testable import Timeline

@Suite("Bytes of an exit") struct BytesTests {
    @Test("count, order and word are the same however they are held", arguments: 0...20)
    func bytes(count: Int) {
        let plain = (0..<count).map { UInt8($0 * 37 & 0xFF) }
        let bytes = Bytes(plain)
        #expect(bytes.count == count)
        #expect(bytes.array == plain)
        var word: UInt64 = 0
        for (index, byte) in plain.prefix(8).enumerated() { word += UInt64(byte) << (8 * index) }
        #expect(bytes.word == word)
        #expect(bytes.hex.count == 2 * count)
        var joined: [UInt8] = [9]
        bytes.append(to: &joined)
        #expect(joined == [9] + plain)
        #expect(bytes == Bytes(plain))
    }

    @Test("a word gives its lowest bytes first, and no more than it has")
    func words() {
        #expect(Bytes(littleEndian: 0x1122_3344_5566_7788, count: 2).array == [0x88, 0x77])
        #expect(Bytes(littleEndian: 0x1122_3344_5566_7788, count: 2) == Bytes([0x88, 0x77]))
        #expect(Bytes(littleEndian: 0x1122_3344_5566_7788, count: 9).array.count == 8)
        #expect(Bytes(littleEndian: .max, count: -1).array == [])
        #expect(Bytes([0x0A, 0xFF, 0x00]).hex == "0aff00")
        #expect(hexadecimal(0x1F, digits: 4) == "001f")
        #expect(hexadecimal(.max) == "ffffffffffffffff")
    }
}

@Suite("Guest memory at a cursor") struct MemoryImageTests {
    static func image(
        pages: [MemoryPage] = [], slots: [MemorySlot] = [MemorySlot(id: 0, start: 0, size: 0x4000, host: 0)]
    )
        -> MemoryImage
    {
        var image = MemoryImage()
        for slot in slots { image.set(slot) }
        if !pages.isEmpty { image.update(pages) }
        return image
    }

    @Test("a slot begins as zeros, and outside all slots there is nothing")
    func zeros() {
        let image = Self.image()
        #expect(image[0] == 0 && image[0x3FFF] == 0 && image[0x4000] == nil)
        #expect(image.word(at: 0x3FF8, size: 8) == 0)
        #expect(image.word(at: 0x3FF9, size: 8) == nil)
        #expect(image.word(at: .max, size: 8) == nil)
        #expect(image.bytes(at: 0x3FFE, count: 100) == [0, 0])
        #expect(image.bytes(at: 0, count: -1) == [])
        #expect(image.slot(containing: 0x3FFF)?.id == 0)
        #expect(image.slot(containing: .max) == nil)
    }

    @Test("a word that crosses a page takes its bytes from both", arguments: 1...8)
    func crossing(size: Int) {
        let image = Self.image(pages: [MadeUp.page(0, 0x11), MadeUp.page(1, 0x22)])
        for start in (4096 - size)...4096 {
            var expected: UInt64 = 0
            for offset in 0..<size { expected |= UInt64(start + offset < 4096 ? 0x11 : 0x22) << (8 * offset) }
            #expect(image.word(at: UInt64(start), size: size) == expected, "\(size) bytes at \(start)")
        }
    }

    @Test("the mark of what changed is of the newest reading alone, and of bytes that differ")
    func changes() {
        var image = Self.image(pages: [MadeUp.page(1, 7)])
        #expect(image.hasChanged(0x1000) && !image.hasChanged(0x2000))
        var bytes = [UInt8](repeating: 7, count: 4096)
        bytes[5] = 8
        image.update([MemoryPage(frame: 1, content: PageContent(bytes))])
        #expect(image.hasChanged(0x1005) && !image.hasChanged(0x1004))
        image.update([MadeUp.page(2, 0)])
        #expect(!image.hasChanged(0x1005))
        // A page of zeros was read, as it was before.
        #expect(!image.hasChanged(0x2000))
        image.settle()
        #expect(image.changed.isEmpty)
    }

    @Test("a page that changed and was not read is unknown, not zero")
    func unread() {
        var image = Self.image(pages: [MadeUp.page(0, 1), MemoryPage(frame: 1, content: .unread)])
        #expect(image[0x1000] == nil && image.gap(at: 0x1000) == .leftOut && image.gap(at: 0x0) == nil)
        #expect(image.word(at: 0x0FFE, size: 4) == nil)
        #expect(image.bytes(at: 0x0FFE, count: 4) == [1, 1])
        #expect(!image.hasChanged(0x1000))
        #expect(image.readCount == 1 && !image.hasRead(frame: 1))
        image.update([MadeUp.page(1, 2)])
        #expect(image[0x1000] == 2 && image.readCount == 2)
    }

    @Test("a slot that goes takes its contents with it")
    func removal() {
        var image = Self.image(
            pages: [MadeUp.page(0, 1), MadeUp.page(8, 2)],
            slots: [
                MemorySlot(id: 0, start: 0, size: 0x1000, host: 0),
                MemorySlot(id: 1, start: 0x8000, size: 0x1000, host: 0),
            ])
        image.set(MemorySlot(id: 1, start: 0x8000, size: 0, host: 0))
        #expect(image[0x8000] == nil && image[0] == 1)
        #expect(image.slots.map(\.id) == [0])
        #expect(image.readCount == 1)
        image.set(MemorySlot(id: 1, start: 0x8000, size: 0x1000, host: 0))
        #expect(image[0x8000] == 0)
    }
}

@Suite("Plans of memory slots") struct SlotPlanTests {
    @Test("a plan is whole pages, in hexadecimal or with a suffix, read-only where it says so")
    func plans() {
        #expect(SlotPlan("0x10000000:64K") == SlotPlan(start: 0x1000_0000, size: 65536))
        #expect(SlotPlan("4G:2M:ro") == SlotPlan(start: 1 << 32, size: 2 << 20, isReadOnly: true))
        #expect(SlotPlan("4096:0x1000") == SlotPlan(start: 4096, size: 4096))
    }

    @Test(
        "anything else is none",
        arguments: [
            "", ":", "1:4K", "4K:1", "4K:0", "4K:4K:rw", "4K:4K:ro:", "4K", "x:4K", "0x:4K", "8P:4K", "4096T:4K",
            "0xfffffffffffff000:8K", "4K:99999999999G", "-4K:4K",
        ])
    func wrong(_ text: String) { #expect(SlotPlan(text) == nil) }
}
