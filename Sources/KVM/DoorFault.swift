/// An answer that the door gives in the kernel's place, so that a caller's handling of failure can be tried.
public struct DoorFault: Sendable, Hashable {
    /// Which calls it answers.
    public enum Target: Sendable, Hashable {
        case open
        case map
        case ioctl(UInt)
    }

    public var target: Target
    public var errno: Errno
    /// Calls that still go through before the first failure.
    public var skip: Int
    /// Calls that fail after that.
    public var count: Int

    public init(_ target: Target, errno: Errno, skip: Int = 0, count: Int = .max) {
        self.target = target
        self.errno = errno
        self.skip = skip
        self.count = count
    }
}
