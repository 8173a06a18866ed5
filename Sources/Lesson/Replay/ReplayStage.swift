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

    public init(_ find: @escaping Finder) { self.find = find }

    public mutating func open(_ lesson: Lesson) throws {
        let (track, events) = try find(lesson)
        vcpu = 0
        replay = LessonReplay(track, events, into: Timeline())
        replay?.open()
    }

    public mutating func perform(_ command: Command) -> LessonPlayer.Outcome {
        guard let replay else { return .failed("no recording is open") }
        switch command {
        case .vcpu(let number):
            guard number < max(1, replay.timeline.live.vcpus.count) else {
                return .failed("there is no vCPU \(number)")
            }
            vcpu = number
        case .nextVCPU: vcpu = (vcpu + 1) % max(1, replay.timeline.live.vcpus.count)
        default: if command.isForTheMachine { return self.replay?.perform(command) ?? .done }
        }
        return .done
    }

    public var facts: any FactSource {
        let timeline = replay?.timeline ?? Timeline()
        return WorldFacts(world: timeline.live, vcpu: vcpu, timelineCount: timeline.end)
    }
}
