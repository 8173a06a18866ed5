public import Command
internal import Facts
public import Timeline

/// A recording in the place of a machine, on which a lesson is checked.
public struct ReplayStage: LessonStage {
    /// Finds a lesson's recording, or says in one line why there is none.
    public typealias Finder = (Lesson) throws -> (track: LessonTrack, events: any EventSource)

    private let find: Finder
    private var replay: LessonReplay?
    private var vcpu = 0
    /// Where the lesson looks while it walks along the arrows of its last step; nil at the present.
    private var past: Int?

    public init(_ find: @escaping Finder) { self.find = find }

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
        return WorldFacts(world: timeline.world(at: past ?? timeline.end), vcpu: vcpu, timelineCount: timeline.end)
    }
}
