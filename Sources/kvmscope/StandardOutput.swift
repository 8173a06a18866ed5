internal import Glibc

/// Standard output, which may be full, closed, or a pipe that nobody reads any more.
///
/// The main thread alone writes to it.
enum StandardOutput {
    /// What the first write that failed was answered; 0 while all went well.
    nonisolated(unsafe) private static var failure: Int32 = 0
    private static let descriptor: Int32 = 1

    /// Whether what is written goes nowhere.
    static var isClosed: Bool { failure != 0 }

    /// Why not all that was written is there; nil where it is, or where the reader went away, as `head` does.
    static var problem: String? {
        failure == 0 || failure == EPIPE ? nil : "standard output cannot be written: \(String(cString: strerror(failure)))"
    }

    /// Keeps the numbers of the three standard streams from files of ours where the caller closed them, and a reader
    /// that goes away from killing the program.
    static func prepare() {
        for stream in Int32(0)...2 where fcntl(stream, F_GETFD) < 0 {
            // Opened in the wrong direction, so that using it fails as it would on a closed one.
            let file = open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY)
            if file > 2 { close(file) }
        }
        signal(SIGPIPE, SIG_IGN)
    }

    static func print(_ text: String, terminator: String = "\n") { write(Array((text + terminator).utf8)) }

    static func write(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count, failure == 0 {
            let count = bytes[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                start += count
            } else if errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, -1)
            } else if errno != EINTR {
                failure = errno
            }
        }
    }
}
