internal import Glibc

/// Which pages of a mapping the host has made, by this process's page map.
///
/// Linux, Documentation/admin-guide/mm/pagemap.rst: 8 bytes a page, bit 63 for one that is present, bit 62 for one that
/// is swapped out. Any process may read these bits of its own.
struct PresentPages {
    /// Empty where the page map cannot be read.
    private var entries: [UInt64] = []

    init(_ mapping: HostMapping) {
        let descriptor = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let count = mapping.size / GuestMemory.pageSize
        let begin = mapping.address / UInt64(GuestMemory.pageSize) * 8
        entries = Array(repeating: 0, count: count)
        let isWhole = entries.withUnsafeMutableBytes { buffer in
            var done = 0
            while done < buffer.count {
                let read = pread(
                    descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(begin) + off_t(done))
                if read < 0, errno == EINTR { continue }
                guard read > 0 else { return false }
                done += read
            }
            return true
        }
        if !isWhole { entries = [] }
    }

    /// Where nobody says, each page is taken to be there.
    subscript(page: Int) -> Bool { page < entries.count ? entries[page] >> 62 != 0 : true }
}
