import TestSupport
import Testing

@testable import Timeline

@Suite("A timeline") struct TimelineTests {
    @Test(
        "any moment is the fold of all events before it, whichever way the cursor moves",
        arguments: [1, 2, 3] as [UInt64])
    func anyMoment(seed: UInt64) {
        var random = Seeded(seed: seed)
        let events = (0..<9000).map { random.event(UInt64($0)) }
        let timeline = Timeline()
        for event in events { timeline.append(event) }
        #expect(timeline.first == 0 && timeline.end == events.count)
        // The pictures of a walk forwards, made without the timeline.
        var pictures: [Int: String] = [:]
        var wanted = Set((0..<60).map { _ in random.below(events.count + 1) })
        wanted.formUnion([0, 1, 4095, 4096, 4097, 8192, events.count])
        var world = World()
        for (position, event) in events.enumerated() {
            if wanted.contains(position) { pictures[position] = world.picture }
            world.apply(event)
        }
        pictures[events.count] = world.picture
        for cursor in wanted.sorted() {
            #expect(timeline.world(at: cursor).picture == pictures[cursor], "forwards, \(cursor)")
        }
        for cursor in wanted.sorted().reversed() {
            #expect(timeline.world(at: cursor).picture == pictures[cursor], "backwards, \(cursor)")
        }
        for cursor in wanted.shuffled(using: &random) {
            #expect(timeline.world(at: cursor).picture == pictures[cursor], "jumping, \(cursor)")
        }
        #expect(timeline.live.picture == world.picture)
    }

    @Test("what goes for want of room is still counted in every later moment")
    func eviction() {
        var random = Seeded(seed: 11)
        let events = (0..<20_000).map { random.event(UInt64($0)) }
        let timeline = Timeline(capacity: 5000)
        for (position, event) in events.enumerated() {
            timeline.append(event)
            #expect(timeline.end == position + 1)
        }
        #expect(timeline.first > 0)
        #expect(timeline.end - timeline.first >= 5000)
        #expect(timeline.end - timeline.first < 5000 + 2 * 4096)
        #expect(timeline[timeline.first - 1] == nil)
        #expect(timeline[timeline.end] == nil)
        for cursor in [timeline.first, timeline.first + 1, timeline.end - 1, timeline.end] {
            #expect(
                timeline.world(at: cursor).picture == MadeUp.world(after: Array(events[..<cursor])).picture, "\(cursor)"
            )
        }
        // A cursor that is not kept any more is taken as the oldest that is.
        #expect(timeline.world(at: 0).position == timeline.first)
        #expect(timeline.world(at: Int.max).position == timeline.end)
        for position in [timeline.first, timeline.first + 4095, timeline.first + 4096, timeline.end - 1] {
            #expect(timeline[position].map { "\($0.body)" } == "\(events[position].body)")
        }
    }

    @Test("pages of guest memory count against the room too")
    func pagesAreBounded() {
        let timeline = Timeline(pageCapacity: 4096)
        var kept = 0
        for round in 0..<100 {
            let content = MadeUp.page(0, UInt8(round)).content
            timeline.append(MadeUp.event(.memory((0..<500).map { MemoryPage(frame: $0, content: content) })))
            kept = 0
            _ = timeline.last(before: timeline.end) {
                if case .memory(let pages) = $0.body { kept += pages.count }
                return false
            }
            #expect(kept <= 4096 + 2048)
        }
        #expect(timeline.first > 0)
        #expect(timeline.world(at: timeline.first).memory.pages[3]?.bytes[0] == UInt8(timeline.first - 1))
        #expect(timeline.live.memory.pages[3]?.bytes[0] == 99)
    }

    @Test("searching finds the nearest, on either side of a chunk's border")
    func searching() {
        let timeline = Timeline()
        let marks = [0, 4094, 4095, 4096, 8191, 8192, 9998]
        for position in 0..<9999 {
            timeline.append(MadeUp.event(marks.contains(position) ? .mark("\(position)") : .problem("")))
        }
        func isMark(_ event: Event) -> Bool {
            if case .mark = event.body { return true }
            return false
        }
        for start in [0, 1, 4094, 4095, 4096, 4097, 8191, 8192, 8193, 9998, 9999, 20_000] {
            #expect(timeline.last(before: start, where: isMark) == marks.last { $0 < start }, "before \(start)")
            #expect(timeline.next(from: start, where: isMark) == marks.first { $0 >= start }, "from \(start)")
        }
        #expect(timeline.next(from: -5, where: isMark) == 0)
        #expect(timeline.last(before: -5, where: isMark) == nil)
        #expect(Timeline().next(from: 0) { _ in true } == nil)
        #expect(Timeline().last(before: 9) { _ in true } == nil)
    }

    @Test("a cleared timeline is as a new one")
    func clearing() {
        let timeline = Timeline()
        for position in 0..<5000 { timeline.append(MadeUp.exit("io", rip: UInt64(position))) }
        _ = timeline.world(at: 4500)
        timeline.clear()
        #expect(timeline.end == 0 && timeline.first == 0)
        #expect(timeline.world(at: 3).picture == World().picture)
        timeline.append(MadeUp.exit("hlt"))
        #expect(timeline.live.exitCount == 1)
        #expect(timeline.world(at: 0).exitCount == 0)
    }
}
