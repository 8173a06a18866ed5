internal import Command
internal import Explorer
internal import Glibc
internal import KVM
internal import Machine
internal import Recording
internal import Session
internal import Timeline

/// What a recording costs: writing a million events, opening the file, and jumping about in it.
struct BenchFile {
    var events: Int
    var jumps: Int
    private static let section = "A recording"

    /// - Parameter session: a fresh one of a guest that exits for ever; its real events are written over and over.
    func figures(_ session: Session) throws(MachineError) -> [BenchFigure] {
        guard let folder = ScratchFolder() else { return [] }
        let path = folder.file("run.kvmscope", [])
        var taken: [Event] = []
        let sink = EventList()
        session.recorder = sink
        _ = try session.record(TraceLimits(exits: 20_000))
        taken = sink.events
        guard !taken.isEmpty else { return [] }
        // The guest is not ended in the middle of the file.
        taken.removeAll { $0.kind == .end || $0.kind == .start }
        let begin = MonotonicClock.nanoseconds
        guard let recorder = try? Recorder(path: path, replaces: true) else { return [] }
        for index in 0..<events {
            var event = taken[index % taken.count]
            event.nanoseconds = UInt64(index) * 4000
            recorder.append(event)
        }
        guard (try? recorder.finish()) != nil else { return [] }
        let seconds = Double(MonotonicClock.nanoseconds &- begin) / 1e9
        var facts = stat()
        stat(path, &facts)
        let count = events >= 1_000_000 ? "a million events" : "\(events) events"
        var figures = [
            figure("events written, with their rows", Double(events) / seconds / 1000, "thousand a second"),
            figure("bytes an event", Double(facts.st_size) / Double(events), "bytes"),
        ]
        let opening = MonotonicClock.nanoseconds
        guard let reader = try? RecordingReader(path: path) else { return figures }
        let timeline = Timeline(reader)
        var model = Model(
            timeline: timeline, width: 120, height: 40, environment: .init(isReplay: true, version: Program.version))
        _ = model.grid
        figures.append(figure("\(count): opened and drawn", Self.milliseconds(since: opening), "ms", .within(1000)))
        var times: [Double] = []
        var place: UInt64 = 1
        for _ in 0..<jumps {
            // A multiplicative generator, so that no two jumps in a row go to the same part.
            place = place &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let begin = MonotonicClock.nanoseconds
            _ = update(&model, .command(.goTo(.event(1 + Int(place >> 33) % events))))
            _ = model.grid
            times.append(Self.milliseconds(since: begin))
        }
        figures.append(figure("a jump anywhere in them, drawn", times.median, "ms", .within(1000 / 60)))
        figures.append(figure("the slowest of \(jumps) jumps", times.max() ?? .nan, "ms", .within(1000 / 60)))
        _ = update(&model, .command(.goTo(.start)))
        let searching = MonotonicClock.nanoseconds
        _ = update(&model, .command(.search("nothing like it")))
        figures.append(figure("until keys are heard again in a search", Self.milliseconds(since: searching), "ms"))
        while model.isSearching { _ = update(&model, .searchGoesOn) }
        figures.append(figure("a search through all that finds nothing", Self.milliseconds(since: searching), "ms"))
        if let memory = Self.memory(path, events) {
            figures.append(figure("memory of `replay`, after some jumps", memory, "MB", .megabytes(200)))
        }
        return figures
    }

    /// What the program itself holds, started on the file in a terminal.
    private static func memory(_ path: String, _ events: Int) -> Double? {
        guard let program = StartedProgram.onTerminal(["replay", path]) else { return nil }
        guard BenchScreen.settle(program, patience: 5000, pause: 300) != nil else { return nil }
        for part in 1...9 {
            program.write(Array("g\(events * part / 10)\r".utf8))
            _ = BenchScreen.settle(program, patience: 2000, pause: 40)
        }
        return program.residentMegabytes()
    }

    private func figure(_ name: String, _ value: Double, _ unit: String, _ goal: BenchFigure.Goal? = nil) -> BenchFigure
    {
        BenchFigure(section: Self.section, name: name, value: value, unit: unit, goal: goal)
    }

    private static func milliseconds(since begin: UInt64) -> Double {
        Double(MonotonicClock.nanoseconds &- begin) / 1e6
    }
}

/// Keeps what it is given.
private final class EventList: EventSink {
    private(set) var events: [Event] = []

    func append(_ event: Event) { events.append(event) }

    /// A run without a screen is never set back.
    func turn(to branch: Branch, isNew: Bool, world: World) {}
}
