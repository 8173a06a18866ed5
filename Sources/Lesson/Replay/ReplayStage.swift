public import Command
internal import Facts
public import Timeline

/// A recording in the place of a machine, on which a lesson is checked.
public struct ReplayStage: LessonStage {
    /// Finds a lesson's recording, or says in one line why there is none.
    public typealias Finder = (Lesson) throws -> (track: LessonTrack, events: any EventSource)

    /// Where a command about looking leads from a cursor, nil for the present; or, in one line, why nowhere.
    public typealias Looker = (Command, Timeline, Int?) -> Result<Int?, LookRefusal>

    /// Why a cursor cannot go somewhere, in one line.
    public struct LookRefusal: Error {
        public var text: String
        public init(text: String) { self.text = text }
    }

    private let find: Finder
    private let look: Looker?
    private var replay: LessonReplay?
    private var vcpu = 0
    /// Where the lesson looks while it walks along the arrows of its last step; nil at the present.
    private var past: Int?

    /// - Parameters:
    ///   - find: a lesson's recording.
    ///   - look: moves the cursor as the screen does; without it the cursor follows the arrows alone.
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
        let timeline = replay.timeline
        switch command {
        case .step(.transition, let count):
            let before = timeline.end
            let outcome = self.replay?.perform(command) ?? .done
            guard outcome == .done else { return outcome }
            var cursor = past ?? before
            for _ in 0..<max(1, count) { cursor = timeline.transition(after: cursor, vcpu: vcpu) ?? cursor }
            past = timeline.transition(after: cursor, vcpu: vcpu) == nil ? nil : cursor
        case .back(.transition, let count):
            for _ in 0..<max(1, count) {
                guard let before = timeline.transition(before: past ?? timeline.end, vcpu: vcpu) else {
                    return .failed("there is no transition before this one")
                }
                past = before
            }
        case .goTo(.end): past = nil
        case .goTo, .back(.exit, _), .back(.instruction, _), .back(.ioctl, _), .back(.event, _), .whoWrote:
            guard let look else { return .done }
            switch look(command, timeline, past) {
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
