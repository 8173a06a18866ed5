/// What a vCPU is told to do until it stands again.
public struct RunOrder: Sendable {
    public enum Extent: Sendable, Equatable {
        /// To the n-th exit to user space.
        case exits(Int)
        /// n single steps.
        case instructions(Int)
        /// Until something stops it.
        case free
    }

    public var extent: Extent
    public var detail: Detail
    /// Linear addresses of hardware breakpoints; the processor has four.
    public var breakpoints: [UInt64]
    /// Exits that all vCPUs together may take before the run ends; nil for no limit.
    public var maximumExits: Int?
    /// It goes on with the order before, so that a breakpoint at the place where that ended has not been hit yet.
    public var goesOn = false
    /// Memory whose change stops the vCPU. It is single-stepped then, and the bytes are compared after each instruction.
    public var watches: [Watch] = []
    /// Debug registers wait for the write instead, where they suffice, and the bytes are compared at each exit.
    ///
    /// Only where `Watchpoints.work` says that they do here.
    public var watchesInHardware = false

    public init(_ extent: Extent, detail: Detail = .full, breakpoints: [UInt64] = [], maximumExits: Int? = nil) {
        self.extent = extent
        self.detail = detail
        self.breakpoints = breakpoints
        self.maximumExits = maximumExits
    }
}
