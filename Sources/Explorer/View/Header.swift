import Command
import Lesson
import Screen
import Timeline

/// The first row: what is looked at, in which mode, and how far it has come.
struct Header {
    let left: Line
    /// The most telling first; what does not fit goes from the end.
    let right: [Line]

    init(_ model: Model, _ world: World) {
        var left = Line(" kvmscope ", Style.title.bold)
        if let lesson = model.lesson {
            left.append(" lesson ", .dim)
            left.append(lesson.lesson.number.map { "\($0) " } ?? "")
            left.append(lesson.lesson.title, .emphasis)
        }
        if let start = world.start ?? model.timeline.live.start {
            left.append(model.lesson == nil ? " guest " : "  guest ", .dim)
            left.append(Self.name(start.guest), .emphasis)
        }
        self.left = left
        var right = Self.badges(model, world)
        let branches = model.timeline.branches
        if branches.count > 1 { right.append(Line("branch \(model.timeline.branch)", .link)) }
        let count = model.vcpuCount(world)
        right.append(Line(count > 1 ? "vCPU \(model.vcpu) of \(count)" : "vCPU \(model.vcpu)"))
        right.append(Line(Figure.of(world.exitCount, "exit")))
        right.append(Line(Figure.duration(world.nanoseconds), .dim))
        self.right = right
    }

    /// The file's name alone; the folders would push everything else aside.
    private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    private static func badges(_ model: Model, _ world: World) -> [Line] {
        var badges: [Line] = []
        func add(_ word: String, _ style: Style) { badges.append(Line(" \(word) ", style.reversed)) }
        if !model.isLive, !model.environment.isReplay { add("PAST", .warning) }
        if model.environment.isReplay { add("REPLAY", .accent) }
        if model.environment.isRecording { add("REC", .bad) }
        if model.isLive, !model.environment.isReplay {
            let (word, style) = mode(world)
            add(word, style)
        }
        if model.lesson?.isFreePlay == true { badges.append(Line("free play", .accent)) }
        return badges
    }

    private static func mode(_ world: World) -> (String, Style) {
        if world.waiting != nil { return ("AT THE GATE", .accent) }
        return switch world.phase {
        case .unbuilt: ("NO MACHINE", .dim)
        case .building: ("BUILDING", .accent)
        case .ready: ("READY", .accent)
        case .running: ("RUNNING", .good)
        case .stopped: ("PAUSED", .accent)
        case .ended: ("ENDED", .dim)
        case .failed: ("FAILED", .bad)
        }
    }

    func draw(on canvas: inout Canvas) {
        let gap = Line("  ")
        var line = Line()
        for item in right {
            let next = line.isEmpty ? item : line + gap + item
            // The mode is always there; figures only where the name keeps some room.
            if !line.isEmpty, next.width + 30 > canvas.width { break }
            line = next
        }
        line += Line(" ")
        let room = max(0, canvas.width - line.width - 1)
        canvas.put(left, x: 0, y: 0, width: room)
        canvas.put(line, x: max(0, canvas.width - line.width), y: 0)
    }

    var plain: String { (left + right.reduce(into: Line()) { $0 += Line(" · ") + $1 }).plain }
}
