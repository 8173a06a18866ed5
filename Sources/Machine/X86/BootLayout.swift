/// Where the start state's own structures lie in guest memory: page tables, GDT and stacks, clear of the image.
public struct BootLayout: Sendable, Equatable {
    /// Physical address of the first of six page-table pages (PML4, PDPT, four page directories); long mode only.
    public var pageTables: UInt64?
    /// Physical address of a GDT with null, code (0x08) and data (0x10) descriptors; protected and long mode only.
    public var descriptorTable: UInt64?
    /// Where real-mode vectors lead that the guest has not set; nil in other modes, and where memory has no room for it.
    public var biosStubs: BIOSStubs?
    /// Initial stack pointer of each vCPU.
    public var stacks: [UInt64]

    static let pageTableBytes: UInt64 = 6 * 4096
    static let descriptorTableBytes: UInt64 = 24
    private static let lowMemory: UInt64 = 0x10_0000

    /// - Throws: `.image` where image, tables and stacks do not fit into `memorySize` bytes together.
    init(image: GuestImage, memorySize: UInt64, vcpus: Int) throws(MachineError) {
        for segment in image.segments
        where segment.address >= memorySize || segment.memorySize > memorySize - segment.address {
            throw .image(
                name: image.name,
                reason:
                    "\(segment.memorySize) bytes at \(hexadecimal(segment.address)) do not fit into \(memorySize) bytes of guest memory; \(Self.remedy(for: segment, of: image))"
            )
        }
        try Self.checkReach(of: image, memorySize: memorySize)
        var taken = image.segments.map { $0.address..<$0.end }.sorted { $0.lowerBound < $1.lowerBound }
        let limit = min(Self.lowMemory, memorySize)
        if image.mode == .real { biosStubs = Self.stubs(beside: &taken, limit) }
        if image.mode != .real {
            guard
                let place = Self.gap(
                    beside: taken, from: 0x500, unit: 16, size: Self.descriptorTableBytes, limit: limit)
            else {
                throw .image(
                    name: image.name,
                    reason: "there is no room for a descriptor table below 1 MiB beside it; \(Self.remedy(memorySize))")
            }
            descriptorTable = place
            taken.append(place..<place + Self.descriptorTableBytes)
            taken.sort { $0.lowerBound < $1.lowerBound }
        }
        if image.mode == .long {
            guard let place = Self.gap(beside: taken, from: 0x1000, unit: 4096, size: Self.pageTableBytes, limit: limit)
            else {
                throw .image(
                    name: image.name,
                    reason:
                        "there is no room for 24 KiB of page tables below 1 MiB beside it; \(Self.remedy(memorySize))")
            }
            pageTables = place
            taken.append(place..<place + Self.pageTableBytes)
        }
        stacks = try Self.stacks(for: image, taken, memorySize: memorySize, vcpus: vcpus)
    }

    /// Where a PC's BIOS lies, or lower where that is taken or is no memory.
    private static func stubs(beside taken: inout [Range<UInt64>], _ limit: UInt64) -> BIOSStubs? {
        func place(from start: UInt64) -> UInt64? {
            gap(beside: taken, from: start, unit: 16, size: BIOSStubs.size, limit: limit)
        }
        guard let place = place(from: BIOSStubs.usualAddress) ?? place(from: 0x500) else { return nil }
        taken.append(place..<place + BIOSStubs.size)
        taken.sort { $0.lowerBound < $1.lowerBound }
        return BIOSStubs(address: place)
    }

    /// More memory helps where a structure below 1 MiB finds no room because memory ends below that.
    private static func remedy(_ memorySize: UInt64) -> String {
        memorySize < lowMemory ? "give more with --memory or another --load" : "give another address with --load"
    }

    /// More memory is a remedy up to what a host may have, and as far as the mode reaches.
    private static func remedy(for segment: GuestImage.Segment, of image: GuestImage) -> String {
        let (end, overflow) = segment.address.addingReportingOverflow(segment.memorySize)
        let reach: UInt64 = image.mode == .real ? 0x11_0000 : image.mode == .protected ? 1 << 32 : 1 << 36
        guard overflow || end > reach else { return "give more with --memory" }
        return image.mode == .long
            ? "link it for a low address: the first 4 GiB are mapped to themselves at the start"
            : "\(image.mode.rawValue) mode does not reach there: link it lower, or say another address with --load"
    }

    /// Segment 0 of real mode reaches 64 KiB, a 32-bit instruction pointer 4 GiB.
    private static func checkReach(of image: GuestImage, memorySize: UInt64) throws(MachineError) {
        let entry = hexadecimal(image.entry)
        switch image.mode {
        case .real where image.entry > 0xFFFF:
            throw .image(
                name: image.name,
                reason:
                    "its entry point \(entry) lies above the 64 KiB that real mode reaches with all segments 0; load it lower with --load"
            )
        case .protected where image.entry > 0xFFFF_FFFF:
            throw .image(
                name: image.name, reason: "its entry point \(entry) lies above the 4 GiB that 32-bit code reaches")
        case .real, .protected:
            guard image.entry < memorySize else {
                throw .image(name: image.name, reason: "its entry point \(entry) lies outside guest memory")
            }
        case .long: break
        }
    }

    /// Stacks grow down from the image, one behind the other; where there is no room below it, from the end of memory.
    private static func stacks(
        for image: GuestImage, _ taken: [Range<UInt64>], memorySize: UInt64, vcpus: Int
    ) throws(MachineError) -> [UInt64] {
        let isReal = image.mode == .real
        let lowest = isReal ? image.lowestAddress : image.lowestAddress & ~15
        let end = isReal ? min(memorySize, 0x1_0000) : min(memorySize, 1 << 32)
        // Interrupt vectors and the BIOS's data are spared where that leaves room.
        for (top, floor) in [(lowest, 0x500), (lowest, 0), (end, 0x500), (end, 0)] {
            guard !taken.contains(where: { $0.contains(top &- 1) }) else { continue }
            let ground = taken.filter { $0.lowerBound < top }.map(\.upperBound).reduce(UInt64(floor), max)
            let each = top > ground ? min(largestStack, (top - ground) / UInt64(max(vcpus, 1))) & ~15 : 0
            guard each >= smallestStack else { continue }
            return (0..<UInt64(max(vcpus, 0))).map { index in
                let stack = top - index * each
                return isReal ? stack & 0xFFFF : stack - 16
            }
        }
        throw .image(
            name: image.name,
            reason:
                "there is no room for \(vcpus == 1 ? "a stack" : "\(vcpus) stacks") beside it; \(remedy(memorySize))")
    }

    private static let largestStack: UInt64 = 0x4000
    private static let smallestStack: UInt64 = 32

    /// The lowest multiple of `unit` at which `size` bytes touch none of the ranges, which come in ascending order.
    private static func gap(
        beside taken: [Range<UInt64>], from: UInt64, unit: UInt64, size: UInt64, limit: UInt64
    ) -> UInt64? {
        var address = from
        for range in taken where range.upperBound > address {
            if range.lowerBound >= address &+ size { break }
            address = (range.upperBound &+ unit - 1) / unit * unit
            // A range at the end of the address space leaves nothing behind it.
            if address < range.lowerBound { return nil }
        }
        return address <= limit && size <= limit - address ? address : nil
    }

    /// The GDT: flat code and data of 4 GiB, 64-bit code in long mode; Intel SDM volume 3, "Segment Descriptors".
    static func descriptors(for mode: StartMode) -> [UInt8] {
        let code: UInt64 = mode == .long ? 0x00AF_9B00_0000_FFFF : 0x00CF_9B00_0000_FFFF
        return [0, code, 0x00CF_9300_0000_FFFF].flatMap(littleEndian)
    }

    /// Tables that map the first 4 GiB to themselves by 2 MiB pages; Intel SDM volume 3, "4-Level Paging".
    static func identityTables(at base: UInt64) -> [UInt8] {
        let tablePage: UInt64 = 4096
        let presentWritable: UInt64 = 0x3
        let large: UInt64 = 0x80
        var entries = [UInt64](repeating: 0, count: 6 * 512)
        entries[0] = (base + tablePage) | presentWritable
        for directory in 0..<4 {
            entries[512 + directory] = (base + tablePage * UInt64(2 + directory)) | presentWritable
            for index in 0..<512 {
                let page = UInt64(directory * 512 + index) << 21
                entries[1024 + directory * 512 + index] = page | presentWritable | large
            }
        }
        return entries.flatMap(littleEndian)
    }

    private static func littleEndian(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
