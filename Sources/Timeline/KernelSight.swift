/// How far into the kernel a run could be seen; said when the machine stands and whenever it changes.
public struct KernelSight: Sendable, Hashable, Codable {
    /// The three ways in which KVM's own part can be seen, the poorest first.
    public enum Level: String, Sendable, CaseIterable, Codable, Comparable {
        /// What crosses between user space and KVM, and no more.
        case boundary
        /// Counts, from differences of the vCPUs' binary statistics.
        case statistics
        /// Every transition with its time.
        case tracepoints

        private var rank: Int {
            switch self {
            case .boundary: 0
            case .statistics: 1
            case .tracepoints: 2
            }
        }

        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
    }

    public var level: Level
    /// Why not more; empty at the highest level.
    public var reason: String
    /// What would give more; empty where nothing would.
    public var remedy: String

    public init(level: Level, reason: String = "", remedy: String = "") {
        self.level = level
        self.reason = reason
        self.remedy = remedy
    }
}

/// The KVM on which a run was made.
public struct HostKVM: Sendable, Hashable, Codable {
    /// How guest physical addresses are translated.
    public enum Paging: String, Sendable, CaseIterable, Codable {
        /// The processor walks the guest's tables and then KVM's (EPT, NPT).
        case twoDimensional = "two-dimensional"
        /// KVM keeps tables of its own that mirror the guest's.
        case shadow
    }

    /// The kernel module's name: `kvm_intel`, `kvm_amd`, `kvm_pvm`, …; nil where it is not known.
    public var module: String?
    /// nil where it is not known.
    public var paging: Paging?
    /// Whether the host runs in a virtual machine itself; nil where it is not known.
    public var isGuest: Bool?

    public init(module: String? = nil, paging: Paging? = nil, isGuest: Bool? = nil) {
        self.module = module
        self.paging = paging
        self.isGuest = isGuest
    }
}
