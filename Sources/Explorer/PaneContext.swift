public import Timeline

/// What a pane may look at: the world at the cursor and how the person looks at it. Nothing else.
public struct PaneContext {
    /// The state at the cursor.
    public var world: World
    /// For lists of events before the cursor, such as ioctls and exits.
    public var timeline: Timeline
    /// Position in the timeline.
    public var cursor: Int
    /// The focused vCPU.
    public var vcpu: Int
    /// How the person looks at this pane.
    public var view: PaneState
    /// Whether the cursor is at the end.
    public var isLive: Bool
    /// The walk that is looked at; nil where no address is followed.
    public var walk: WalkQuestion?
    /// What the lesson pane shows; nil outside lessons.
    public var lesson: LessonScene?
    public var environment: Environment

    public init(
        world: World, timeline: Timeline, cursor: Int, vcpu: Int, view: PaneState = PaneState(), isLive: Bool,
        lesson: LessonScene? = nil, environment: Environment = Environment()
    ) {
        self.world = world
        self.timeline = timeline
        self.cursor = cursor
        self.vcpu = vcpu
        self.view = view
        self.isLive = isLive
        walk = world.walk
        self.lesson = lesson
        self.environment = environment
    }
}

/// How one pane is looked at; kept through resizing, zooming and stepping.
public struct PaneState: Equatable, Sendable {
    /// The first row that is shown; a pane brings it into what it has.
    public var scroll: Int
    /// The row of the pane's own cursor, where it has one.
    public var selection: Int?
    /// The address that was asked for: of bytes, of code, of a walk. Nil shows what the pane shows by itself.
    public var address: UInt64?
    /// True while the pane keeps in view what is current: the newest call, the instruction at RIP.
    public var followsCursor: Bool
    /// The first line that is shown of what the pane tells of its selected row, where that is cut.
    public var detail = 0

    public init(scroll: Int = 0, selection: Int? = nil, address: UInt64? = nil, followsCursor: Bool = true) {
        self.scroll = scroll
        self.selection = selection
        self.address = address
        self.followsCursor = followsCursor
    }
}

/// Facts about the host and the program that are settled when it starts.
public struct Environment: Equatable, Sendable {
    /// `kvm_intel`, `kvm_amd`, `kvm_pvm`, …; nil where it is not known.
    public var kvm: String?
    /// How far one can presumably see into the kernel; the run itself says it when its machine stands.
    public var tracing: KernelSight
    /// Draw with ASCII alone.
    public var isASCII: Bool
    /// The timeline comes from a file.
    public var isReplay: Bool
    /// The run is written into a file.
    public var isRecording = false
    /// Why a lesson is replayed from its recording, and what to do about it: its own steps go on, and only they. Nil
    /// outside such a replay.
    public var lessonReplay: String?
    /// Why nothing can be run here, and what to do about it; nil where `/dev/kvm` works.
    public var kvmUnavailable: String?
    public var version: String
    /// The names of KVM's capabilities, for completion.
    public var capabilities: [String] = []

    public init(
        kvm: String? = nil, tracing: KernelSight = KernelSight(level: .boundary, reason: "no machine has stood yet"),
        isASCII: Bool = false, isReplay: Bool = false,
        kvmUnavailable: String? = nil, version: String = ""
    ) {
        self.kvm = kvm
        self.tracing = tracing
        self.isASCII = isASCII
        self.isReplay = isReplay
        self.kvmUnavailable = kvmUnavailable
        self.version = version
    }
}
