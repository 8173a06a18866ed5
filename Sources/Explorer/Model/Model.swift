public import Command
public import Lesson
import Screen
public import Timeline

public import enum Command.Pane

/// All that decides what the screen shows: the timeline, the cursor, and how the person looks at them.
///
/// Changed by `update` alone. The timeline is shared with whoever appends to it, which is the same thread.
public struct Model {
    public var timeline: Timeline
    /// Where the person looks, if that is not the end.
    public internal(set) var past: Int?
    /// The vCPU that panes and steps speak of.
    public internal(set) var vcpu = 0
    public internal(set) var width: Int
    public internal(set) var height: Int
    public internal(set) var arrangement = Arrangement()
    public internal(set) var palette: Palette?
    /// Lines that were entered, the oldest first.
    public internal(set) var history: [String] = []
    /// The text that was last searched for.
    public internal(set) var needle = ""
    /// The search that is under way.
    var hunt: Hunt?
    /// True while a search has more to look through: `.searchGoesOn` is to be sent.
    public var isSearching: Bool { hunt != nil || hitCount != nil }
    /// The count of what was found, while it goes on.
    var hitCount: HitCount?
    public internal(set) var help: HelpOverlay?
    /// The lesson menu, where that is what is shown.
    public internal(set) var menu: LessonMenu?
    public internal(set) var lesson: LessonPlayer?
    /// The result of the last command.
    public internal(set) var notice: Notice?
    /// Positions that were given a name on this screen.
    public internal(set) var marks: [String: Int] = [:]
    public internal(set) var hasMouse = true
    /// Whether Ctrl-C was the last key: the next one leaves.
    var isInterrupted = false
    /// The person's command that the machine is carrying out, and the keys that wait for its end.
    var ownCommand: Command?
    var keysAhead: [Command] = []
    /// Whether the machine ran when the timeline was last looked at.
    var wasRunning = false
    /// The files of the folder of which a name is being typed.
    var listedFiles: (folder: String, files: [String])?
    /// Where a step that is to be shown arrow by arrow began.
    var slowMotion: (start: Int, count: Int)?
    public internal(set) var strip = StripIndex()
    /// The branch whose marks these are.
    var branch = 1
    var marksOfBranches: [Int: [String: Int]] = [:]
    /// Where the person looked when the machine was to be set back.
    var returningFrom: Int?
    /// The write that was last gone back to: what was looked for, its reading, and the cursor behind it.
    var foundWrite: (address: UInt64, position: Int, cursor: Int)?
    public var environment: Environment
    /// An address that is followed in the past or in a recording, where nobody can be asked anything new.
    var pastWalk: WalkQuestion?

    /// A screen over a timeline, live, without a lesson.
    public init(timeline: Timeline, width: Int, height: Int, environment: Environment = Environment()) {
        self.timeline = timeline
        self.width = min(max(0, width), Grid.maximumWidth)
        self.height = min(max(0, height), Grid.maximumHeight)
        self.environment = environment
        branch = timeline.branch
        strip.follow(timeline)
    }

    /// The screen that begins with the lesson menu; the list comes with `.lessonsLoaded`.
    public static func menu(width: Int, height: Int, environment: Environment = Environment()) -> Model {
        var model = Model(timeline: Timeline(), width: width, height: height, environment: environment)
        model.menu = LessonMenu()
        return model
    }

    /// Whether the cursor is at the end and goes with it.
    public var isLive: Bool { past == nil }

    /// The position in the timeline that the panes show.
    public var cursor: Int { min(max(past ?? timeline.end, timeline.first), timeline.end) }

    public var world: World { timeline.world(at: cursor) }

    /// Moves the cursor; the end, and what lies beyond it, is live.
    mutating func look(at position: Int) {
        past = position >= timeline.end ? nil : max(position, timeline.first)
    }

    /// What is the case now, as far as it decides which commands make sense.
    public var situation: Situation {
        var situation = Situation()
        situation.isLive = !environment.isReplay && environment.kvmUnavailable == nil
        situation.machine = machine
        situation.hasHistory = timeline.end > timeline.first
        situation.isAtEnd = isLive
        situation.hasLesson = lesson != nil
        if case .answer = lesson?.prompt { situation.hasQuestion = true }
        if lesson?.prompt == .task { situation.hasTask = true }
        situation.focus = focus
        return situation
    }

    /// The machine as it is now, wherever the cursor looks.
    var machine: Situation.Machine {
        let live = timeline.live
        return switch live.phase {
        case .unbuilt, .building: .none
        case .ready, .stopped: .stopped
        case .running: .running
        case .ended, .failed: .ended
        }
    }

    /// The number of vCPUs at the cursor, at least 1.
    func vcpuCount(_ world: World) -> Int { max(1, world.vcpus.count, world.start?.vcpus ?? 0) }

    /// What a pane is given.
    func context(for pane: Pane, world: World) -> PaneContext {
        var context = PaneContext(
            world: world, timeline: timeline, cursor: cursor, vcpu: vcpu, view: arrangement.state(of: pane),
            isLive: isLive, lesson: pane == .lesson ? lesson.map(LessonScene.init) : nil, environment: environment)
        context.walk = ownWalk ?? world.walk
        return context
    }

    /// Whether what is looked at can no longer be asked about.
    var isPast: Bool { !isLive || environment.isReplay }

    /// The walk that is looked at instead of the timeline's.
    var ownWalk: WalkQuestion? { isPast ? pastWalk : nil }

    /// The names that only this run knows, for completion.
    var vocabulary: Vocabulary {
        let live = timeline.live
        var vocabulary = Vocabulary(
            symbols: live.start?.symbols.map(\.name) ?? [], lessons: menu?.listings.map(\.name) ?? lessonNames,
            marks: Set(marks.keys).union(live.marks.keys).sorted(), files: listedFiles?.files ?? [],
            vcpus: vcpuCount(live))
        vocabulary.capabilities = environment.capabilities
        return vocabulary
    }

    /// Kept from the menu, so that `lesson` can be completed when it is closed.
    var lessonNames: [String] = []
}

/// One line that says how the last command ended.
public struct Notice: Hashable, Sendable {
    public enum Kind: Hashable, Sendable { case plain, good, warning, bad }
    public var text: String
    public var kind: Kind

    public init(_ text: String, _ kind: Kind = .plain) {
        self.text = text
        self.kind = kind
    }
}
