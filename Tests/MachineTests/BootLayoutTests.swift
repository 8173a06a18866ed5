import TestSupport
import Testing

@testable import Machine

@Suite("Where the start state's structures lie") struct BootLayoutTests {
    static func image(_ mode: StartMode, at address: UInt64? = nil, size: Int = 64) -> GuestImage {
        GuestImage(
            name: "guest", mode: mode, entry: address ?? mode.loadAddress,
            segments: [.init(address: address ?? mode.loadAddress, bytes: [UInt8](repeating: 0x90, count: size))])
    }

    static func layout(_ image: GuestImage, memory: UInt64 = 16 << 20, vcpus: Int = 1) throws(MachineError)
        -> BootLayout
    {
        try BootLayout(image: image, memorySize: memory, vcpus: vcpus)
    }

    /// What may not overlap: tables and image. Stacks are checked by their tops.
    static func check(_ layout: BootLayout, _ image: GuestImage, memory: UInt64, _ what: Comment) {
        var ranges = image.segments.map { $0.address..<$0.address + $0.memorySize }
        if let table = layout.descriptorTable { ranges.append(table..<table + 24) }
        if let tables = layout.pageTables {
            #expect(tables % 4096 == 0, what)
            ranges.append(tables..<tables + 6 * 4096)
        }
        if let stubs = layout.biosStubs { ranges.append(stubs.address..<stubs.address + 256) }
        for range in ranges { #expect(range.upperBound <= memory, what) }
        for (index, range) in ranges.enumerated() {
            for other in ranges[..<index] { #expect(!range.overlaps(other), what) }
        }
        #expect(Set(layout.stacks).count == layout.stacks.count, what)
        for stack in layout.stacks {
            // In real mode 0 is the end of the 64 KiB that segment 0 reaches.
            let top = image.mode == .real && stack == 0 ? 0x1_0000 : stack
            #expect(top > 0 && top <= memory, what)
            for range in ranges { #expect(!range.contains(top - 1), what) }
        }
    }

    @Test("the ordinary places are those that the documentation gives")
    func ordinary() throws {
        let long = try Self.layout(Self.image(.long), vcpus: 2)
        #expect(long.descriptorTable == 0x500 && long.pageTables == 0x1000)
        #expect(long.stacks.allSatisfy { $0 < 0x10_0000 && $0 % 16 == 0 } && long.stacks[0] > long.stacks[1])
        let protected = try Self.layout(Self.image(.protected))
        #expect(protected.descriptorTable == 0x500 && protected.pageTables == nil && protected.stacks[0] < 0x10_0000)
        let real = try Self.layout(Self.image(.real), vcpus: 2)
        #expect(real.descriptorTable == nil && real.pageTables == nil)
        #expect(real.biosStubs?.address == 0xF_0000 && long.biosStubs == nil && protected.biosStubs == nil)
        // SP at the load address, and each vCPU a stack of its own.
        #expect(real.stacks[0] == 0x1000 && real.stacks[1] < 0x1000)
    }

    @Test("wherever an image lies, nothing overlaps, or the refusal says what to do", arguments: StartMode.allCases)
    func oddPlaces(mode: StartMode) {
        var random = Seeded(seed: 7)
        var fits = 0
        for round in 0..<4000 {
            let address: UInt64 =
                switch random.below(4) {
                case 0: UInt64(random.below(0x3000))
                case 1: UInt64(random.below(0x2_0000))
                case 2: UInt64(random.below(16 << 20))
                default:
                    [0, 1, 0x4FF, 0x500, 0x510, 0xFFF, 0x1000, 0x6FFF, 0x7C00, 0xFFFF, 0xFF000, 0x10_0000][
                        random.below(12)]
                }
            let memory = UInt64([4096, 8192, 65536, 1 << 20, 16 << 20][random.below(5)])
            let vcpus = [1, 1, 2, 4, 64][random.below(5)]
            let image = Self.image(mode, at: address, size: 1 + random.below(random.below(2) == 0 ? 100 : 100_000))
            do throws(MachineError) {
                let layout = try Self.layout(image, memory: memory, vcpus: vcpus)
                Self.check(
                    layout, image, memory: memory,
                    "round \(round): \(image.segments[0].bytes.count) at \(address) in \(memory), \(vcpus)")
                #expect(layout.stacks.count == vcpus)
                fits += 1
            } catch {
                #expect(error.description.contains("--memory") || error.description.contains("--load"), "\(error)")
            }
        }
        #expect(fits > 300)
    }

    @Test("overlapping and adjoining segments leave the tables where nobody is")
    func segments() throws {
        var image = Self.image(.long)
        image.segments = [
            .init(address: 0x1000, bytes: [1], memorySize: 0x3000),
            .init(address: 0x2000, bytes: [1], memorySize: 0x6000),
            .init(address: 0x400, bytes: [1], memorySize: 0x200), .init(address: 0x8000, bytes: [1], memorySize: 0x1),
            .init(address: 0x10_0000, bytes: [1]),
        ]
        let layout = try Self.layout(image)
        #expect(layout.descriptorTable == 0x600)
        #expect(layout.pageTables == 0x9000)
        // An image behind 0x500 moves the descriptor table to where the page tables would begin.
        let crowded = try Self.layout(Self.image(.long, at: 0x500, size: 0xB00))
        #expect(crowded.descriptorTable == 0x1000 && crowded.pageTables == 0x2000)
    }

    @Test("one page of memory is enough for real mode, and for protected mode at 0")
    func onePage() throws {
        #expect(try Self.layout(Self.image(.real, at: 0), memory: 4096).stacks == [0x1000])
        let protected = try Self.layout(Self.image(.protected, at: 0), memory: 4096)
        #expect(protected.descriptorTable == 0x500 && protected.stacks == [0xFF0])
        #expect(throws: MachineError.self) { try Self.layout(Self.image(.long, at: 0), memory: 4096) }
        #expect(throws: MachineError.self) { try Self.layout(Self.image(.real), memory: 4096) }
    }

    @Test("an image that does not fit, or an entry that cannot be reached, is refused with both numbers")
    func misfits() {
        func refusal(_ image: GuestImage, memory: UInt64 = 16 << 20) -> String {
            do throws(MachineError) {
                _ = try Self.layout(image, memory: memory)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(refusal(Self.image(.long, size: 4096), memory: 0x10_0800).contains("0x100000"))
        #expect(refusal(Self.image(.long, at: .max - 3)).contains("do not fit"))
        #expect(refusal(Self.image(.long, at: 1 << 52)).contains("do not fit"))
        #expect(refusal(Self.image(.real, at: 0x1_0000)).contains("64 KiB"))
        var entry = Self.image(.protected)
        entry.entry = 0x2000_0000
        #expect(refusal(entry).contains("outside guest memory"))
        entry.entry = 1 << 33
        #expect(refusal(entry, memory: 1 << 40).contains("4 GiB"))
    }

    @Test("thousands of segments cost no time worth mentioning")
    func many() throws {
        var image = Self.image(.long)
        image.segments = (0..<60_000).map { .init(address: UInt64($0 * 16), bytes: [1], memorySize: 16) }
        let layout = try Self.layout(image)
        #expect(layout.descriptorTable == 960_000 && layout.pageTables == 962_560)
    }

    @Test("the page tables map the first 4 GiB to themselves by 2 MiB pages")
    func identity() {
        let base: UInt64 = 0x3000
        let bytes = BootLayout.identityTables(at: base)
        #expect(bytes.count == 6 * 4096)
        func entry(_ address: UInt64) -> UInt64 {
            let offset = Int(address - base)
            return bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        // The walk of a linear address as the manual gives it: bits 47-39, 38-30, 29-21.
        for address: UInt64 in [0, 0x10_0000, 0x1F_FFFF, 0x20_0000, 0x3FFF_FFFF, 0x4000_0000, 0xD000_0004, 0xFFFF_FFFF]
        {
            let pml4e = entry(base + (address >> 39 & 511) * 8)
            #expect(pml4e & 0xFFF == 3)
            let pdpte = entry((pml4e & ~0xFFF) + (address >> 30 & 511) * 8)
            #expect(pdpte & 0xFFF == 3)
            let pde = entry((pdpte & ~0xFFF) + (address >> 21 & 511) * 8)
            #expect(pde & 0x1F_FFFF == 0x83)
            #expect((pde & ~0x1F_FFFF) + (address & 0x1F_FFFF) == address)
        }
        #expect(entry(base + 8) == 0 && entry(base + 4096 + 4 * 8) == 0)
    }

    @Test("the descriptor table holds null, flat code and flat data")
    func descriptors() {
        func word(_ bytes: [UInt8], _ index: Int) -> UInt64 {
            bytes[index * 8..<index * 8 + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        for mode in [StartMode.protected, .long] {
            let table = BootLayout.descriptors(for: mode)
            #expect(table.count == 24 && word(table, 0) == 0)
            let code = word(table, 1)
            // Present, code, readable, accessed; L in long mode and D else; 4 GiB.
            #expect(
                code >> 40 & 0xFF == 0x9B && (code >> 53 & 1 == 1) == (mode == .long)
                    && (code >> 54 & 1 == 1) == (mode == .protected))
            let data = word(table, 2)
            #expect(
                data >> 40 & 0xFF == 0x93 && data & 0xFFFF == 0xFFFF && data >> 48 & 0xF == 0xF && data >> 55 & 1 == 1)
        }
    }
}

@Suite("Guest memory") struct GuestMemoryTests {
    @Test("reads what was written, and begins as zeros")
    func readWrite() throws {
        let memory = try GuestMemory(size: 8192)
        #expect(try memory.read(8192, at: 0) == [UInt8](repeating: 0, count: 8192))
        try memory.write([1, 2, 3, 4, 5, 6, 7, 8], at: 4092)
        #expect(try memory.read(10, at: 4091) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 0])
        #expect(memory.word(at: 4092, size: 8) == 0x0807_0605_0403_0201)
        #expect(memory.word(at: 4092, size: 3) == 0x03_0201)
    }

    @Test("an address outside is refused, wherever its end wraps to")
    func bounds() throws {
        let memory = try GuestMemory(size: 4096, start: 0x1000)
        for (address, count) in [
            (0, 1), (0xFFF, 1), (0x2000, 1), (0x1FFF, 2), (UInt64.max, 2), (0x1000, 4097), (0x1000, -1),
        ] as [(UInt64, Int)] {
            #expect(throws: MachineError.self) { try memory.read(count, at: address) }
        }
        #expect(throws: MachineError.self) { try memory.write([1, 2], at: 0x1FFF) }
        #expect(throws: MachineError.self) { try memory.write([1], at: .max) }
        #expect(try memory.read(0, at: 0x2000) == [])
        #expect(try memory.read(4096, at: 0x1000).count == 4096)
        #expect(
            memory.word(at: 0x1FF9, size: 8) == nil && memory.word(at: 0x1000, size: 9) == nil
                && memory.word(at: 0x1000, size: 0) == nil)
    }

    @Test("sizes that no host has are an error, at once", arguments: [0, -4096, 5, 1 << 52, Int.max - 4095])
    func absurd(size: Int) {
        #expect(throws: MachineError.self) { try GuestMemory(size: size) }
    }

    @Test("the frames that this process wrote are told once")
    func written() throws {
        let memory = try GuestMemory(size: 1 << 20)
        try memory.write([1], at: 0x1000)
        try memory.write([1, 2], at: 0x2FFF)
        try memory.write([], at: 0x8000)
        for _ in 0..<1000 { try memory.write([1], at: 0x1800) }
        let ranges = memory.takeWrittenFrames()
        #expect(Set(ranges.joined()) == [1, 2, 3] && ranges.count < 5)
        #expect(memory.takeWrittenFrames().isEmpty)
    }
}
