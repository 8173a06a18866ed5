private import CKVM

/// A call on KVM that failed: what was tried, on what, why, and what usually causes it.
public struct KVMError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The call's name: `KVM_CREATE_VCPU`, `open`, `mmap`; a number in hex for a request that the catalog lacks.
    public let call: String
    /// The request number, for an ioctl.
    public let request: UInt?
    /// What it was tried on: a path, or a descriptor with its kind.
    public let subject: String
    /// The argument that matters ("vCPU number 0"), or nothing.
    public let detail: String
    /// The kernel's answer; nil where the kernel answered something that cannot be used.
    public let errno: Errno?
    /// What usually brings this about and what to do, or nothing where no usual cause is known.
    public let cause: String

    init(request: UInt, subject: String, detail: String = "", errno: Errno) {
        call = IoctlCatalog.name(of: request)
        self.request = request
        self.subject = subject
        self.detail = detail
        self.errno = errno
        cause = UsualCause.text(request: request, errno: errno)
    }

    init(call: String, subject: String, detail: String = "", errno: Errno?, cause: String = "") {
        self.call = call
        request = nil
        self.subject = subject
        self.detail = detail
        self.errno = errno
        self.cause = cause.isEmpty ? errno.map { UsualCause.text(call: call, errno: $0) } ?? "" : cause
    }

    /// One line.
    public var description: String {
        var text = call
        if !detail.isEmpty { text += " (\(detail))" }
        text += " on \(subject) failed"
        if let errno { text += ": \(errno.name) (\(errno.rawValue), \(errno.message))" }
        if !cause.isEmpty { text += "; \(cause)" }
        return text
    }
}
