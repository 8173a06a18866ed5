private import CKVM
private import Glibc

/// A Linux error number, with the name that manual pages use for it.
public struct Errno: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The positive number, as in `errno.h`.
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The symbolic name, or `errno <n>` for a number without one.
    public var name: String {
        ckvm_errno_name(rawValue).map { String(cString: $0) } ?? "errno \(rawValue)"
    }

    /// What the C library says of it ("Invalid argument"), untranslated.
    public var message: String {
        ckvm_errno_text(rawValue).map { String(cString: $0) } ?? "error \(rawValue)"
    }

    public var description: String { name }

    public static let notPermitted = Errno(rawValue: EPERM)
    public static let noEntry = Errno(rawValue: ENOENT)
    public static let interrupted = Errno(rawValue: EINTR)
    public static let tooBig = Errno(rawValue: E2BIG)
    public static let badDescriptor = Errno(rawValue: EBADF)
    public static let again = Errno(rawValue: EAGAIN)
    public static let outOfMemory = Errno(rawValue: ENOMEM)
    public static let accessDenied = Errno(rawValue: EACCES)
    public static let fault = Errno(rawValue: EFAULT)
    public static let busy = Errno(rawValue: EBUSY)
    public static let exists = Errno(rawValue: EEXIST)
    public static let noDevice = Errno(rawValue: ENODEV)
    public static let invalid = Errno(rawValue: EINVAL)
    public static let noTerminalControl = Errno(rawValue: ENOTTY)
    public static let noSuchAddress = Errno(rawValue: ENXIO)
}
