import Glibc

/// The kernel said no to an open, a read or a listing; the text names what was tried and the errno by name.
public struct FileRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// `open`, `read`, `list`, `stat`.
    public var call: String
    public var path: String
    public var errno: Int32

    public init(call: String, path: String, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    /// `EACCES` and its kin; the number where the code knows no name.
    public var errnoName: String { Self.names[errno] ?? String(errno) }

    public var description: String { "\(call) \(path): \(errnoName)" }

    private static let names: [Int32: String] = [
        EPERM: "EPERM", ENOENT: "ENOENT", EINTR: "EINTR", EIO: "EIO", ENXIO: "ENXIO", EBADF: "EBADF",
        EAGAIN: "EAGAIN", ENOMEM: "ENOMEM", EACCES: "EACCES", EBUSY: "EBUSY", ENODEV: "ENODEV",
        ENOTDIR: "ENOTDIR", EISDIR: "EISDIR", EINVAL: "EINVAL", ENFILE: "ENFILE", EMFILE: "EMFILE",
        ELOOP: "ELOOP", ENAMETOOLONG: "ENAMETOOLONG", EOVERFLOW: "EOVERFLOW", EOPNOTSUPP: "EOPNOTSUPP",
    ]
}
