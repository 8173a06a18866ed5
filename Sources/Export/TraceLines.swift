public import Timeline

/// A recording as the lines of `trace --json`.
///
/// To record a run takes calls that `trace` does not make: those that only look. They are left out, so that the lines
/// are those of a trace of the same run.
public struct TraceLines: Sendable {
    private var encoder = TraceEncoder()

    public init() {}

    /// The line, newline included; empty for an event that gives none.
    public mutating func line(for event: Event) -> [UInt8] {
        if case .ioctl(let call) = event.body, call.observing { return [] }
        return encoder.encode(event)
    }
}
