import Command
import Screen
import Testing
import Timeline

@testable import Explorer

// Machines in which an address is followed.
extension PaneRun {
    /// Guest virtual 0x401000 leads by a page of 4 KiB to 0x5000, read-only and for user code too.
    private static func following(_ question: WalkQuestion, valid: Bool = true, _ physical: UInt64 = 0x5123) -> PaneRun
    {
        var run = digit
        run.add(.host(HostKVM(module: "kvm_amd", paging: .twoDimensional, isGuest: true)))
        run.add(
            .memory([
                page(1, at: 0, [0x27, 0x20]), page(2, at: 0, [0x27, 0x30]),
                page(3, at: 0, [0x83, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x27, 0x40]),
                page(4, at: 8, [0x25, 0x50]),
            ]))
        run.add(.processor(GuestProcessor(physicalAddressBits: 48, has1GiBPages: true, hasPSE36: true, isAMD: true)))
        run.add(.walk(question))
        run.add(
            .translation(
                KernelTranslation(vcpu: 0, linear: question.address, isValid: valid, physical: physical)))
        run.add(
            .hostPage(
                HostPage(
                    guestAddress: 0x5000, hostAddress: 0x7F3A_A000_5000, state: .present, frame: 0x12_3456,
                    flags: ["UPTODATE", "ANON", "THP"], unit: 2 << 20)))
        return run
    }

    private static func installing(_ value: String) -> PaneRun {
        var run = following(WalkQuestion(vcpu: 0, address: 0x40_1123))
        run.add(
            .kernel(
                KernelEvent(
                    vcpu: 0, name: "kvm_mmu_set_spte",
                    fields: [
                        IoctlField(name: "gfn", value: "0x5"), IoctlField(name: "spte", value: value),
                        IoctlField(name: "level", value: "1"),
                    ])))
        return run
    }

    static var walked: [(name: String, run: PaneRun)] {
        let question = WalkQuestion(vcpu: 0, address: 0x40_1123)
        var begun = question
        begun.shown = 2
        var slot = question
        slot.shown = 5
        return [
            ("walk-whole", installing("0x8600000123456b77")), ("walk-other-frame", installing("0x8600000999999b77")),
            ("walk-two-levels", following(begun)), ("walk-slot", following(slot)),
            ("walk-refused", following(WalkQuestion(vcpu: 0, address: 0x40_1123, access: .write, isUser: true))),
            ("walk-disagrees", following(question, 0x9123)),
            ("walk-absent", following(WalkQuestion(vcpu: 0, address: 0x20_0000), valid: false, 0)),
            ("walk-odd", following(WalkQuestion(vcpu: 0, address: 1 << 63), 0)),
            ("walk-hole", following(WalkQuestion(vcpu: 0, space: .physical, address: 0xFEE0_0000))),
        ]
    }
}

@Suite("The way of an address") struct PanesWalkTests {
    private func lines(_ name: String, _ width: Int = 78) throws -> [String] {
        let run = try #require(PaneRun.walked.first { $0.name == name }?.run)
        return TranslationPane.lines(run.context(), width: width, height: 40).map(\.plain)
    }

    /// The pane's words, however they are broken into rows.
    private func words(_ name: String) throws -> String {
        try lines(name).joined(separator: " ").split(separator: " ").joined(separator: " ")
    }

    @Test("what is not shown yet has its row, so that a level appears where its place was kept")
    func nothingJumps() throws {
        let begun = try lines("walk-two-levels")
        let whole = try lines("walk-whole")
        for name in ["PML4E", "PDPTE", "PDE", "PTE", "GPA", "KVM", "HVA", "HPA"] {
            let rows = [begun, whole].map { lines in
                lines.firstIndex { $0.trimmingPrefix(while: { " •".contains($0) }).hasPrefix(name) }
            }
            #expect(rows[0] != nil && rows[0] == rows[1], "\(name): \(rows)")
        }
        #expect(begun.contains { $0.contains("PDE") && $0.contains("·") && !$0.contains("0x3000") })
        #expect(!begun.contains { $0.contains("0x5123") })
    }

    @Test("the SPTE's frame is held against the page map's")
    func installed() throws {
        #expect(try words("walk-whole").contains("0x123456: as in the page map"))
        #expect(try words("walk-other-frame").contains("the page map now has another"))
    }

    @Test("a disagreement is said in capitals, and what is known of it is said")
    func disagreement() throws {
        #expect(try words("walk-disagrees").contains("DISAGREES: KVM is led to 0x9123"))
        #expect(try words("walk-odd").contains("KVM_TRANSLATE leaves out the upper bits"))
    }

    @Test("one key starts the walk of what the pane's cursor is on")
    func here() throws {
        let run = PaneRun.digit
        var view = PaneState()
        #expect(CodePane.walked(run.context(view: view), width: 78, height: 20) == .walk(.address(0x10_0010), .execute))
        view = CodePane.moved(.right, run.context(view: view), width: 78, height: 20)
        view = CodePane.moved(.right, run.context(view: view), width: 78, height: 20)
        #expect(CodePane.walked(run.context(view: view), width: 78, height: 20) == .walk(.address(0x38)), "rax")
        var bytes = PaneState(address: 0x2000)
        #expect(MemoryPane.walked(run.context(view: bytes), width: 80, height: 16) == .walkPhysical(.address(0x2000)))
        for _ in 0..<4 { bytes = MemoryPane.moved(.right, run.context(view: bytes), width: 80, height: 16) }
        bytes = MemoryPane.moved(.down, run.context(view: bytes), width: 80, height: 16)
        #expect(MemoryPane.walked(run.context(view: bytes), width: 80, height: 16) == .walkPhysical(.address(0x2013)))
        let events = run.timeline()
        let slot = try #require(events.next(from: 0) { if case .slot = $0.body { true } else { false } })
        #expect(
            EventsPane.walked(run.context(view: PaneState(selection: slot)), width: 80, height: 16)
                == .walkPhysical(.address(0)))
        #expect(DescriptorsPane.walked(run.context(), width: 80, height: 16) == nil)
    }

    @Test("in the past nobody is asked, and levels are gone through all the same")
    func past() throws {
        var play = Play(
            try #require(PaneRun.walked.first { $0.name == "walk-whole" }?.run).timeline(), width: 120, height: 40)
        play.enter("goto \(play.model.timeline.end - 1)")
        play.enter("walk 0x401123")
        #expect(play.model.ownWalk?.address == 0x40_1123 && play.model.focus == .translation)
        play.type(">>")
        #expect(play.model.ownWalk?.shown == 2)
        play.type("<")
        #expect(play.model.ownWalk?.shown == 1)
        play.enter("goto end")
        #expect(play.model.ownWalk == nil)
    }
}
