import Glibc

/// What the kernel says of one page of a process's address space; one entry of /proc/self/pagemap.
///
/// Source: Linux, Documentation/admin-guide/mm/pagemap.rst.
public struct PageMapEntry: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        /// In memory; the page frame number, or nil where the kernel hides it.
        case present(frame: UInt64?)
        /// In a swap device: its number and the place in it; nil where the kernel hides them.
        case swapped(SwapPlace?)
        /// No page: never touched, or not mapped at all.
        case absent
    }

    public struct SwapPlace: Sendable, Equatable {
        public var device: UInt64
        public var offset: UInt64
    }

    public let raw: UInt64

    public init(raw: UInt64) { self.raw = raw }

    public var state: State {
        let number = raw & ((1 << 55) &- 1)
        if raw >> 63 & 1 == 1 { return .present(frame: number == 0 ? nil : number) }
        guard raw >> 62 & 1 == 1 else { return .absent }
        return .swapped(number == 0 ? nil : SwapPlace(device: number & 0x1F, offset: number >> 5))
    }

    /// Written since somebody last cleared the bits through /proc/self/clear_refs; needs CONFIG_MEM_SOFT_DIRTY.
    public var isSoftDirty: Bool { raw >> 55 & 1 == 1 }
    /// Mapped by nobody else.
    public var isExclusive: Bool { raw >> 56 & 1 == 1 }
    /// Write-protected by userfaultfd.
    public var isWriteProtected: Bool { raw >> 57 & 1 == 1 }
    /// A page of a file, or shared anonymous memory.
    public var isFileOrShared: Bool { raw >> 61 & 1 == 1 }

    /// Why the place is not told, with the remedy; nil where it is told or where there is none.
    public var hidden: String? {
        switch state {
        case .present(frame: nil): "PFN hidden: needs CAP_SYS_ADMIN (run as root)"
        case .swapped(nil): "swap place hidden: needs CAP_SYS_ADMIN (run as root)"
        default: nil
        }
    }

    /// The host physical address of a host virtual address in this page.
    public func physicalAddress(of address: UInt64) -> UInt64? {
        guard case .present(let frame?) = state else { return nil }
        return frame &* PageMap.pageSize | address & (PageMap.pageSize &- 1)
    }
}

/// The page map of this process, held open: host virtual address to host page.
///
/// On a host that is itself a guest, the frames are that guest's own.
public struct PageMap: ~Copyable, Sendable {
    private let file: OpenFile

    /// The base page size of this machine in bytes; 4096 on x86.
    public static let pageSize: UInt64 = {
        let size = sysconf(Int32(_SC_PAGESIZE))
        return size > 0 ? UInt64(size) : 4096
    }()

    public init() throws(FileRefusal) { file = try OpenFile("/proc/self/pagemap") }

    /// The entry of the page that holds a host virtual address; absent for an address beyond the process's range.
    public func entry(at address: UInt64) throws(FileRefusal) -> PageMapEntry {
        PageMapEntry(raw: try file.word(address / Self.pageSize))
    }

    /// Calls `body` with the address of each page that a range touches and with its entry, in order.
    /// - Parameter size: bytes; the range ends at the address space's end at the latest.
    public func forEachPage(
        from address: UInt64, size: UInt64, _ body: (_ page: UInt64, _ entry: PageMapEntry) -> Void
    ) throws(FileRefusal) {
        guard size > 0 else { return }
        let (sum, overflow) = address.addingReportingOverflow(size &- 1)
        var index = address / Self.pageSize
        let last = (overflow ? UInt64.max : sum) / Self.pageSize
        var refusal: FileRefusal?
        // 128 entries: the largest buffer that Swift keeps on the stack.
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 128) { buffer in
            while index <= last {
                let wanted = Int(min(last &- index &+ 1, UInt64(buffer.count)))
                let bytes = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<wanted]))
                let filled: Int
                do throws(FileRefusal) {
                    filled = try file.read(into: bytes, at: index &* 8)
                } catch {
                    refusal = error
                    return
                }
                guard filled >= 8 else { return }
                for place in 0..<(filled / 8) {
                    body(index &* Self.pageSize, PageMapEntry(raw: buffer[place]))
                    index &+= 1
                }
            }
        }
        if let refusal { throw refusal }
    }
}
