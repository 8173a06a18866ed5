import Glibc

/// The files through which a machine tells about itself; a test plays another machine by being one.
public protocol HostFiles: Sendable {
    /// At most `count` bytes from an offset; fewer at the file's end.
    func bytes(_ path: String, at offset: UInt64, count: Int) throws(FileRefusal) -> [UInt8]
    /// The names in a directory, without `.` and `..`, sorted.
    func names(in directory: String) throws(FileRefusal) -> [String]
    func status(_ path: String) throws(FileRefusal) -> FileStatus
    /// Opens for reading and writing, and closes again: only the attempt shows what is permitted.
    func tryOpening(_ path: String) throws(FileRefusal)
    /// Whether something can be made in a directory; nothing is made.
    func canWrite(in directory: String) -> Bool
    /// Whether it is a file that this user may execute.
    func isExecutable(_ path: String) -> Bool
}

/// What stat tells of a file, as far as the report needs it.
public struct FileStatus: Sendable, Equatable {
    public var isCharacterDevice: Bool
    /// Of a device node: which device it is.
    public var major: UInt32
    public var minor: UInt32
    public var group: UInt32
    /// Permission bits.
    public var mode: UInt32

    public init(isCharacterDevice: Bool, major: UInt32 = 0, minor: UInt32 = 0, group: UInt32 = 0, mode: UInt32) {
        self.isCharacterDevice = isCharacterDevice
        self.major = major
        self.minor = minor
        self.group = group
        self.mode = mode
    }
}

extension HostFiles {
    /// The first 64 KiB as text.
    func text(_ path: String) throws(FileRefusal) -> String {
        String(decoding: try bytes(path, at: 0, count: 65536), as: UTF8.self)
    }

    /// The first line without the blanks around it; nil when it cannot be read or is empty.
    func line(_ path: String) -> String? {
        guard let text = try? text(path), let line = text.split(separator: "\n").first else { return nil }
        let trimmed = trim(line)
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    func exists(_ path: String) -> Bool { (try? status(path)) != nil }
}

/// This machine's own files, or a copied tree of another machine's below a root.
public struct RootedFiles: HostFiles {
    /// Put before each path; empty for this machine.
    public let root: String

    public init(root: String = "") { self.root = root }

    public func bytes(_ path: String, at offset: UInt64, count: Int) throws(FileRefusal) -> [UInt8] {
        let file = try named(path) { path throws(FileRefusal) in try OpenFile(path, flags: O_NONBLOCK) }
        var bytes = [UInt8](repeating: 0, count: max(count, 0))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                guard let start = buffer.baseAddress else { return 0 }
                return unbroken {
                    pread(
                        file.fd, start + filled, buffer.count - filled,
                        off_t(truncatingIfNeeded: offset) &+ off_t(filled))
                }
            }
            if count < 0 { throw FileRefusal(call: "read", path: path, errno: errno) }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    public func names(in directory: String) throws(FileRefusal) -> [String] {
        guard let stream = opendir(root + directory) else {
            throw FileRefusal(call: "list", path: directory, errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func status(_ path: String) throws(FileRefusal) -> FileStatus {
        var status = stat()
        guard stat(root + path, &status) == 0 else { throw FileRefusal(call: "stat", path: path, errno: errno) }
        let (major, minor) = deviceNumbers(UInt64(status.st_rdev))
        return FileStatus(
            isCharacterDevice: UInt32(status.st_mode) & S_IFMT == S_IFCHR, major: major, minor: minor,
            group: status.st_gid, mode: UInt32(status.st_mode) & 0o7777)
    }

    public func tryOpening(_ path: String) throws(FileRefusal) {
        let fd = unbroken { open(root + path, O_RDWR | O_NONBLOCK | O_CLOEXEC) }
        guard fd >= 0 else { throw FileRefusal(call: "open", path: path, errno: errno) }
        close(fd)
    }

    public func canWrite(in directory: String) -> Bool {
        faccessat(AT_FDCWD, root + directory, W_OK | X_OK, AT_EACCESS) == 0
    }

    public func isExecutable(_ path: String) -> Bool {
        var status = stat()
        guard stat(root + path, &status) == 0, UInt32(status.st_mode) & S_IFMT == S_IFREG else { return false }
        return faccessat(AT_FDCWD, root + path, X_OK, AT_EACCESS) == 0
    }
}

extension RootedFiles {
    /// Opens below the root, and speaks of the path without it when that fails.
    private func named(
        _ path: String, _ open: (String) throws(FileRefusal) -> OpenFile
    ) throws(FileRefusal) -> OpenFile {
        do throws(FileRefusal) {
            return try open(root + path)
        } catch {
            throw FileRefusal(call: error.call, path: path, errno: error.errno)
        }
    }
}

/// Without the blanks at both ends.
func trim(_ text: some StringProtocol) -> String {
    func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" || character == "\n" }
    var rest = text.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return String(rest)
}
