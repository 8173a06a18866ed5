internal import Glibc
internal import Screen

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
        failure == 0 || failure == EPIPE
            ? nil : "standard output cannot be written: \(String(cString: strerror(failure)))"
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
        // A file at its size limit: the write then fails, and says why.
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Writes a text for people, whatever it was put together from: nothing in it steers a terminal.
    static func print(_ text: String, terminator: String = "\n") {
        write(Array((Text.printable(text) + terminator).utf8))
    }

    /// Writes an object, whose strings hold no controls, as it is.
    static func print(_ object: JSON) { write(Array((object.text + "\n").utf8)) }

    /// Writes data in a format of its own; on a terminal without what would steer that.
    static func write(_ bytes: [UInt8]) {
        let bytes = isTerminal ? withoutControls(bytes) : bytes
        var start = 0
        while start < bytes.count, failure == 0 {
            awaitRoom()
            // No more than a pipe with room takes at once.
            let piece = bytes[start..<min(bytes.count, start + Int(PIPE_BUF))]
            let count = piece.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                start += count
            } else if errno != EINTR, errno != EAGAIN {
                failure = errno
            }
        }
    }

    /// Waits until a reader has made room. A signal that came meanwhile, and is kept for later, ends the program at once:
    /// what is still to be written may never be read.
    private static func awaitRoom() {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while poll(&ready, 1, 100) == 0 {
            var waiting = sigset_t()
            sigpending(&waiting)
            for signal in [SIGINT, SIGTERM, SIGHUP] where sigismember(&waiting, signal) == 1 {
                var released = sigset_t()
                sigaddset(&released, signal)
                pthread_sigmask(SIG_UNBLOCK, &released, nil)
            }
        }
    }

    private static let isTerminal = isatty(descriptor) == 1

    /// The last byte of the piece before, which may be the first of a character.
    nonisolated(unsafe) private static var before: UInt8 = 0

    private static func withoutControls(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { byte in
            defer { before = byte }
            switch byte {
            case 0x09, 0x0A: return byte
            case 0..<0x20, 0x7F: return UInt8(ascii: "?")
            // C1 controls are C2 80 to C2 9F in UTF-8; C2 BF is an inverted question mark.
            case 0x80..<0xA0 where before == 0xC2: return 0xBF
            default: return byte
            }
        }
    }
}

/// Standard error, where reasons and refusals go.
enum StandardError {
    /// Writes a text for people, whatever it was put together from: nothing in it steers a terminal.
    static func print(_ text: String) {
        let bytes = Array((Text.printable(text) + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
