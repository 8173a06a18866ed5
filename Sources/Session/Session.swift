public import Command
internal import Facts
internal import Glibc
internal import Host
internal import KVM
public import Machine
public import Timeline

/// What a session is about: the guest, and how its machine is made.
public struct SessionConfiguration: Sendable {
    /// As the user named it.
    public var image: GuestImage
    public var vcpus: Int
    public var memorySize: Int
    /// Memory slots beside the first.
    public var slots: [SlotPlan] = []
    public var devicePath: String
    /// Whether the kernel's half is observed from the moment the machine stands, as far as that is permitted.
    public var observesKernel: Bool
    /// The most that is tried to see of it: a lower level than the host permits shows what others see.
    ///
    /// Where none is given, that of the environment variable `KVMSCOPE_KERNEL`, and without it the highest.
    public var kernelLimit: KernelSight.Level

    /// The environment variable by which a person sets `kernelLimit`; its values are the levels' names.
    public static let kernelLimitVariable = "KVMSCOPE_KERNEL"

    /// What that variable says; the level is nil where its text, if there is any, names none.
    public static let environmentLimit: (text: String?, level: KernelSight.Level?) = {
        let text = getenv(kernelLimitVariable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        return (text, text.flatMap { KernelSight.Level(rawValue: $0) })
    }()

    public init(
        image: GuestImage, vcpus: Int = 1, memorySize: Int = MachineConfiguration.defaultMemorySize,
        devicePath: String = "/dev/kvm", observesKernel: Bool = true, kernelLimit: KernelSight.Level? = nil
    ) {
        self.image = image
        self.vcpus = vcpus
        self.memorySize = memorySize
        self.devicePath = devicePath
        self.observesKernel = observesKernel
        self.kernelLimit = kernelLimit ?? Self.environmentLimit.level ?? .tracepoints
    }
}

/// Joins machine, host and timeline, and carries out the commands that change something.
///
/// Belongs to one thread, the one that owns the screen. `wakeDescriptor` becomes readable when `pump` has work.
public final class Session {
    /// How a command went.
    public enum Outcome: Sendable, Equatable {
        /// Carried out; the text, where there is one, is one line for the person.
        case done(String?)
        /// Under way: it ends with a `finished` notice.
        case started
        /// Not carried out: why, and what to do, in one line.
        case refused(String)
    }

    /// Something that the session tells after a `pump`.
    public enum Notice: Sendable, Equatable {
        case finished(Command, Outcome)
    }

    public let timeline: Timeline
    public let configuration: SessionConfiguration
    /// The vCPU that steps when none is named.
    public internal(set) var vcpu = 0

    /// Why the machine could not be built, when that was tried last.
    public internal(set) var failure: MachineError?

    let log = RunLog()
    let door: IoctlDoor
    var machine: Machine?
    var builder: MachineBuild?
    var batch = RunLog.Batch()
    /// Taken from the log while something was read, and not looked at yet.
    var postponed: [RunLog.Entry] = []
    var converter = CallConverter()
    var activity = Activity.none
    var gateStaysClosed = false
    var breakpoints: [UInt64] = []
    /// Linear addresses of memory whose change stops a run.
    var watched: [UInt64] = []
    /// Whether debug registers catch writes here; nil before that was tried.
    var debugRegistersWork: Bool?
    /// The single steps that are under way.
    var steps: StepExtent?
    var notices: [Notice] = []
    private var origin = monotonicNow()
    var roles: [Int32: HostThread.Role]
    var lastSystem: [Int: SystemRegisters] = [:]
    var pageStore: [GuestPage: PageContent] = [:]
    let zeroPage = PageContent([UInt8](repeating: 0, count: MemoryPage.size))
    var keyframes = KeyframeStore()
    /// The keyframe at which the machine stands; nil where it has changed since.
    var currentKeyframe: Int?
    /// Why no keyframe could be taken the last time.
    var keyframeObstacle: String?
    /// Nothing was done in this branch yet.
    var isFreshBranch = false
    /// Pages of guest memory whose contents are kept, 128 MiB: a guest may write more than this program wants to hold.
    var knownPages = 1 << 15
    /// Set where events go elsewhere than into the timeline: a headless trace keeps nothing.
    var sink: ((Event) -> Void)?
    /// Set where nobody looks on while the guest runs: an event's moment is then never before that of the one before.
    var tellsInOrder = false
    /// Gets every event that the timeline gets, such as a recorder, and is told of each turn to another branch.
    public var recorder: (any EventSink)?
    /// Branches that the recorder has not heard of, and so cannot follow the machine to.
    public var unrecorded: Set<Int> = []
    var kernel: KernelWatch
    /// How changed memory is found.
    var tracking = MemoryTracking.comparison
    /// The page map, open from the first walk on.
    var hostPages: HostPages?
    /// The walk in view, kept for a machine that is built anew.
    var lastWalk: WalkQuestion?

    /// What is under way.
    enum Activity {
        case none
        /// A builder thread works; `command` ends when a call waits at the gate or the machine stands.
        case building(command: Command, callsLeft: Int)
        case running(Run)
    }

    struct Run {
        var command: Command
        /// vCPUs that have not stopped yet.
        var outstanding: Set<Int>
        /// Those that are being stopped only because another stopped.
        var isStopping = false
        /// Somebody asked for a pause: nothing goes on by itself.
        var isPausing = false
        /// The commands that asked for that; they end when all vCPUs stand.
        var pauses: [Command] = []
        /// Why the whole machine stands, where it is more than that a vCPU halted or was kicked.
        var decision: StopCause?
        /// Calls still to be let through the gate before the command ends; nil where the gate is open, or it has ended.
        var callsLeft: Int?
        /// The command's end was told, though vCPUs still wait at the gate.
        var hasEnded = false
        /// The thread whose call was let through last: the command ends when that thread waits again.
        var released: Int32?
        /// Goes on stepping until it holds.
        var until: Expression?
        /// The order comes in parts, with a keyframe after each.
        var slices: Slices?
        /// It may make any number of exits before anybody looks.
        var isFree: Bool { command == .run || command == .toggleRun || until != nil }
    }

    public init(_ configuration: SessionConfiguration, timeline: Timeline = Timeline()) {
        self.configuration = configuration
        self.timeline = timeline
        kernel = KernelWatch(isWanted: configuration.observesKernel, limit: configuration.kernelLimit)
        door = IoctlDoor(observer: log, level: .record)
        roles = [getpid(): .main]
        _ = ThisThread.id
    }

    deinit { close() }

    public var wakeDescriptor: Int32 { log.wakeDescriptor }

    /// Nanoseconds since the machine was begun.
    public var elapsed: UInt64 { now() }

    /// Reads the process's descriptors and threads before there is a machine, so that what it adds can be seen.
    public func lookAround() { readHost() }

    /// Reads the threads and the kernel's counts, for a screen that shows a running guest.
    public func readThreads() {
        // What happened before is told before.
        if isBusy { absorbLog() }
        append(.threads(ThreadTable.read(roles: roles)))
        readStatistics()
    }

    public var isBusy: Bool {
        if case .none = activity { return false }
        return true
    }

    // MARK: Events

    func now() -> UInt64 { monotonicNow() &- origin }

    func relative(_ moment: UInt64) -> UInt64 { moment > origin ? moment - origin : 0 }

    /// Appends an event that happened now, or at a moment that was recorded.
    ///
    /// A moment that was recorded stays what it is, also where it is told late.
    func append(_ body: Event.Body, at nanoseconds: UInt64? = nil, thread: Int32 = 0) {
        append(Event(nanoseconds: nanoseconds ?? now(), thread: thread, body))
    }

    private var lastMoment: UInt64 = 0

    func append(_ event: Event) {
        var event = event
        if tellsInOrder {
            // Of two threads one may read the clock first and reach the log last; who reads lines expects their order.
            lastMoment = max(lastMoment, event.nanoseconds)
            event.nanoseconds = lastMoment
        }
        recorder?.append(event)
        if let sink { sink(event) } else { timeline.append(event) }
    }

    /// Gives an event of the run a name; the position is the cursor's behind it.
    public func mark(_ name: String, at position: Int) {
        append(.pastMark(PastMark(name: name, position: position)))
    }

    func restartClock() {
        origin = monotonicNow()
        lastMoment = 0
    }

    /// Closes the machine and gives back all that it held; the timeline stays.
    public func close() {
        closeMachine()
        closeKernelTrace()
    }

    func closeMachine() {
        guard machine != nil || isBusy else { return }
        if case .building(let command, _) = activity {
            activity = .building(command: command, callsLeft: Int.max)
            openGate()
            while case .building = activity {
                _ = waitForWork(milliseconds: 1000)
                absorbLog()
            }
        }
        _ = pauseAll(nil)
        // The threads may wait for room in the log while they end.
        while case .running(let run) = activity, !run.outstanding.isEmpty {
            _ = waitForWork(milliseconds: 1000)
            absorbLog()
        }
        openGate()
        closeStatistics()
        machine?.close()
        machine = nil
        absorbLog()
    }

    /// Sleeps until there is something to pump. False when the time is over.
    public func waitForWork(milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: log.wakeDescriptor, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, milliseconds) > 0
    }

    /// Lets a guest that was just sent on run for a moment, as a person would before the next key: a script has no hands.
    public func letRun(milliseconds: Int = 30) {
        let end = monotonicNow() + UInt64(max(milliseconds, 0)) * 1_000_000
        while monotonicNow() < end, isBusy {
            _ = waitForWork(milliseconds: 5)
            absorbLog()
        }
    }

    /// Carries a command out to its end, for lessons' checks and scripts that have no screen.
    public func performAndWait(_ command: Command, milliseconds: Int = 10_000) -> Outcome {
        // What ended before is no answer to this command.
        pump()
        let outcome = perform(command)
        guard outcome == .started else { return outcome }
        return waitForEnd(of: command, milliseconds)
    }

    private func waitForEnd(of command: Command, _ milliseconds: Int) -> Outcome {
        let deadline = monotonicNow() &+ UInt64(max(milliseconds, 1)) &* 1_000_000
        while true {
            for case .finished(command, let outcome) in pump() { return outcome }
            if monotonicNow() >= deadline {
                return .refused("\(command) did not end within \(milliseconds) ms; pause it")
            }
            _ = waitForWork(milliseconds: 50)
        }
    }
}
