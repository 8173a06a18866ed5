internal import KVM
internal import Machine
internal import Timeline
internal import X86

/// Walks of four levels to 4 KiB pages, over memory as the guest has it and as a timeline keeps it.
struct BenchWalks {
    var walks: Int

    /// Pages mapped: one page table full.
    private static let pages: UInt64 = 512

    func figures() throws(MachineError) -> [BenchFigure] {
        let memory = try GuestMemory(size: 1 << 20)
        try memory.write(Self.tables, at: 0x1000)
        let timeline = Timeline()
        timeline.append(
            Event(
                nanoseconds: 0, .slot(MemorySlot(id: 0, start: 0, size: UInt64(memory.size), host: memory.hostAddress)))
        )
        var kept: [MemoryPage] = []
        for frame in UInt64(1)...4 {
            kept.append(
                MemoryPage(frame: frame, content: PageContent(try memory.read(MemoryPage.size, at: frame << 12))))
        }
        timeline.append(Event(nanoseconds: 0, .memory(kept)))
        let image = timeline.live.memory
        return [
            figure("over the guest's memory") { memory.word(at: $0, size: $1) },
            figure("over the timeline's memory") { image.word(at: $0, size: $1) },
        ]
    }

    /// A PML4 at 0x1000, then PDPT, page directory and page table, each with one path down to 512 pages from 0.
    private static var tables: [UInt8] {
        var entries = [UInt64](repeating: 0, count: 4 * 512)
        let presentWritable: UInt64 = 3
        for level in 0..<3 { entries[level * 512] = UInt64(level + 2) << 12 | presentWritable }
        for page in 0..<512 { entries[3 * 512 + page] = UInt64(page) << 12 | presentWritable }
        return entries.flatMap { entry in (0..<8).map { UInt8(truncatingIfNeeded: entry >> UInt64($0 * 8)) } }
    }

    private func figure(_ name: String, _ memory: (UInt64, Int) -> UInt64?) -> BenchFigure {
        let registers = PagingRegisters(
            cr0: CR0(rawValue: 0x8001_0001), cr3: CR3(rawValue: 0x1000), cr4: CR4(rawValue: 0x20),
            efer: EFER(rawValue: 0x500))
        let access = MemoryAccess(.read)
        var rates: [Double] = []
        for _ in 0..<5 {
            var address: UInt64 = 1
            var found = 0
            let begin = MonotonicClock.nanoseconds
            for _ in 0..<walks {
                // A multiplicative generator, so that no two walks in a row go to the same page.
                address = address &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let walk = PageWalk.walk(
                    address: GuestVirtualAddress(address >> 20 % (Self.pages << 12)), registers: registers,
                    access: access, memory: memory)
                if walk.physicalAddress != nil { found += 1 }
            }
            let time = Double(max(MonotonicClock.nanoseconds &- begin, 1))
            rates.append(found == walks ? Double(walks) * 1e3 / time : .nan)
        }
        return BenchFigure(
            section: "Walks of four levels", name: name, value: rates.median, unit: "million walks a second")
    }
}
