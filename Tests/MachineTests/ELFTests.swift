import TestSupport
import Testing

@testable import Machine

/// Writes ELF files, so that the reader is not tested against the linker alone.
struct MadeUpELF {
    struct Segment {
        var type: UInt32 = 1
        var address: UInt64
        var bytes: [UInt8]
        var memorySize: UInt64
    }

    var is64Bit = true
    var type: UInt16 = 2
    var machine: UInt16?
    var entry: UInt64 = 0x10_0000
    var segments = [Segment(address: 0x10_0000, bytes: [0xF4], memorySize: 0x20)]
    var symbols: [(name: String, value: UInt64, info: UInt8, section: UInt16)] = []

    func number(_ value: UInt64, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (UInt64($0) * 8)) }
    }

    /// System V ABI, chapter "Object Files": header, program headers, contents, symbols, names, section headers.
    var bytes: [UInt8] {
        let wide = is64Bit ? 8 : 4
        let headerSize = is64Bit ? 64 : 52
        let programSize = is64Bit ? 56 : 32
        let sectionSize = is64Bit ? 64 : 40
        var contents: [UInt8] = []
        var programs: [UInt8] = []
        let start = headerSize + programSize * segments.count
        for segment in segments {
            let offset = UInt64(start + contents.count)
            contents += segment.bytes
            let size = UInt64(segment.bytes.count)
            if is64Bit {
                programs +=
                    number(UInt64(segment.type), 4) + number(7, 4) + number(offset, 8) + number(segment.address, 8)
                programs += number(segment.address, 8) + number(size, 8) + number(segment.memorySize, 8) + number(16, 8)
            } else {
                programs +=
                    number(UInt64(segment.type), 4) + number(offset, 4) + number(segment.address, 4)
                    + number(segment.address, 4)
                programs += number(size, 4) + number(segment.memorySize, 4) + number(7, 4) + number(16, 4)
            }
        }
        var names: [UInt8] = [0]
        var table = [UInt8](repeating: 0, count: is64Bit ? 24 : 16)
        for symbol in symbols {
            let name = UInt64(names.count)
            names += Array(symbol.name.utf8) + [0]
            if is64Bit {
                table +=
                    number(name, 4) + [symbol.info, 0] + number(UInt64(symbol.section), 2) + number(symbol.value, 8)
                    + number(0, 8)
            } else {
                table +=
                    number(name, 4) + number(symbol.value, 4) + number(0, 4) + [symbol.info, 0]
                    + number(UInt64(symbol.section), 2)
            }
        }
        let symbolsAt = start + contents.count
        let namesAt = symbolsAt + table.count
        let sectionsAt = namesAt + names.count
        func section(_ type: UInt64, _ offset: Int, _ size: Int, _ link: UInt64) -> [UInt8] {
            number(0, 4) + number(type, 4) + number(0, wide) + number(0, wide) + number(UInt64(offset), wide)
                + number(UInt64(size), wide)
                + number(link, 4) + number(0, 4) + number(1, wide) + number(0, wide)
        }
        let sections = section(0, 0, 0, 0) + section(2, symbolsAt, table.count, 2) + section(3, namesAt, names.count, 0)
        var header: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, is64Bit ? 2 : 1, 1, 1] + [UInt8](repeating: 0, count: 9)
        header +=
            number(UInt64(type), 2) + number(UInt64(machine ?? (is64Bit ? 62 : 3)), 2) + number(1, 4)
            + number(entry, wide)
        header +=
            number(UInt64(headerSize), wide) + number(UInt64(sectionsAt), wide) + number(0, 4)
            + number(UInt64(headerSize), 2)
        header +=
            number(UInt64(programSize), 2) + number(UInt64(segments.count), 2) + number(UInt64(sectionSize), 2)
            + number(3, 2) + number(2, 2)
        return header + programs + contents + table + names + sections
    }
}

@Suite("ELF files") struct ELFTests {
    func refusal(_ bytes: [UInt8]) -> String {
        do throws(MachineError) {
            _ = try GuestImage.elf(name: "guest", bytes: bytes)
            return ""
        } catch {
            return error.description
        }
    }

    @Test("segments, entry, mode and symbols are what the file says", arguments: [true, false])
    func reading(is64Bit: Bool) throws {
        var file = MadeUpELF(is64Bit: is64Bit)
        file.entry = 0x10_0010
        file.segments = [
            .init(address: 0x10_0000, bytes: Array(0..<200), memorySize: 200),
            .init(type: 4, address: 0, bytes: [1, 2], memorySize: 2),
            .init(address: 0x20_0000, bytes: [], memorySize: 0x5000), .init(address: 0x1000, bytes: [1], memorySize: 0),
        ]
        file.symbols = [
            ("main", 0x10_0020, 0x12, 1), ("buffer", 0x20_0000, 0x11, 1), ("label", 0x10_0010, 0, 1),
            ("gone", 5, 0x12, 0), ("file.c", 0, 4, 0xFFF1), ("", 1, 0, 1),
        ]
        let image = try GuestImage.elf(name: "guest", bytes: file.bytes)
        #expect(image.mode == (is64Bit ? .long : .protected))
        #expect(image.entry == 0x10_0010)
        #expect(image.segments.map(\.address) == [0x10_0000, 0x20_0000])
        #expect(image.segments[0].bytes == Array(0..<200))
        #expect(image.segments[1].memorySize == 0x5000 && image.segments[1].bytes.isEmpty)
        #expect(image.symbols.map(\.name) == ["label", "main", "buffer"])
        #expect(image.symbols.map(\.address) == [0x10_0010, 0x10_0020, 0x20_0000])
        #expect(try GuestImage.elf(name: "guest", bytes: file.bytes, mode: .real).mode == .real)
    }

    @Test("what cannot be run is refused in words")
    func refusals() {
        #expect(refusal([]).contains("no ELF"))
        #expect(refusal([0x7F, 0x45, 0x4C, 0x46]).contains("cut off"))
        #expect(refusal(MadeUpELF(type: 1).bytes).contains("link it first"))
        #expect(refusal(MadeUpELF(type: 4).bytes).contains("ELF type 4"))
        #expect(refusal(MadeUpELF(machine: 183).bytes).contains("machine 183"))
        #expect(refusal(MadeUpELF(segments: []).bytes).contains("no segment"))
        var bigEndian = MadeUpELF().bytes
        bigEndian[5] = 2
        #expect(refusal(bigEndian).contains("big-endian"))
        var wraps = MadeUpELF()
        wraps.segments = [.init(address: .max - 15, bytes: [1], memorySize: 0x100)]
        #expect(refusal(wraps.bytes).contains("wraps"))
        var shrinks = MadeUpELF()
        shrinks.segments = [.init(address: 0x1000, bytes: [1, 2, 3], memorySize: 2)]
        #expect(refusal(shrinks.bytes).contains("larger in the file"))
    }

    @Test("headers that name the same bytes again and again are not believed without end")
    func repetition() {
        var file = MadeUpELF()
        file.segments = [.init(address: 0, bytes: [UInt8](repeating: 1, count: 1 << 20), memorySize: 1 << 20)]
        var bytes = file.bytes
        // Two thousand program headers at the end of the file, each a copy of the first: 2 GiB of contents.
        let header = Array(bytes[64..<120])
        let offset = UInt64(bytes.count)
        for _ in 0..<2000 { bytes += header }
        for (index, byte) in file.number(offset, 8).enumerated() { bytes[32 + index] = byte }
        for (index, byte) in file.number(2000, 2).enumerated() { bytes[56 + index] = byte }
        #expect(refusal(bytes).contains("1 GiB"))
    }

    @Test("no damage to a file is a trap: it is an error or an image", arguments: [1, 2, 3, 4] as [UInt64])
    func damage(seed: UInt64) {
        var random = Seeded(seed: seed)
        var file = MadeUpELF(is64Bit: seed % 2 == 0)
        file.segments = [
            .init(address: 0x10_0000, bytes: Array(0..<100), memorySize: 300),
            .init(address: 0x20_0000, bytes: [], memorySize: 16),
        ]
        file.symbols = (0..<10).map { ("symbol\($0)", 0x10_0000 + UInt64($0), 0x12, 1) }
        let whole = file.bytes
        var images = 0
        for _ in 0..<4000 {
            var bytes = whole
            if random.below(3) == 0 { bytes.removeLast(random.below(bytes.count + 1)) }
            for _ in 0..<random.below(6) where !bytes.isEmpty {
                let place = random.below(random.below(2) == 0 ? min(64, bytes.count) : bytes.count)
                switch random.below(3) {
                case 0: bytes[place] ^= 1 << UInt8(random.below(8))
                case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)]
                default:
                    for index in place..<min(place + 8, bytes.count) {
                        bytes[index] = random.below(2) == 0 ? 0xFF : UInt8(random.below(256))
                    }
                }
            }
            do throws(MachineError) {
                let image = try GuestImage.elf(name: "guest", bytes: bytes)
                _ = try BootLayout(image: image, memorySize: 16 << 20, vcpus: 2)
                images += 1
            } catch {
                #expect(error.description.hasPrefix("cannot load guest: "), "\(error)")
            }
        }
        #expect(images > 100)
    }
}
