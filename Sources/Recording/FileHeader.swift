internal import Glibc

/// The first bytes of a file, looked at before SQLite is let near it: nothing is written to a file that is not ours.
enum FileHeader {
    enum Finding: Equatable {
        case missing
        case empty
        case foreign
        case recording(version: Int)
        case refused(Int32)
    }

    /// SQLite file format, section 1.3 "The Database Header": 100 bytes, numbers most significant byte first.
    static func look(at path: String) -> Finding {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return errno == ENOENT ? .missing : .refused(errno) }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { return .refused(errno) }
        if facts.st_mode & S_IFMT == S_IFDIR { return .refused(EISDIR) }
        guard facts.st_mode & S_IFMT == S_IFREG else { return .foreign }
        if facts.st_size == 0 { return .empty }
        var bytes = [UInt8](repeating: 0, count: 100)
        guard pread(file, &bytes, 100, 0) == 100, bytes.starts(with: Array("SQLite format 3\0".utf8)),
            word(bytes, at: 68) == Schema.applicationID
        else { return .foreign }
        return .recording(version: Int(Int32(bitPattern: word(bytes, at: 60))))
    }

    /// Bytes that a file and its log take on the disk: what is empty in a file takes none.
    static func storedBytes(of path: String) -> Int {
        ["", "-wal"].reduce(0) { sum, suffix in
            var facts = stat()
            return stat(path + suffix, &facts) == 0 ? sum + Int(facts.st_blocks) * 512 : sum
        }
    }

    private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    static func text(of errno: Int32) -> String { String(cString: strerror(errno)) }
}
