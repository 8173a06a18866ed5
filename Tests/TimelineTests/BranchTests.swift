import Testing

@testable import Timeline

@Suite("Branches of a timeline") struct BranchTests {
    /// A made-up run: each exit changes a page.
    static func run(_ exits: Int, in timeline: Timeline, byte: UInt8 = 1) {
        for number in 0..<exits {
            timeline.append(MadeUp.resumed())
            timeline.append(MadeUp.run())
            timeline.append(MadeUp.exit("io", rip: 0x1000 + UInt64(number)))
            timeline.append(MadeUp.event(.memory([MadeUp.page(UInt64(number % 7), byte &+ UInt8(number % 200))])))
            timeline.append(MadeUp.stopped(.exit))
        }
    }

    static func picture(_ world: World) -> String {
        "\(world.position) \(world.exitCount) \(world.lastExit?.rip ?? 0) \((0..<7).map { world.memory.pages[$0]?.bytes.first ?? 0 })"
    }

    @Test("a fork shares what lies before it, and both sides go on", arguments: [1, 10, 1003, 4096, 9000])
    func fork(cursor: Int) {
        let timeline = Timeline()
        timeline.append(MadeUp.start())
        Self.run(2000, in: timeline)
        let end = Self.picture(timeline.live)
        let before = stride(from: 0, through: cursor, by: 97).map { Self.picture(timeline.world(at: $0)) }
        let there = Self.picture(timeline.world(at: cursor))
        let branch = timeline.fork(at: cursor, name: "other")
        #expect(branch.fork == cursor && timeline.end == cursor && timeline.branch == branch.id)
        #expect(Self.picture(timeline.live) == there)
        Self.run(50, in: timeline, byte: 100)
        #expect(stride(from: 0, through: cursor, by: 97).map { Self.picture(timeline.world(at: $0)) } == before)
        #expect(timeline.tag(at: timeline.end - 1)?.kind == .stopped && timeline.tag(at: timeline.end) == nil)
        let other = Self.picture(timeline.live)
        #expect(timeline.select(branch: 1))
        #expect(Self.picture(timeline.live) == end)
        #expect(timeline.select(branch: branch.id) && Self.picture(timeline.live) == other)
        #expect(timeline.sharedEvents(of: 1, and: branch.id) == cursor)
    }

    @Test("what two branches share ends at the first fork between them")
    func ancestry() {
        let timeline = Timeline()
        timeline.append(MadeUp.start())
        Self.run(10, in: timeline)
        let second = timeline.fork(at: 31, name: "2").id
        Self.run(10, in: timeline)
        let third = timeline.fork(at: 61, name: "3").id
        Self.run(3, in: timeline)
        #expect(timeline.sharedEvents(of: 1, and: third) == 31)
        #expect(timeline.sharedEvents(of: second, and: third) == 61)
        #expect(timeline.sharedEvents(of: third, and: third) == timeline.end)
        #expect(timeline.branches.map(\.id) == [1, second, third])
    }

    @Test("branches stay within their number, and the one in view is never dropped")
    func bounded() {
        let timeline = Timeline()
        timeline.append(MadeUp.start())
        Self.run(5, in: timeline)
        for _ in 0..<100 {
            timeline.fork(at: 6, name: "again")
            Self.run(1, in: timeline)
        }
        #expect(timeline.branches.count <= Timeline.branchLimit)
        #expect(timeline.branches.contains { $0.id == timeline.branch })
        #expect(timeline.select(branch: 3) == false)
    }

    @Test("the first exit that differs is found, with what differs")
    func comparison() throws {
        let timeline = Timeline()
        timeline.append(MadeUp.start())
        Self.run(3, in: timeline)
        let cursor = timeline.end
        timeline.append(MadeUp.exit("io", rip: 0x2000, registers: MadeUp.registers(rax: 1)))
        timeline.append(MadeUp.exit("hlt", rip: 0x2001))
        timeline.fork(at: cursor, name: "what if")
        timeline.append(MadeUp.exit("io", rip: 0x2000, registers: MadeUp.registers(rax: 2)))
        var comparison = try #require(BranchComparison(timeline, with: 1))
        #expect(comparison.sharedExits == 3 && comparison.rows.count == 2)
        #expect(comparison.difference == .init(row: 0, text: "exit 4: rax 0x2 and 0x1"))
        // That one has not come as far is no difference.
        #expect(comparison.rows[1].differences.isEmpty)
        timeline.append(MadeUp.event(.end(RunEnd(why: .exit, code: 0))))
        comparison = try #require(BranchComparison(timeline, with: 1))
        #expect(!comparison.rows[1].differences.isEmpty)
        #expect(BranchComparison(timeline, with: 9) == nil)
    }

    @Test("steps and signals of ours on one branch alone are no difference", arguments: ["debug", "intr"])
    func oursAreLeftOut(reason: String) throws {
        let timeline = Timeline()
        timeline.append(MadeUp.start())
        Self.run(3, in: timeline)
        let cursor = timeline.end
        func guest(_ between: [Event] = []) {
            for rip: UInt64 in [0x2000, 0x2001] {
                for event in between { timeline.append(event) }
                timeline.append(MadeUp.exit("io", rip: rip, registers: MadeUp.registers(rax: rip)))
            }
            timeline.append(MadeUp.exit("hlt", rip: 0x2002))
            timeline.append(MadeUp.event(.end(RunEnd(why: .hlt, code: 0))))
        }
        guest()
        timeline.fork(at: cursor, name: "stepped")
        guest([MadeUp.exit(reason, rip: 0x1ffe), MadeUp.exit(reason, rip: 0x1fff)])
        for _ in 0..<2 {
            let comparison = try #require(BranchComparison(timeline, with: timeline.branch == 1 ? 2 : 1))
            #expect(comparison.difference == nil)
            #expect(comparison.rows.map { $0.left?.exit.reason } == ["io", "io", "hlt"])
            #expect(comparison.rows.map { $0.right?.exit.reason } == ["io", "io", "hlt"])
            _ = timeline.select(branch: 1)
        }
    }
}
