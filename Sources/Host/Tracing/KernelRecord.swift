public import Timeline

/// One tracepoint that fired, its bytes as the kernel wrote them; text is made of them only when it is asked for.
///
/// All records of one `drain` share their bytes, so one that is kept keeps them all: keep `event(vcpu:)` instead.
public struct KernelRecord: Sendable {
    /// CLOCK_MONOTONIC.
    public let nanoseconds: UInt64
    /// The thread on which it fired.
    public let thread: Int32
    /// The processor's number on the host.
    public let cpu: Int32
    /// Records of this processor that the kernel wrote over before this one, since nobody had read them; 0 for none,
    /// and 1 where it does not say how many.
    public let lostBefore: UInt32
    public let format: KernelFormat

    private let bytes: [UInt8]
    private let start: Int
    private let count: UInt16

    init(_ entry: KernelRecordEntry, format: KernelFormat, bytes: [UInt8]) {
        nanoseconds = entry.nanoseconds
        thread = entry.thread
        cpu = Int32(entry.cpu)
        lostBefore = entry.lostBefore
        self.format = format
        self.bytes = bytes
        start = entry.start
        count = entry.count
    }

    /// The event's name in tracefs, such as `kvm_exit`.
    public var name: String { format.name }

    /// The number in a field as the kernel wrote it, whatever name it has; signed fields are sign-extended.
    public subscript(field: String) -> UInt64? { format.index(of: field).flatMap { number($0) } }

    /// The number in a field of `format.fields`; nil for text, bytes and a field that is not there.
    public func number(_ field: Int) -> UInt64? {
        withBytes { format.number(field, in: $0) }.map { UInt64(bitPattern: $0) }
    }

    /// One field as text; nil where the event has it not.
    public func text(_ field: String) -> String? {
        guard let index = format.index(of: field) else { return nil }
        return withBytes { format.render(index, $0) }.value
    }

    /// Every field as text: see `KernelFormat.render`.
    public var fields: [IoctlField] { withBytes { format.render($0) } }

    /// The same, for the timeline.
    public func event(vcpu: Int) -> KernelEvent { KernelEvent(vcpu: vcpu, name: format.name, fields: fields) }

    /// The record as it stood in the ring buffer.
    public var raw: [UInt8] { withBytes { Array($0) } }

    private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<start + Int(count)])) }
    }
}

/// A record while it is being read and put in order.
struct KernelRecordEntry {
    var nanoseconds: UInt64
    var thread: Int32
    var lostBefore: UInt32
    /// Where its bytes start in those of the drain.
    var start: Int
    var format: UInt16
    var cpu: UInt16
    var count: UInt16
}
