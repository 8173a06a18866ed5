internal import Glibc
internal import Synchronization

/// Host memory that serves as the guest's physical memory: an anonymous mapping for each slot, given back when dropped.
///
/// vCPUs write to it while we read: a reading is exact only while the vCPUs stand.
public final class GuestMemory: Sendable {
    public static let pageSize = 4096
    /// Bytes of the first region; a multiple of the page size.
    public let size: Int
    /// First guest physical address of the first region.
    public let start: UInt64
    /// The first region, and those beside it.
    let regions: [Region]

    /// One mapping.
    // Sound to share: the address never changes, and all access is bounds-checked raw memory.
    struct Region: @unchecked Sendable {
        let start: UInt64
        let size: Int
        let base: UnsafeMutableRawPointer

        var hostAddress: UInt64 { UInt64(UInt(bitPattern: base)) }
    }
    /// Frames that this process wrote: KVM's dirty log knows only what the guest and KVM wrote.
    private let written = Mutex<[ClosedRange<UInt64>]>([])

    /// Maps zero-filled memory that takes no room before it is touched.
    /// - Parameter more: further regions, which must not overlap.
    public init(size: Int, start: UInt64 = 0, more: [(start: UInt64, size: Int)] = []) throws(MachineError) {
        var regions: [Region] = []
        for (start, size) in [(start, size)] + more {
            do throws(MachineError) {
                regions.append(Region(start: start, size: size, base: try Self.map(size)))
            } catch {
                for region in regions { munmap(region.base, region.size) }
                throw error
            }
        }
        self.size = size
        self.start = start
        self.regions = regions
    }

    private static func map(_ size: Int) throws(MachineError) -> UnsafeMutableRawPointer {
        guard size > 0, size % pageSize == 0 else { throw .memory(bytes: size, errno: EINVAL) }
        let mapping = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapping, mapping != MAP_FAILED else { throw .memory(bytes: size, errno: errno) }
        return mapping
    }

    deinit { for region in regions { munmap(region.base, region.size) } }

    /// Address of the first region's first byte in this process.
    public var hostAddress: UInt64 { regions.first?.hostAddress ?? 0 }

    /// The one place where guest addresses are checked, overflow included.
    private func pointer(_ address: UInt64, _ count: Int) throws(MachineError) -> UnsafeMutableRawPointer {
        for region in regions {
            guard count >= 0, address >= region.start, address - region.start <= UInt64(region.size),
                UInt64(count) <= UInt64(region.size) - (address - region.start)
            else { continue }
            return region.base + Int(address - region.start)
        }
        throw .address(address, count: count)
    }

    public func write(_ bytes: some Collection<UInt8>, at address: UInt64) throws(MachineError) {
        let count = bytes.count
        guard count > 0 else { return }
        let target = try pointer(address, count)
        UnsafeMutableRawBufferPointer(start: target, count: count).copyBytes(from: bytes)
        let frames = (address >> 12)...((address + UInt64(count) - 1) >> 12)
        written.withLock { ranges in
            // The same page again and again, as `poke` does it, must not make the list grow.
            guard !ranges.contains(where: { $0.lowerBound <= frames.lowerBound && frames.upperBound <= $0.upperBound })
            else { return }
            ranges.append(frames)
        }
    }

    public func read(_ count: Int, at address: UInt64) throws(MachineError) -> [UInt8] {
        let source = try pointer(address, count)
        return Array(UnsafeRawBufferPointer(start: source, count: count))
    }

    /// A little-endian number of 1 to 8 bytes; nil outside the memory.
    public func word(at address: UInt64, size: Int) -> UInt64? {
        guard size >= 1, size <= 8, let source = try? pointer(address, size) else { return nil }
        var value: UInt64 = 0
        withUnsafeMutableBytes(of: &value) { $0.copyMemory(from: UnsafeRawBufferPointer(start: source, count: size)) }
        return UInt64(littleEndian: value)
    }

    /// Whether a page holds nothing but zeros; true outside the memory.
    func isZero(frame: UInt64) -> Bool {
        guard frame < UInt64.max >> 12, let page = try? pointer(frame << 12, Self.pageSize) else { return true }
        // All bytes are zero where the first is and each equals the one before it.
        return page.load(as: UInt8.self) == 0 && memcmp(page, page + 1, Self.pageSize - 1) == 0
    }

    /// Frames written by this process since the last call; ranges may overlap.
    func takeWrittenFrames() -> [ClosedRange<UInt64>] {
        written.withLock { ranges in
            defer { ranges.removeAll() }
            return ranges
        }
    }
}
