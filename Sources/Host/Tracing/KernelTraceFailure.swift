/// Why the kernel's tracepoints cannot be had, and what a person can do about it.
public struct KernelTraceFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Cause: String, Sendable, CaseIterable {
        /// Not mounted, or not to be read by this user.
        case tracefs
        /// No KVM module, or none of the tracepoints asked for.
        case events
        /// A trace instance of our own may not be made.
        case instance
        /// tracefs speaks of threads by numbers that this process does not know.
        case pidNamespace = "pid-namespace"
        /// A file of our own instance refused what it should take.
        case setting
        /// The kernel cannot trace its functions, or not for us.
        case functions
    }

    public var cause: Cause
    /// One line.
    public var reason: String
    /// One line; empty where nothing helps.
    public var remedy: String

    init(_ cause: Cause, _ reason: String, remedy: String = "") {
        self.cause = cause
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { remedy.isEmpty ? reason : "\(reason): \(remedy)" }
}
