/// Where the start state's own structures lie in guest memory: page tables, GDT and stacks, clear of the image.
public struct BootLayout: Sendable, Equatable {
    /// Physical address of the first of six page-table pages (PML4, PDPT, four page directories); long mode only.
    public var pageTables: UInt64?
    /// Physical address of a GDT with null, code (0x08) and data (0x10) descriptors; protected and long mode only.
    public var descriptorTable: UInt64?
    /// Initial stack pointer of each vCPU.
    public var stacks: [UInt64]

    static let pageTableBytes: UInt64 = 6 * 4096
    static let descriptorTableBytes: UInt64 = 24
    private static let lowMemory: UInt64 = 0x10_0000

    /// - Throws: `.image` where image, tables and stacks do not fit into `memorySize` bytes together.
    init(image: GuestImage, memorySize: UInt64, vcpus: Int) throws(MachineError) {
        for segment in image.segments where segment.address >= memorySize || segment.memorySize > memorySize - segment.address {
            throw .image(
                name: image.name,
                reason: "\(segment.memorySize) bytes at \(hexadecimal(segment.address)) do not fit into \(memorySize) bytes of guest memory; give more with --memory")
        }
        guard image.entry < memorySize || image.mode == .long else {
            throw .image(name: image.name, reason: "its entry point \(hexadecimal(image.entry)) lies outside guest memory")
        }
        if image.mode != .real {
            let limit = min(Self.lowMemory, memorySize)
            descriptorTable = Self.gap(image, from: 0x500, step: 16, size: Self.descriptorTableBytes, limit: limit)
            guard descriptorTable != nil else {
                throw .image(name: image.name, reason: "the image leaves no room for a descriptor table below 1 MiB")
            }
        }
        if image.mode == .long {
            pageTables = Self.gap(
                image, from: 0x1000, step: 4096, size: Self.pageTableBytes, limit: min(Self.lowMemory, memorySize))
            guard pageTables != nil else {
                throw .image(
                    name: image.name,
                    reason: "there is no room for 24 KiB of page tables below 1 MiB beside it; give more with --memory or another --load")
            }
        }
        // Below the image as far as there is room; tables stay below the lowest stack where the image is at 1 MiB.
        let top = image.mode == .real ? image.lowestAddress : image.lowestAddress & ~15
        let floor = pageTables.map { $0 < top ? $0 + Self.pageTableBytes : 0 } ?? 0
        let room = top > floor ? top - floor : 0
        let each = min(0x4000, room / UInt64(max(vcpus, 1))) & ~15
        stacks = (0..<vcpus).map { index in
            let stack = top &- UInt64(index) &* each
            return image.mode == .real ? stack & 0xFFFF : stack >= 16 ? stack - 16 : stack
        }
    }

    private static func gap(_ image: GuestImage, from: UInt64, step: UInt64, size: UInt64, limit: UInt64) -> UInt64? {
        var address = from
        while address + size <= limit {
            if !image.overlaps(address..<address + size) { return address }
            address += step
        }
        return nil
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
