import Glibc

/// Owns one descriptor for reading and closes it when it goes away.
struct OpenFile: ~Copyable, Sendable {
    let fd: Int32
    let path: String

    init(_ path: String, flags: Int32 = O_RDONLY) throws(FileRefusal) {
        let opened = unbroken { open(path, flags | O_CLOEXEC) }
        guard opened >= 0 else { throw FileRefusal(call: "open", path: path, errno: errno) }
        fd = opened
        self.path = path
    }

    deinit { close(fd) }

    /// Fills the buffer from an offset and returns the bytes read: fewer than asked for only at the file's end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(FileRefusal) -> Int {
        guard let start = buffer.baseAddress, let offset = off_t(exactly: offset) else { return 0 }
        var filled = 0
        while filled < buffer.count {
            let count = unbroken { pread(fd, start + filled, buffer.count - filled, offset &+ off_t(filled)) }
            if count < 0 { throw FileRefusal(call: "read", path: path, errno: errno) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// One 64-bit number of a file that is an array of them; 0 behind the file's end.
    func word(_ index: UInt64) throws(FileRefusal) -> UInt64 {
        let (offset, overflow) = index.multipliedReportingOverflow(by: 8)
        guard !overflow, let offset = off_t(exactly: offset) else { return 0 }
        var value: UInt64 = 0
        let count = unbroken { pread(fd, &value, 8, offset) }
        if count < 0 { throw FileRefusal(call: "read", path: path, errno: errno) }
        return count == 8 ? value : 0
    }
}

/// Makes a system call again when a signal broke it off: the kick of a vCPU is such a signal.
@inline(__always)
func unbroken<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
