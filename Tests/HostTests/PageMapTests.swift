import Glibc
import Testing

@testable import Host

/// Anonymous memory of a few pages, not touched yet.
private struct Anonymous: ~Copyable {
    let start: UnsafeMutableRawPointer
    let size: Int

    init(pages: Int) throws {
        size = pages * Int(PageMap.pageSize)
        let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        start = try #require(mapped != MAP_FAILED ? mapped : nil)
        // A huge page would bring its neighbours with it.
        madvise(start, size, 15)
    }

    func address(_ page: Int) -> UInt64 { UInt64(UInt(bitPattern: start)) + UInt64(page) * PageMap.pageSize }

    deinit { munmap(start, size) }
}

private let needsRoot: Comment = "needs root: PFNs, kpageflags and kpagecount are for CAP_SYS_ADMIN"

@Suite struct PageMapTests {
    @Test func anUntouchedPageIsAbsentAndATouchedOneIsPresent() throws {
        let memory = try Anonymous(pages: 4)
        let map = try PageMap()
        #expect(try map.entry(at: memory.address(2)).state == .absent)
        memory.start.storeBytes(of: 1, toByteOffset: 2 * Int(PageMap.pageSize), as: UInt8.self)
        let entry = try map.entry(at: memory.address(2) + 5)
        guard case .present = entry.state else {
            Issue.record("touched, and yet \(entry.state)")
            return
        }
        #expect(!entry.isFileOrShared)
        #expect(entry.isExclusive)
        #expect(try map.entry(at: memory.address(1)).state == .absent)
    }

    @Test func aRangeGivesEachPageItTouchesOnce() throws {
        let memory = try Anonymous(pages: 300)
        for page in [0, 150, 299] {
            memory.start.storeBytes(of: 1, toByteOffset: page * Int(PageMap.pageSize), as: UInt8.self)
        }
        let map = try PageMap()
        var pages: [UInt64] = []
        var present: [UInt64] = []
        try map.forEachPage(from: memory.address(0) + 7, size: 300 * PageMap.pageSize - 7) { page, entry in
            pages.append(page)
            if entry.state != .absent { present.append(page) }
        }
        #expect(pages == (0..<300).map { memory.address($0) })
        #expect(present == [0, 150, 299].map { memory.address($0) })
    }

    @Test func anEmptyRangeAndTheEndOfTheAddressSpaceAreBorne() throws {
        let map = try PageMap()
        var count = 0
        try map.forEachPage(from: 0x1000, size: 0) { _, _ in count += 1 }
        try map.forEachPage(from: .max - 10, size: .max) { _, _ in count += 1 }
        #expect(count == 0)
        #expect(try map.entry(at: .max).state == .absent)
    }

    @Test func theBitsOfAnEntryAreThoseOfTheKernelsDocument() {
        let present = PageMapEntry(raw: 1 << 63 | 1 << 56 | 1 << 55 | 0x1234)
        #expect(present.state == .present(frame: 0x1234))
        #expect(present.isExclusive && present.isSoftDirty && !present.isFileOrShared)
        #expect(present.hidden == nil)
        #expect(present.physicalAddress(of: 0x7f00_0000_0abc) == 0x1234 * PageMap.pageSize + 0xabc)
        let hidden = PageMapEntry(raw: 1 << 63 | 1 << 61)
        #expect(hidden.state == .present(frame: nil))
        #expect(hidden.isFileOrShared)
        #expect(hidden.hidden?.contains("CAP_SYS_ADMIN") == true)
        #expect(hidden.physicalAddress(of: 0) == nil)
        let swapped = PageMapEntry(raw: 1 << 62 | 7 << 5 | 2)
        #expect(swapped.state == .swapped(.init(device: 2, offset: 7)))
        #expect(PageMapEntry(raw: 1 << 62).hidden != nil)
        #expect(PageMapEntry(raw: 1 << 55).state == .absent)
        #expect(PageMapEntry(raw: 0).hidden == nil)
    }

    @Test(.enabled(if: geteuid() == 0, needsRoot))
    func theFrameOfAWrittenPageIsAnonymousAndMappedOnce() throws {
        let memory = try Anonymous(pages: 2)
        memory.start.storeBytes(of: 1, as: UInt8.self)
        let map = try PageMap()
        guard case .present(let frame?) = try map.entry(at: memory.address(0)).state else {
            Issue.record("no frame")
            return
        }
        let frames = try PageFrames()
        let flags = try frames.flags(of: frame)
        #expect(flags.names.contains("ANON"))
        #expect(flags.names.contains("MMAP"))
        #expect(try frames.mapCount(of: frame) == 1)
    }

    @Test(.enabled(if: geteuid() == 0, needsRoot))
    func readingAnUntouchedPageGivesThePageOfZeros() throws {
        let memory = try Anonymous(pages: 1)
        #expect(memory.start.load(as: UInt8.self) == 0)
        guard case .present(let frame?) = try PageMap().entry(at: memory.address(0)).state else {
            Issue.record("no frame")
            return
        }
        #expect(try PageFrames().flags(of: frame).isZeroPage)
    }

    @Test func flagsHaveTheKernelsNamesAndUnknownOnesTheirNumber() {
        #expect(PageFlags(raw: 1 << 12 | 1 << 11 | 1 << 5).names == ["LRU", "MMAP", "ANON"])
        #expect(PageFlags(raw: 1 << 30 | 1 << 63).names == ["bit 30", "bit 63"])
        #expect(PageFlags(raw: 0).names.isEmpty)
        #expect(PageFlags(raw: 1 << 21 | 1 << 12).names == ["ANON", "KSM?"], "some kernels say so of all such memory")
        #expect(PageFlags(raw: 1 << 22).isTransparentHuge)
        #expect(PageFlags(raw: 1 << 17).isHugetlb)
        #expect(Set(PageFlags.table.map(\.bit)).count == PageFlags.table.count)
    }
}
