/// What the kernel says of a page frame; a word of /proc/kpageflags.
///
/// Bits 0 to 26 are the kernel's user API (linux/kernel-page-flags.h); those from 32 are shown for kernel hackers
/// and may differ (Linux, include/linux/kernel-page-flags.h). A bit that has no name here is shown by number.
public struct PageFlags: Sendable, Equatable {
    public let raw: UInt64

    public init(raw: UInt64) { self.raw = raw }

    /// Names of the bits that are set, lowest first, in the kernel's spelling; `KSM?` where it may mean nothing.
    public var names: [String] {
        (0..<64).filter { raw >> UInt64($0) & 1 == 1 }.map { bit in
            // Kernels that test two flags of the mapping for either set it for all anonymous memory (Linux 6.10,
            // fs/proc/page.c, `stable_page_flags`), and only such memory is ever merged.
            bit == 21 && raw >> 12 & 1 == 1 ? "KSM?" : Self.name(ofBit: bit)
        }
    }

    /// The kernel's name of a bit without its `KPF_`, or `bit <n>`.
    public static func name(ofBit bit: Int) -> String {
        table.first { $0.bit == bit }?.name ?? "bit \(bit)"
    }

    /// Part of a transparent huge page.
    public var isTransparentHuge: Bool { raw >> 22 & 1 == 1 }
    /// Part of a page of hugetlbfs.
    public var isHugetlb: Bool { raw >> 17 & 1 == 1 }
    /// The page of zeros that stands for anonymous memory that was read and never written.
    public var isZeroPage: Bool { raw >> 24 & 1 == 1 }
    /// The kernel has no page structure for this frame: device memory or a hole.
    public var isNoPage: Bool { raw >> 20 & 1 == 1 }

    /// Every known bit with a meaning in one short sentence, for help texts.
    public static let table: [(bit: Int, name: String, meaning: String)] = [
        (0, "LOCKED", "locked for I/O or for a change"),
        (1, "ERROR", "an I/O error happened"),
        (2, "REFERENCED", "used since the last look"),
        (3, "UPTODATE", "the contents are valid"),
        (4, "DIRTY", "must be written back"),
        (5, "LRU", "on a list of the page reclaimer"),
        (6, "ACTIVE", "on its list of pages in use"),
        (7, "SLAB", "memory of the kernel's own allocator"),
        (8, "WRITEBACK", "being written to its device"),
        (9, "RECLAIM", "to be freed as soon as it is written"),
        (10, "BUDDY", "free"),
        (11, "MMAP", "mapped into a process"),
        (12, "ANON", "anonymous memory, of no file"),
        (13, "SWAPCACHE", "has a place in swap too"),
        (14, "SWAPBACKED", "would go to swap, not to a file"),
        (15, "COMPOUND_HEAD", "first page of a larger unit"),
        (16, "COMPOUND_TAIL", "further page of a larger unit"),
        (17, "HUGE", "part of a hugetlb page"),
        (18, "UNEVICTABLE", "never swapped out"),
        (19, "HWPOISON", "hardware found it damaged"),
        (20, "NOPAGE", "no memory of the kernel's"),
        (21, "KSM", "merged with equal pages of others; with a question mark, perhaps only anonymous memory"),
        (22, "THP", "part of a transparent huge page"),
        (23, "OFFLINE", "taken out of use, such as by a balloon"),
        (24, "ZERO_PAGE", "the shared page of zeros"),
        (25, "IDLE", "not used since it was marked idle"),
        (26, "PGTABLE", "holds a page table"),
        (32, "RESERVED", "kept from the page allocator"),
        (33, "MLOCKED", "locked into memory by mlock"),
        (34, "OWNER_2", "for the owner's use"),
        (35, "PRIVATE", "its file system keeps data with it"),
        (36, "PRIVATE_2", "its file system keeps more data with it"),
        (37, "OWNER_PRIVATE", "for the owner's use"),
        (38, "ARCH", "for the architecture's use"),
        (39, "UNCACHED", "mapped without caching"),
        (40, "SOFTDIRTY", "written since the soft-dirty bits were cleared"),
        (41, "ARCH_2", "for the architecture's use"),
        (42, "ARCH_3", "for the architecture's use"),
    ]
}

/// /proc/kpageflags and /proc/kpagecount, held open: what is known of a frame by its number. Needs root.
public struct PageFrames: ~Copyable, Sendable {
    private let flagFile: OpenFile
    private let countFile: OpenFile

    public init() throws(FileRefusal) {
        // Both before either is stored: an owner that cannot be copied is never half made.
        let flags = try OpenFile("/proc/kpageflags")
        let counts = try OpenFile("/proc/kpagecount")
        flagFile = flags
        countFile = counts
    }

    /// No flags for a frame behind the end of memory.
    public func flags(of frame: UInt64) throws(FileRefusal) -> PageFlags {
        PageFlags(raw: try flagFile.word(frame))
    }

    /// The flags of frames that follow each other; fewer at the end of memory.
    public func flags(from frame: UInt64, count: Int) throws(FileRefusal) -> [PageFlags] {
        var words = [UInt64](repeating: 0, count: max(count, 0))
        var refusal: FileRefusal?
        let filled = words.withUnsafeMutableBytes { buffer in
            do throws(FileRefusal) {
                return try flagFile.read(into: buffer, at: frame &* 8)
            } catch {
                refusal = error
                return 0
            }
        }
        if let refusal { throw refusal }
        return words.prefix(filled / 8).map(PageFlags.init(raw:))
    }

    /// How many times the frame is mapped; 0 for a frame behind the end of memory.
    public func mapCount(of frame: UInt64) throws(FileRefusal) -> UInt64 {
        try countFile.word(frame)
    }
}
