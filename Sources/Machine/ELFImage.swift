/// Reads ELF32 and ELF64 executables for x86 with every offset checked; System V ABI, chapter "Object Files".
struct ELFFile {
    enum Kind: UInt16 {
        case relocatable = 1
        case executable = 2
        case shared = 3
    }

    let name: String
    let kind: Kind
    let is64Bit: Bool
    let entry: UInt64
    private let data: [UInt8]
    private let programHeaders: Table
    private let sectionHeaders: Table
    /// Number of the section that holds the sections' names.
    private let nameSection: UInt64
    /// EI_OSABI: 3 where the file wants Linux.
    private let systemABI: UInt8

    private struct Table {
        var offset: UInt64
        var entrySize: UInt64
        var count: UInt64
    }

    static func isELF(_ data: [UInt8]) -> Bool { data.starts(with: [0x7F, 0x45, 0x4C, 0x46]) }

    init(name: String, data: [UInt8]) throws(MachineError) {
        func damaged(_ reason: String) -> MachineError { .image(name: name, reason: reason) }
        guard Self.isELF(data) else { throw damaged("it is no ELF file") }
        guard data.count >= 52 else { throw damaged("the ELF header is cut off after \(data.count) bytes") }
        guard data[4] == 1 || data[4] == 2 else { throw damaged("unknown ELF class \(data[4])") }
        guard data[5] == 1 else { throw damaged("it is big-endian, and x86 is not") }
        let wide = data[4] == 2
        guard !wide || data.count >= 64 else { throw damaged("the ELF header is cut off after \(data.count) bytes") }
        func half(_ offset: Int) -> UInt16 { UInt16(data[offset]) | UInt16(data[offset + 1]) << 8 }
        func number(_ offset: Int, _ size: Int) -> UInt64 {
            data[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let machine = half(18)
        guard machine == (wide ? 62 : 3) else { throw damaged("it is for ELF machine \(machine), not for x86") }
        guard let kind = Kind(rawValue: half(16)) else { throw damaged("ELF type \(half(16)) cannot be run") }
        self.name = name
        self.kind = kind
        is64Bit = wide
        self.data = data
        entry = wide ? number(24, 8) : number(24, 4)
        let at = wide ? (program: 54, section: 58) : (program: 42, section: 46)
        nameSection = UInt64(half(at.section + 4))
        systemABI = data[7]
        programHeaders = Table(
            offset: wide ? number(32, 8) : number(28, 4), entrySize: UInt64(half(at.program)),
            count: UInt64(half(at.program + 2)))
        sectionHeaders = Table(
            offset: wide ? number(40, 8) : number(32, 4), entrySize: UInt64(half(at.section)),
            count: UInt64(half(at.section + 2)))
    }

    /// The PT_LOAD segments.
    func segments() throws(MachineError) -> [GuestImage.Segment] {
        var result: [GuestImage.Segment] = []
        var total: UInt64 = 0
        for index in 0..<programHeaders.count {
            let header = try programHeader(index)
            guard number(header, 0, 4) == 1 else { continue }
            let offset = is64Bit ? number(header, 8, 8) : number(header, 4, 4)
            let address = is64Bit ? number(header, 24, 8) : number(header, 12, 4)
            let fileSize = is64Bit ? number(header, 32, 8) : number(header, 16, 4)
            let memorySize = is64Bit ? number(header, 40, 8) : number(header, 20, 4)
            guard memorySize > 0 else { continue }
            guard fileSize <= memorySize else { throw damaged("segment \(index) is larger in the file than in memory") }
            let bytes = try slice(offset, fileSize, what: "segment \(index)")
            guard address.addingReportingOverflow(memorySize).overflow == false else {
                throw damaged("segment \(index) wraps around the end of the address space")
            }
            // Headers may name the same bytes again and again.
            total &+= fileSize
            guard total <= Self.largestImage else { throw damaged("its segments hold more than 1 GiB") }
            result.append(GuestImage.Segment(address: address, bytes: Array(bytes), memorySize: memorySize))
        }
        guard !result.isEmpty else { throw damaged("it has no segment to load") }
        return result
    }

    private func programHeader(_ index: UInt64) throws(MachineError) -> ArraySlice<UInt8> {
        try row(programHeaders, index, minimum: is64Bit ? 56 : 32, what: "program header")
    }

    /// Why the file is a program for Linux and no guest; nil where nothing in it says so.
    ///
    /// A program interpreter, Linux's own ABI number, the C library's note of the kernel that it wants, or a library
    /// without an entry.
    func linuxMark() throws(MachineError) -> String? {
        var isDynamic = false
        for index in 0..<programHeaders.count {
            let header = try programHeader(index)
            let offset = is64Bit ? number(header, 8, 8) : number(header, 4, 4)
            let size = is64Bit ? number(header, 32, 8) : number(header, 16, 4)
            switch number(header, 0, 4) {
            case 2: isDynamic = true
            case 3:
                let path = try slice(offset, min(size, 256), what: "the interpreter's name")
                let name = String(decoding: path.prefix { $0 != 0 }, as: UTF8.self)
                return "a Linux program, to be started by \(name)"
            case 4:
                if notes(try slice(offset, size, what: "note")).contains(where: { $0.owner == "GNU" && $0.type == 1 }) {
                    return "a Linux program with a C library in it"
                }
            default: break
            }
        }
        if systemABI == 3 { return "a program with Linux's ABI" }
        return isDynamic && kind == .shared && entry == 0 ? "a shared library" : nil
    }

    /// Whether a note gives a 32-bit entry for PVH (XEN_ELFNOTE_PHYS32_ENTRY, 18): Xen's `elfnote.h`.
    func hasPVHEntry() throws(MachineError) -> Bool {
        for index in 0..<programHeaders.count {
            let header = try programHeader(index)
            guard number(header, 0, 4) == 4 else { continue }
            let bytes = try slice(
                is64Bit ? number(header, 8, 8) : number(header, 4, 4),
                is64Bit ? number(header, 32, 8) : number(header, 16, 4), what: "note")
            if notes(bytes).contains(where: { $0.owner == "Xen" && $0.type == 18 }) { return true }
        }
        return false
    }

    /// The notes of a segment: sizes of owner and description, type, and the two, each filled up to four bytes.
    private func notes(_ bytes: ArraySlice<UInt8>) -> [(owner: String, type: UInt64)] {
        var found: [(owner: String, type: UInt64)] = []
        var rest = bytes
        while rest.count >= 12, found.count < 1000 {
            let sizes = (owner: Int(number(rest, 0, 4)), description: Int(number(rest, 4, 4)))
            let type = number(rest, 8, 4)
            rest = rest.dropFirst(12)
            let owner = String(decoding: rest.prefix(min(sizes.owner, 64)).prefix { $0 != 0 }, as: UTF8.self)
            found.append((owner, type))
            rest = rest.dropFirst((sizes.owner + 3) & ~3).dropFirst((sizes.description + 3) & ~3)
        }
        return found
    }

    private static let largestImage: UInt64 = 1 << 30
    /// Bytes of a symbol's name that are kept.
    private static let longestName = 512

    /// Named functions, objects and labels, sorted by address; none where the file is stripped.
    func symbols() throws(MachineError) -> [GuestImage.Symbol] {
        // Types 0 to 2: a label, an object, a function. Section 0: not defined here; 0xfff1 and up: no address.
        try symbolEntries().filter { $0.type <= 2 && $0.section != 0 && $0.section < 0xFF00 }
            .map { .init(name: $0.name, address: $0.value) }
            .sorted { ($0.address, $0.name) < ($1.address, $1.name) }
    }

    /// What an object file leaves to others to define.
    func undefinedSymbols() throws(MachineError) -> Set<String> {
        Set(try symbolEntries().filter { $0.section == 0 }.map(\.name))
    }

    /// The section in which an object file defines a symbol.
    func section(of symbol: String) throws(MachineError) -> String? {
        let entry = try symbolEntries().first { $0.name == symbol && $0.section != 0 }
        guard let entry, entry.section < sectionHeaders.count, let names = try sectionNames() else { return nil }
        let header = try row(
            sectionHeaders, UInt64(entry.section), minimum: is64Bit ? 64 : 40, what: "section header")
        return text(in: names, at: number(header, 0, 4))
    }

    private struct SymbolEntry {
        var name: String
        var value: UInt64
        var type: UInt8
        var section: UInt16
    }

    private func symbolEntries() throws(MachineError) -> [SymbolEntry] {
        var result: [SymbolEntry] = []
        for index in 0..<sectionHeaders.count {
            let section = try row(sectionHeaders, index, minimum: is64Bit ? 64 : 40, what: "section header")
            guard number(section, 4, 4) == 2 else { continue }
            let table = try contents(of: section, what: "symbol table")
            let link = is64Bit ? number(section, 40, 4) : number(section, 24, 4)
            guard link < sectionHeaders.count else { throw damaged("the symbol table has no names") }
            let names = try contents(
                of: row(sectionHeaders, link, minimum: is64Bit ? 64 : 40, what: "section header"), what: "symbol names")
            let size = is64Bit ? 24 : 16
            var start = table.startIndex
            while start + size <= table.endIndex {
                let entry = table[start..<start + size]
                start += size
                guard let name = text(in: names, at: number(entry, 0, 4)), !name.isEmpty else { continue }
                result.append(
                    SymbolEntry(
                        name: name, value: is64Bit ? number(entry, 8, 8) : number(entry, 4, 4),
                        type: UInt8(number(entry, is64Bit ? 4 : 12, 1)) & 0xF,
                        section: UInt16(is64Bit ? number(entry, 6, 2) : number(entry, 14, 2))))
            }
            // A file has one symbol table; a second one in a damaged file is not looked at.
            break
        }
        return result
    }

    private func sectionNames() throws(MachineError) -> ArraySlice<UInt8>? {
        guard nameSection < sectionHeaders.count else { return nil }
        return try contents(
            of: row(sectionHeaders, nameSection, minimum: is64Bit ? 64 : 40, what: "section header"),
            what: "section names")
    }

    private func text(in names: ArraySlice<UInt8>, at offset: UInt64) -> String? {
        let start = names.startIndex + Int(offset)
        guard start < names.endIndex else { return nil }
        return String(decoding: names[start...].prefix(Self.longestName).prefix { $0 != 0 }, as: UTF8.self)
    }

    private func damaged(_ reason: String) -> MachineError { .image(name: name, reason: reason) }

    private func slice(_ offset: UInt64, _ count: UInt64, what: String) throws(MachineError) -> ArraySlice<UInt8> {
        guard offset <= UInt64(data.count), count <= UInt64(data.count) - offset else {
            throw damaged("\(what) lies outside the file (offset \(offset), \(count) bytes of \(data.count))")
        }
        return data[Int(offset)..<Int(offset + count)]
    }

    private func row(
        _ table: Table, _ index: UInt64, minimum: UInt64, what: String
    ) throws(MachineError) -> ArraySlice<UInt8> {
        guard table.entrySize >= minimum else { throw damaged("a \(what) of \(table.entrySize) bytes is too small") }
        let (start, overflow) = table.offset.addingReportingOverflow(index * table.entrySize)
        guard !overflow else { throw damaged("\(what) \(index) lies outside the file") }
        return try slice(start, table.entrySize, what: "\(what) \(index)")
    }

    private func contents(of section: ArraySlice<UInt8>, what: String) throws(MachineError) -> ArraySlice<UInt8> {
        let offset = is64Bit ? number(section, 24, 8) : number(section, 16, 4)
        let size = is64Bit ? number(section, 32, 8) : number(section, 20, 4)
        return try slice(offset, size, what: what)
    }

    private func number(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ size: Int) -> UInt64 {
        let start = bytes.startIndex + offset
        return bytes[start..<start + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension GuestImage {
    /// An ELF executable, entered at its entry point; ELF32 starts in protected mode unless told otherwise.
    public static func elf(name: String, bytes: [UInt8], mode: StartMode? = nil) throws(MachineError) -> GuestImage {
        let file = try ELFFile(name: name, data: bytes)
        guard file.kind != .relocatable else {
            throw .image(name: name, reason: "it is an object file; link it first (ld -Ttext=0x100000)")
        }
        if let mark = try file.linuxMark() {
            throw .image(
                name: name,
                reason: "it is \(mark), not a guest: a guest has no kernel below it; build one with -nostdlib -static")
        }
        let natural: StartMode = file.is64Bit ? .long : .protected
        var image = GuestImage(
            name: name, mode: mode ?? natural, entry: file.entry, segments: try file.segments(),
            symbols: try file.symbols())
        image.entersIn32Bit = EntryWidth.header(of: bytes)
        if image.entersIn32Bit == nil, try file.hasPVHEntry() { image.entersIn32Bit = "PVH note" }
        return image
    }
}

/// Headers that say how an image wants to be entered.
enum EntryWidth {
    /// The header that asks for an entry in 32-bit protected mode; nil where there is none.
    ///
    /// Multiboot Specification 0.6.96, 3.1 "OS image format"; Multiboot2 Specification 2.0, 3.1.
    static func header(of bytes: [UInt8]) -> String? {
        func word(_ offset: Int) -> UInt32 {
            bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        for offset in stride(from: 0, to: min(bytes.count, 32768) - 15, by: 4) {
            let magic = word(offset)
            if magic == 0x1BAD_B002, offset < 8192, magic &+ word(offset + 4) &+ word(offset + 8) == 0 {
                return "multiboot header"
            }
            if magic == 0xE852_50D6, offset % 8 == 0,
                magic &+ word(offset + 4) &+ word(offset + 8) &+ word(offset + 12) == 0
            {
                return "multiboot2 header"
            }
        }
        return nil
    }
}
