import Testing

@testable import Timeline

@Suite("Stepping over what was recorded") struct NavigationTests {
    /// A machine is built, stepped through two io exits and a halt; positions stand beside.
    static let story: [Event] = [
        /* 0 */ MadeUp.start(),
        /* 1 */ MadeUp.ioctl("KVM_CREATE_VM", .system),
        /* 2 */ MadeUp.ioctl("KVM_CREATE_VCPU"),
        /* 3 */ MadeUp.event(.phase(.ready)),
        /* 4 */ MadeUp.resumed(),
        /* 5 */ MadeUp.run(),
        /* 6 */ MadeUp.exit("io"),
        /* 7 */ MadeUp.event(.console(ConsoleText(vcpu: 0, bytes: Bytes([65])))),
        /* 8 */ MadeUp.stopped(.exit),
        /* 9 */ MadeUp.ioctl("KVM_GET_DIRTY_LOG", observing: true),
        /* 10 */ MadeUp.resumed(),
        /* 11 */ MadeUp.run(),
        /* 12 */ MadeUp.exit("io"),
        /* 13 */ MadeUp.run(),
        /* 14 */ MadeUp.exit("hlt"),
        /* 15 */ MadeUp.stopped(.halted),
        /* 16 */ MadeUp.event(.end(RunEnd(why: .hlt, code: 0))),
    ]

    static func timeline(_ events: [Event]) -> Timeline {
        let timeline = Timeline()
        for event in events { timeline.append(event) }
        return timeline
    }

    /// All cursors that steps in one direction come by.
    static func path(_ timeline: Timeline, from cursor: Int, _ step: (Timeline, Int) -> Int?) -> [Int] {
        var path: [Int] = []
        var cursor = cursor
        while let next = step(timeline, cursor), path.count < 100 {
            path.append(next)
            cursor = next
        }
        return path
    }

    @Test(
        "each step ends behind its boundary, with all that belongs to it",
        arguments: [
            (StepBoundary.exit, [10, 13, 17], [13, 10, 4]),
            (.stop, [10, 17], [10, 4]),
            (.ioctl, [2, 3, 6, 12, 14], [12, 6, 3, 2, 0]),
        ])
    func boundaries(_ boundary: StepBoundary, forward: [Int], back: [Int]) {
        let timeline = Self.timeline(Self.story)
        #expect(Self.path(timeline, from: 0) { $0.cursor(after: $1, boundary: boundary, vcpu: nil) } == forward)
        #expect(Self.path(timeline, from: timeline.end) { $0.cursor(before: $1, boundary: boundary, vcpu: nil) } == back)
    }

    @Test("event by event every position is visited, and nothing beyond")
    func events() {
        let timeline = Self.timeline(Self.story)
        #expect(Self.path(timeline, from: 0) { $0.cursor(after: $1, boundary: .event, vcpu: nil) } == Array(1...17))
        #expect(
            Self.path(timeline, from: 17) { $0.cursor(before: $1, boundary: .event, vcpu: nil) } == Array((0...16).reversed()))
    }

    @Test("a step forwards and one back agree", arguments: [StepBoundary.exit, .stop, .ioctl, .event])
    func thereAndBack(_ boundary: StepBoundary) {
        let timeline = Self.timeline(Self.story)
        let forward = Self.path(timeline, from: 0) { $0.cursor(after: $1, boundary: boundary, vcpu: nil) }
        for (here, next) in zip(forward, forward.dropFirst()) {
            #expect(timeline.cursor(before: next, boundary: boundary, vcpu: nil) == here, "back from \(next)")
        }
    }

    @Test("with a vCPU named, the exits of others are passed over")
    func oneVCPU() {
        let timeline = Self.timeline([
            /* 0 */ MadeUp.start(vcpus: 2),
            /* 1 */ MadeUp.resumed(0),
            /* 2 */ MadeUp.resumed(1),
            /* 3 */ MadeUp.run(0),
            /* 4 */ MadeUp.exit("io", 0),
            /* 5 */ MadeUp.run(1),
            /* 6 */ MadeUp.exit("mmio", 1),
            /* 7 */ MadeUp.run(0),
            /* 8 */ MadeUp.exit("hlt", 0),
        ])
        #expect(Self.path(timeline, from: 0) { $0.cursor(after: $1, boundary: .exit, vcpu: 0) } == [7, 9])
        #expect(Self.path(timeline, from: 0) { $0.cursor(after: $1, boundary: .exit, vcpu: 1) } == [9])
        #expect(timeline.cursor(before: 9, boundary: .exit, vcpu: 0) == 7)
        #expect(timeline.cursor(before: 7, boundary: .exit, vcpu: 0) == 1)
        // Both were let go together: before that the machine stood.
        #expect(timeline.cursor(before: 9, boundary: .exit, vcpu: 1) == 1)
    }

    @Test("back from the first exit lies the new machine as it stood ready, not the machine before it")
    func afterReset() {
        let timeline = Self.timeline(Self.story + Self.story)
        #expect(timeline.cursor(before: 17 + 10, boundary: .exit, vcpu: nil) == 17 + 4)
        #expect(timeline.cursor(before: 17 + 4, boundary: .exit, vcpu: nil) == 13)
    }

    @Test("a call that waits at the gate belongs to the step that comes after it")
    func gate() {
        let timeline = Self.timeline([
            MadeUp.start(), MadeUp.ioctl("KVM_CREATE_VM", .system),
            MadeUp.event(.gate(IoctlCall(kind: .vm, fd: 4, name: "KVM_CREATE_VCPU", request: 0xAE41)), thread: 7),
            MadeUp.ioctl("KVM_CREATE_VCPU", thread: 7),
        ])
        #expect(timeline.cursor(after: 0, boundary: .ioctl, vcpu: nil) == 2)
        #expect(timeline.cursor(after: 2, boundary: .ioctl, vcpu: nil) == 4)
        #expect(timeline.world(at: 3).waiting?.name == "KVM_CREATE_VCPU")
        #expect(timeline.world(at: 4).waiting == nil)
    }

    @Test("an empty timeline has nowhere to go")
    func empty() {
        let timeline = Timeline()
        for boundary in [StepBoundary.exit, .stop, .ioctl, .event] {
            #expect(timeline.cursor(before: 0, boundary: boundary, vcpu: nil) == nil)
            #expect(timeline.cursor(after: 0, boundary: boundary, vcpu: nil) == nil)
        }
    }
}
