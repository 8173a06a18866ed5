public import Command
internal import Facts
public import Timeline

/// A recording in the place of a machine, on which a lesson is checked.
public struct ReplayStage: LessonStage {
    /// Finds a lesson's recording, or says in one line why there is none.
    public typealias Finder = (Lesson) throws -> (track: LessonTrack, events: any EventSource)

    /// Where a command leads from a cursor, nil for the present, for a vCPU; or, in one line, why nowhere.
    ///
    /// What the machine must do for the command is handed to the closure that it is given last.
    public typealias Looker = (Command, Timeline, Int?, Int, (Command) -> LessonPlayer.Outcome) -> Result<
        Int?, LookRefusal
    >

    /// Why a cursor cannot go somewhere, in one line.
    public struct LookRefusal: Error {
        public var text: String
        public init(text: String) { self.text = text }
    }

    private let find: Finder
    private let look: Looker?
    private var replay: LessonReplay?
    private var vcpu = 0
    /// Where the lesson looks; nil at the present.
    private var past: Int?

    /// - Parameters:
    ///   - find: a lesson's recording.
    ///   - look: moves the cursor as the screen does; without it the cursor stays at the present.
    public init(_ find: @escaping Finder, look: Looker? = nil) {
        self.find = find
        self.look = look
    }

    public mutating func open(_ lesson: Lesson) throws {
        let (track, events) = try find(lesson)
        vcpu = 0
        past = nil
        replay = LessonReplay(track, events, into: Timeline())
        replay?.open()
    }

    public mutating func perform(_ command: Command) -> LessonPlayer.Outcome {
        guard let replay else { return .failed("no recording is open") }
        switch command {
        case .step(.transition, _), .goTo, .back(.exit, _), .back(.instruction, _), .back(.ioctl, _),
            .back(.event, _), .back(.transition, _), .whoWrote:
            guard let look else { return command.isForTheMachine ? self.replay?.perform(command) ?? .done : .done }
            var went = replay
            let moved = look(command, replay.timeline, past, vcpu) { went.perform($0) }
            self.replay = went
            switch moved {
            case .success(let cursor): past = cursor
            case .failure(let refusal): return .failed(refusal.text)
            }
        case .vcpu(let number):
            guard number < max(1, replay.timeline.live.vcpus.count) else {
                return .failed("there is no vCPU \(number)")
            }
            vcpu = number
        case .nextVCPU: vcpu = (vcpu + 1) % max(1, replay.timeline.live.vcpus.count)
        default:
            guard command.isForTheMachine else { return .done }
            past = nil
            return self.replay?.perform(command) ?? .done
        }
        return .done
    }

    public var facts: any FactSource {
        let timeline = replay?.timeline ?? Timeline()
        return WorldFacts(timeline, at: past, vcpu: vcpu)
    }
}
