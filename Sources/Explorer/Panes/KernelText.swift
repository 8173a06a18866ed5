import Timeline

/// Words for what is seen of the kernel's half, and with what.
enum KernelText {
    static func name(of level: KernelSight.Level) -> String {
        switch level {
        case .boundary: "the user-space boundary alone"
        case .statistics: "counts from KVM's statistics"
        case .tracepoints: "tracepoints"
        }
    }

    static func name(of paging: HostKVM.Paging) -> String {
        switch paging {
        case .twoDimensional: "two-dimensional paging"
        case .shadow: "shadow paging"
        }
    }

    /// How far one can see at a cursor: what the run said, and before it said anything what the host lets expect.
    static func sight(_ context: PaneContext) -> KernelSight { context.world.sight ?? context.environment.tracing }
}
