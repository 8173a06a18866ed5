import Command
import Facts
import Testing
import Timeline
import X86

@Suite("An address on its way") struct AddressWalkTests {
    /// Four levels: 0x401000 by a 4 KiB page to 0x5000, 0x600000 by a 2 MiB page, the table for 0x800000 in no slot.
    private func world(_ more: [Event.Body] = []) -> MadeUpWorld {
        let made = MadeUpWorld([
            .start(RunStart(guest: "g.S", vcpus: 1, memory: 1 << 24)),
            .slot(MemorySlot(id: 0, start: 0, size: 1 << 24, host: 0x7F00_0000_0000)),
            .slot(MemorySlot(id: 3, start: 0x1_0000_0000, size: 0x2000, host: 0x7E00_0000_0000, isReadOnly: true)),
            .memory([
                MadeUpWorld.page(1, [0: 0x2007]), MadeUpWorld.page(2, [0: 0x3007]),
                MadeUpWorld.page(3, [16: 0x4007, 24: 0x60_0083, 32: 0xFFFF_F007]),
                MadeUpWorld.page(4, [8: 0x5001]),
            ]),
            .registers(
                MadeUpWorld.registers(0) { _, system in
                    system.cr0 = 0x8001_0001
                    system.cr3 = 0x1000
                    system.cr4 = 0x20
                    system.efer = 0x500
                }),
        ])
        for body in more { made.add(body) }
        return made
    }

    private func way(_ question: WalkQuestion, _ more: [Event.Body] = []) throws -> AddressWalk {
        try #require(AddressWalk(question, in: world(more + [.walk(question)]).timeline.live))
    }

    @Test("facts follow the walk in view from level to level to the slot")
    func facts() throws {
        let world = world()
        #expect(try world("walk.result") == .text("none"))
        #expect(try world("walk.gpa").unknownReason?.contains("walk ADDRESS") == true)
        world.add(.walk(WalkQuestion(vcpu: 0, address: 0x40_1123)))
        #expect(try world("walk.result == mapped && walk.gpa == 0x5123 && walk.slot == 0") == .boolean(true))
        #expect(try world("walk.level == 1 && walk.page-size == 4096 && walk.fault == none") == .boolean(true))
        #expect(try world("walk.hva == 0x7f0000005123 && walk.paging == 4-level") == .boolean(true))
        #expect(try world("known(walk.page)") == .boolean(false))
        world.add(.walk(WalkQuestion(vcpu: 0, address: 0x40_1123, access: .write, isUser: true)))
        #expect(try world("walk.fault == protection && walk.error-code == 7") == .boolean(true))
        world.add(.walk(WalkQuestion(vcpu: 0, space: .physical, address: 0x1_0000_1004)))
        #expect(try world("walk.result == mapped && walk.slot == 3 && walk.level == 0") == .boolean(true))
        world.add(.walk(WalkQuestion(vcpu: 0, space: .physical, address: 0x8000_0000)))
        #expect(try world("known(walk.slot)") == .boolean(false) && world("walk.gpa == 0x80000000") == .boolean(true))
    }

    @Test(
        "what KVM and the page map said is no answer for a later moment",
        arguments: [
            .exit(Exit(vcpu: 0, reason: "io")), .memory([MadeUpWorld.page(4, [8: 0x6001])]),
            .slot(MemorySlot(id: 4, start: 0x2_0000_0000, size: 0x1000, host: 0x7D00_0000_0000)),
            .resumed(Resumption(vcpu: 0, how: .exit)),
            .registers(MadeUpWorld.registers(0) { _, system in system.cr3 = 0x9000 }),
        ] as [Event.Body])
    func laterMoment(change: Event.Body) throws {
        let page = HostPage(
            guestAddress: 0x5000, hostAddress: 0x7F00_0000_5000, state: .present, frame: 0xABC, unit: 4096)
        let answer = KernelTranslation(vcpu: 0, linear: 0x40_1123, isValid: true, physical: 0x5123)
        let later = try way(
            WalkQuestion(vcpu: 0, address: 0x40_1123), [.hostPage(page), .translation(answer), change])
        #expect(later.page == nil && later.agreement.isGood == nil)
    }

    @Test("what the page map said of one page is no answer for another")
    func staleAnswers() throws {
        let page = HostPage(
            guestAddress: 0x5000, hostAddress: 0x7F00_0000_5000, state: .present, frame: 0xABC, flags: ["ANON"],
            unit: 4096)
        let answer = KernelTranslation(vcpu: 0, linear: 0x40_1123, isValid: true, physical: 0x5123)
        let here = try way(WalkQuestion(vcpu: 0, address: 0x40_1123), [.hostPage(page), .translation(answer)])
        #expect(here.hostPhysical == 0xABC123 && here.agreement == .agrees)
        let there = try way(WalkQuestion(vcpu: 0, address: 0x60_0000), [.hostPage(page), .translation(answer)])
        #expect(there.page == nil && there.translation == nil && there.agreement.isGood == nil)
    }

    @Test("KVM's answer is judged by what KVM_TRANSLATE is known to leave out")
    func agreement() throws {
        func judged(
            _ address: UInt64, _ access: WalkQuestion.Access, user: Bool = false, _ valid: Bool, _ physical: UInt64
        )
            throws -> KernelAgreement
        {
            try way(
                WalkQuestion(vcpu: 0, address: address, access: access, isUser: user),
                [.translation(KernelTranslation(vcpu: 0, linear: address, isValid: valid, physical: physical))]
            ).agreement
        }
        #expect(try judged(0x40_1000, .read, true, 0x5000) == .agrees)
        #expect(try judged(0x40_1000, .read, true, 0x6000).isGood == false)
        #expect(try judged(0x40_1000, .read, false, 0).isGood == false)
        #expect(try judged(0x20_0000, .read, false, 0) == .agrees)
        #expect(try judged(0x20_0000, .read, true, 0x20_0000).isGood == false)
        let refused = try judged(0x40_1000, .write, true, 0x5000)
        #expect(refused.isGood == true && refused != .agrees)
        #expect(try judged(0x40_1000, .write, true, 0x7000).isGood == false)
        #expect(try judged(1 << 63, .read, false, 0) == .agrees)
        #expect(try judged(1 << 63, .read, true, 0).isGood == true)
        #expect(try judged(1 << 63, .read, true, 0x1000).isGood == false)
        #expect(try judged(1 << 62 | 0x40_1008, .read, true, 0x5008).isGood == true)
        #expect(try judged(1 << 62 | 0x40_1008, .read, true, 0x5000).isGood == false)
    }

    @Test("stages go through the tables, then the slot, then the host page, and begin anew")
    func stages() throws {
        var question = WalkQuestion(vcpu: 0, address: 0x40_1000)
        var levels: [Int] = []
        for _ in 0..<6 {
            question = try #require(try way(question).question(movedBy: 1))
            levels.append(try way(question).shownLevel)
        }
        #expect(levels == [4, 3, 2, 1, 1, 1] && question.shown == nil)
        #expect(try way(question).question(movedBy: 1)?.shown == 1)
        question = try #require(try way(question).question(movedBy: -1))
        #expect(question.shown == 5)
        let slot = try way(question)
        #expect(slot.showsSlot && !slot.showsHostPage)
        question.shown = 0
        #expect(try way(question).question(movedBy: -1) == nil)
        #expect(try way(WalkQuestion(vcpu: 0, address: 0x20_0000)).stages == 3, "the fault comes with the third table")
        #expect(try way(WalkQuestion(vcpu: 0, space: .physical, address: 0x9000_0000)).stages == 1)
    }

    @Test("a table in no memory slot leaves the end unknown, and says where it would lie")
    func missing() throws {
        let world = world([.walk(WalkQuestion(vcpu: 0, address: 0x80_0000))])
        #expect(try world("walk.result").unknownReason?.contains("0xfffff000") == true)
    }

    @Test("in real mode the offset is added to the segment that the access uses")
    func real() throws {
        let made = MadeUpWorld([
            .start(RunStart(guest: "g.S", vcpus: 1, memory: 1 << 20)),
            .slot(MemorySlot(id: 0, start: 0, size: 1 << 20, host: 1 << 40)),
            .registers(
                MadeUpWorld.registers(0) { _, system in
                    system.ds.selector = 0x123
                    system.ds.base = 0x1230
                    system.cs.selector = 0x100
                    system.cs.base = 0x1000
                }),
        ])
        let world = made.timeline.live
        let data = try #require(AddressWalk(WalkQuestion(vcpu: 0, address: 4), in: world))
        #expect(data.guestPhysical == 0x1234 && data.segment?.name == "ds" && data.pageWalk?.mode == .real)
        let code = try #require(AddressWalk(WalkQuestion(vcpu: 0, address: 4, access: .execute), in: world))
        #expect(code.guestPhysical == 0x1004 && code.segment?.name == "cs")
    }

    @Test("an entry that KVM installed is found for each frame that it maps, the newest first")
    func installed() throws {
        func event(_ frame: String, _ value: String, _ level: String) -> Event.Body {
            .kernel(
                KernelEvent(
                    vcpu: 0, name: "kvm_mmu_set_spte",
                    fields: [
                        IoctlField(name: "gfn", value: frame), IoctlField(name: "spte", value: value),
                        IoctlField(name: "level", value: level),
                    ]))
        }
        let entries = MadeUpWorld([event("0x200", "0x80000000", "2"), event("0x205", "0x9000007", "1")])
            .timeline.live.installed
        #expect(entries.entry(for: 0x205)?.hostFrame == 0x9000)
        #expect(entries.entry(for: 0x206)?.hostFrame(of: 0x206) == 0x80006)
        #expect(entries.entry(for: 0x400) == nil)
    }
}
