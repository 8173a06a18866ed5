import Command
import Screen
import Testing
import Timeline

@testable import Explorer

/// A run in pieces, as a file has them, that counts what is read of it.
private final class CountedRun: EventSource {
    private let all: [Event]
    private var states: [World] = []
    private(set) var readCount = 0
    private static let interval = 2048

    init(_ timeline: Timeline) {
        all = (0..<timeline.end).compactMap { timeline[$0] }
        var world = World()
        for (index, event) in all.enumerated() {
            if index % Self.interval == 0 { states.append(world) }
            world.apply(event)
        }
    }

    var positions: Range<Int> { all.indices }
    var tags: [UInt8] { all.map { EventTag($0).rawValue } }

    func events(in range: Range<Int>) -> [Event] {
        readCount += range.count
        return Array(all[range])
    }

    func keyframe(at position: Int) -> (position: Int, world: World) {
        let index = min(position / Self.interval, states.count - 1)
        return (index * Self.interval, states[index])
    }
}

@Suite("The work of a jump")
struct JumpWorkTests {
    @Test("with all panes drawn is bounded, and looking at the same place again reads nothing")
    func bounded() {
        let timeline = SampleRun.ready()
        // A guest that ran without a stop, so that every pane looks back as far as it ever does.
        for index in 0..<20_000 {
            let call = IoctlCall(kind: .vcpu, fd: 5, name: "KVM_RUN", request: 0xAE80, result: 0, vcpu: 0)
            timeline.append(Event(nanoseconds: UInt64(index), thread: 101, .ioctl(call)))
            timeline.append(Event(nanoseconds: UInt64(index), .exit(Exit(vcpu: 0, reason: "hlt", rip: 0x1000))))
        }
        let run = CountedRun(timeline)
        let length = run.positions.count
        #expect(length > 40_000)
        var model = Model(timeline: Timeline(run), width: 160, height: 60)
        model.environment.isReplay = true
        _ = model.grid
        // From a keyframe to the cursor, and what the panes look back over, with the pieces at both ends.
        let bound = max(2048, IoctlHistory.limit) + 3 * 512
        var place: UInt64 = 1
        for _ in 0..<20 {
            place = place &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let before = run.readCount
            _ = update(&model, .command(.goTo(.event(1 + Int(place >> 33) % length))))
            _ = model.grid
            #expect(run.readCount - before <= bound)
            let after = run.readCount
            _ = update(&model, .command(.back(.event)))
            _ = model.grid
            #expect(run.readCount - after <= 2 * 512)
        }
        // A place that was just looked at.
        let before = run.readCount
        _ = model.grid
        #expect(run.readCount == before)
    }
}
