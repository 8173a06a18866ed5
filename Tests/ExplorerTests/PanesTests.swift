import Command
import Screen
import TestSupport
import Testing
import Timeline

import enum Command.Pane

@testable import Explorer

@Suite struct PanesTests {
    private func lines(
        _ pane: Pane, _ run: PaneRun, _ width: Int = 100, _ height: Int = 24, at cursor: Int? = nil,
        view: PaneState = PaneState(), vcpu: Int = 0
    ) -> [String] {
        let context = run.context(at: cursor, vcpu: vcpu, view: view)
        return Panes.view(for: pane).lines(context, width: width, height: height).map(\.plain)
    }

    private func picture(_ pane: Pane, _ context: PaneContext, _ width: Int = 100, _ height: Int = 24) -> Grid {
        Grid(width: width, height: height) { Panes.view(for: pane).draw(context, on: &$0) }
    }

    @Test(arguments: Pane.allCases) func everyPaneSaysWhereItsFactsComeFrom(_ pane: Pane) {
        #expect(Panes.view(for: pane).pane == pane)
        #expect(!Panes.view(for: pane).source(PaneRun.digit.context()).isEmpty)
    }

    @Test(arguments: Pane.allCases) func aPaneIsAFunctionOfTheCursorAlone(_ pane: Pane) {
        let run = PaneRun.halted
        let timeline = run.timeline()
        func context(_ cursor: Int) -> PaneContext {
            PaneContext(
                world: timeline.world(at: cursor), timeline: timeline, cursor: cursor, vcpu: 0,
                isLive: cursor == timeline.end)
        }
        let forward = (0...timeline.end).map { picture(pane, context($0)) }
        for cursor in (0...timeline.end).reversed() {
            #expect(picture(pane, context(cursor)) == forward[cursor], "\(pane) differs when stepped back to \(cursor)")
        }
    }

    /// The text of the frame of a chart, with what may change taken out, is the same at every cursor.
    @Test func theFlowchartNeverMoves() {
        let run = PaneRun.halted
        let end = run.events.count
        let shapes = (0...end).map { cursor -> [[Bool]] in
            let grid = picture(.flowchart, run.context(at: cursor), 78, 22)
            return (0..<18).map { y in grid.row(y).map { "┌┏┐┓└┗┘┛▶◀▲╭╮╱╲".unicodeScalars.contains($0.scalar) } }
        }
        #expect(Set(shapes).count == 1)
    }

    @Test(arguments: [Pane.descriptors, .threads, .ioctls, .events])
    func aTableKeepsItsColumnsWhileStepping(_ pane: Pane) {
        let run = PaneRun.halted
        let headings = Set((17...run.events.count).map { lines(pane, run, 90, 12, at: $0)[0] })
        #expect(headings.count == 1)
    }

    @Test func whatTheKernelAloneKnowsIsAQuestionMarkAndNeverZero() {
        for (name, run) in PaneRun.all {
            let facts = FlowchartFacts(run.context())
            for arrow in [FlowArrow.enter, .exit, .ioNo, .signalNo] {
                #expect(facts.count(arrow) == .unknown, "\(arrow) in \(name)")
            }
        }
    }

    @Test func theChartSaysWhatTheKernelToldAndAsksForNothingMore() {
        let inside = FlowchartFacts(PaneRun.inside.context())
        #expect(inside.count(.enter) == .known(3) && inside.count(.exit) == .known(3))
        #expect(inside.count(.ioNo) == .known(2) && inside.count(.signalNo) == .known(2))
        #expect(inside.moved.isSuperset(of: [.run, .enter, .exit, .ioNo, .signalNo, .ioYes]))
        #expect(inside.emulation == nil)
        let emulated = FlowchartFacts(PaneRun.emulated.context())
        for arrow in [FlowArrow.enter, .exit, .ioNo, .signalNo] { #expect(emulated.count(arrow) == .unknown) }
        #expect(emulated.emulation?.hasSuffix("emulated 12") == true)
        #expect(emulated.unobserved.plain.contains("emulated 12 instructions"))
        #expect(!emulated.moved.contains(.enter) && !emulated.moved.contains(.ioNo))
        var alone = PaneRun.ready
        alone.add(.resumed(Resumption(vcpu: 0, how: .exit)))
        for _ in 0..<2 { alone.fire("kvm_emulate_insn") }
        #expect(
            FlowchartFacts(alone.context()).unobserved.plain
                == "? kvm_entry and kvm_exit did not fire: emulated 2 instructions · no other tracepoint fired")
    }

    @Test func statisticsGiveCountsOfTheInnerLoopThatAreLabelledSo() {
        let facts = FlowchartFacts(PaneRun.counted.context())
        #expect(facts.count(.exit) == .counted(102) && facts.count(.enter) == .counted(102))
        #expect(facts.count(.ioNo) == .counted(101) && facts.count(.run) == .known(1))
        #expect(facts.emulation == nil, "an emulated instruction finishes an exit here")
        let note = facts.unobserved.plain
        #expect(note.contains("insn_emulation 100") && note.contains("run as root"))
        #expect(note.contains("kvm_amd, two-dimensional paging"))
        var more = PaneRun.counted
        more.count(["exits": 3, "insn_emulation": 402])
        let emulating = FlowchartFacts(more.context())
        #expect(emulating.count(.exit) == .unknown)
        #expect(emulating.emulation?.hasSuffix("emulated #402") == true)
    }

    @Test func lostRecordsAreSaidInEveryChart() {
        var run = PaneRun.inside
        run.add(.kernelLost(17))
        let context = run.context()
        for (width, height) in [(78, 22), (44, 12)] {
            #expect(picture(.flowchart, context, width, height).text.contains("17 tracepoint records"))
        }
        #expect(picture(.statistics, context, 70, 30).text.contains("17 tracepoint records lost"))
    }

    @Test func whereKVMEntersTheGuestItsEmulatorIsNoLoopOfItsOwn() {
        var run = PaneRun.inside
        run.fire("kvm_emulate_insn")
        let facts = FlowchartFacts(run.context())
        #expect(facts.emulation == nil)
        #expect(facts.unobserved.plain.contains("kvm_emulate_insn 1 (to finish an exit)"))
    }

    @Test func whereTracepointsAreOpenTheNoteDoesNotAskForThem() {
        var context = PaneRun.digit.context()
        context.environment.tracing = KernelSight(level: .tracepoints)
        #expect(FlowchartFacts(context).unobserved.plain.contains("no tracepoint of the kernel has fired"))
    }

    @Test func beforeAnythingHasRunNothingWasMissed() {
        let note = FlowchartFacts(PaneRun.ready.context()).unobserved.plain
        #expect(note.contains("nothing has run yet") && !note.contains("not observed"))
    }

    @Test func theHardwaresReasonsAreSummedTheMostFrequentFirst() {
        var run = PaneRun.ready
        for reason in ["npf", "cpuid", "cpuid", "io"] {
            run.fire("kvm_entry")
            run.leave(reason, after: 100)
        }
        run.fire("kvm_userspace_exit")
        #expect(FlowchartFacts(run.context()).unobserved.plain.contains("hardware exits: cpuid 2 · io 1 · npf 1 · "))
    }

    @Test func runsThatTheKernelDidNotTellOfAreSaidToBeMissing() {
        var run = PaneRun.digit
        run.fire("kvm_cpuid")
        #expect(FlowchartFacts(run.context()).unobserved.plain.contains("KVM_RUNs were not observed"))
    }

    @Test func theChartSaysWhyTheInnerLoopIsNotSeenAndWhatHelps() {
        var context = PaneRun.digit.context()
        context.environment.tracing = KernelSight(
            level: .boundary, reason: "tracefs cannot be read", remedy: "run as root")
        for (width, height) in [(78, 22), (72, 16), (60, 14), (40, 12)] {
            let words = picture(.flowchart, context, width, height).text.split(whereSeparator: \.isWhitespace)
            #expect(words.joined(separator: " ").contains("tracefs cannot be read"), "\(width)x\(height)")
        }
        #expect(picture(.flowchart, context, 78, 22).text.contains("run as root"))
    }

    @Test func aRunningVCPUIsInsideAndNotInTheGuest() {
        let facts = FlowchartFacts(PaneRun.twoVCPUs.context())
        #expect(facts.vcpus(at: .insideRun) == [1])
        #expect(facts.vcpus(at: .handleIO) == [0])
        #expect(facts.vcpus(at: .guest).isEmpty)
        #expect(facts.story(of: 1).plain.contains("not visible from here"))
    }

    @Test func inputAndOutputSignalsAndOtherReasonsForUserSpaceAreCountedApart() {
        var run = PaneRun.halted
        run.add(.resumed(Resumption(vcpu: 0, how: .run)))
        run.callRun(errno: 0)
        run.add(.exit(Exit(vcpu: 0, reason: "intr")))
        let facts = FlowchartFacts(run.context())
        #expect(facts.count(.ioYes) == .known(1))
        #expect(facts.count(.otherYes) == .known(1))
        #expect(facts.count(.signalYes) == .known(1))
        #expect(FlowchartFacts(PaneRun.halted.context()).handled == "hlt")
        #expect(facts.reasons.map(\.name) == ["hlt", "io"])
        #expect(facts.last == .signalYes)
        #expect(facts.moved == [.run, .again, .signalYes])
    }

    @Test func oddExitsAreSaidInWords() {
        let unknown = picture(.flowchart, PaneRun.unknownExit.context()).text
        #expect(unknown.contains("unknown exit 77"))
        let failed = picture(.flowchart, PaneRun.internalError.context()).text
        #expect(failed.contains("internal-error suberror 1 (KVM could not emulate), bytes cc 90 f4"))
    }

    @Test func manyVCPUsFitTheirBoxes() {
        var run = PaneRun()
        run.build(vcpus: 40)
        let text = picture(.flowchart, run.context(vcpu: 7), 78, 22).text
        #expect(text.contains("[40 vCPUs]"))
        #expect(text.contains("counts: vCPU 7 of 40"))
    }

    @Test func newDescriptorsCarryTheMark() {
        let rows = lines(.descriptors, PaneRun.atTheGate, 80, 10)
        #expect(rows[1].hasPrefix("    3"))
        #expect(rows[2].hasPrefix(" •  4"))
        #expect(rows[2].contains("KVM_CREATE_VM"))
    }

    @Test func descriptorsNotReadFromProcfsSayAQuestionMark() {
        let rows = lines(.descriptors, PaneRun.atTheGate, 80, 10)
        #expect(rows[2].contains("?"))
        #expect(rows.last == "KVM: 1 system · 1 VM · 0 vCPU   others: 0")
    }

    @Test func figuresThatMovedCarryTheMark() {
        let rows = lines(.threads, PaneRun.digit, 100, 8)
        #expect(rows[2].contains("0.03•"))
        #expect(rows[2].contains("20•"))
        #expect(rows[1].contains("R   1 "), "the main thread stayed on its CPU")
    }

    @Test func aThreadWhoseFiguresWereNotReadHasNone() {
        var run = PaneRun()
        run.start()
        run.openSystem()
        run.createVM()
        run.createVCPU(0)
        #expect(lines(.threads, run, 100, 8)[1].filter { $0 == "?" }.count == 7)
    }

    @Test func equalCallsInARowAreOneRowThatSaysHowMany() {
        var run = PaneRun.ready
        for _ in 0..<12 { run.callRun() }
        let rows = lines(.ioctls, run, 80, 10).filter { $0.contains("KVM_RUN") }
        #expect(rows.count == 1)
        #expect(rows.first?.contains("KVM_RUN ×12") == true)
        #expect(rows.first?.contains("15 vcpu") == true, "the row has the newest call's number")
    }

    @Test func callsThatDifferAreNotFolded() {
        var run = PaneRun.ready
        run.callRun()
        run.callRun(errno: 4, name: "EINTR")
        run.callRun()
        #expect(lines(.ioctls, run, 80, 12).filter { $0.contains("KVM_RUN") }.count == 3)
    }

    @Test func aVeryLongRunOfEqualCallsSaysThatThereMayBeMore() {
        var run = PaneRun.ready
        for _ in 0..<(IoctlHistory.limit + 100) { run.callRun() }
        let row = lines(.ioctls, run, 80, 10).first { $0.contains("KVM_RUN") }
        #expect(row?.contains("×\(IoctlHistory.limit)+") == true)
    }

    @Test func theSelectedCallIsShownInFullAndStaysWhenMoreCome() {
        var run = PaneRun.ready
        let context = run.context()
        var view = IoctlsPane.moved(.up, context, width: 76, height: 22)
        view = IoctlsPane.moved(.up, run.context(view: view), width: 76, height: 22)
        #expect(IoctlsPane.call(run.context(view: view))?.call.name == "KVM_SET_USER_MEMORY_REGION")
        let before = IoctlsPane.lines(run.context(view: view), width: 76, height: 22).map(\.plain)
        run.callRun()
        let after = IoctlsPane.lines(run.context(view: view), width: 76, height: 22).map(\.plain)
        #expect(before.count == after.count)
        #expect(before.filter { $0.hasPrefix("▸") } == after.filter { $0.hasPrefix("▸") })
        #expect(IoctlsPane.call(run.context(view: view))?.call.name == "KVM_SET_USER_MEMORY_REGION")
    }

    @Test func movingPastTheNewestCallFollowsAgain() {
        let run = PaneRun.ready
        var view = PaneState()
        for _ in 0..<3 { view = IoctlsPane.moved(.up, run.context(view: view), width: 60, height: 8) }
        #expect(!view.followsCursor)
        for _ in 0..<4 { view = IoctlsPane.moved(.down, run.context(view: view), width: 60, height: 8) }
        #expect(view.followsCursor)
        #expect(view.selection == nil)
    }

    @Test func theRequestCodeIsTakenApart() {
        let view = PaneState(scroll: 9, selection: 9, followsCursor: false)
        let context = PaneRun.ready.context(view: view)
        let text = IoctlDetail.lines(context, IoctlsPane.call(context), width: 120, height: 30).map(\.plain)
            .joined(separator: "\n")
        #expect(text.contains("0x4020ae46 = direction write · type 0xae · number 0x46 · size 32"))
        #expect(text.contains("kvm_set_memory_region"))
        #expect(text.contains("struct kvm_userspace_memory_region"))
        #expect(text.contains("16 MiB"))
    }

    @Test func aRequestThatNobodyDocumentedIsStillTakenApart() {
        var run = PaneRun.ready
        run.add(
            .ioctl(IoctlCall(kind: .vm, fd: 4, name: "0xc008ae99", request: 0xC008_AE99, argument: 0x1000, result: 0)))
        let context = run.context()
        let text = IoctlDetail.lines(context, IoctlsPane.call(context), width: 120, height: 30).map(\.plain)
            .joined(separator: "\n")
        #expect(text.contains("direction read-write · type 0xae · number 0x99 · size 8"))
        #expect(text.contains("not documented"))
    }

    @Test func codeStandsStillWhileRIPMovesThroughIt() {
        var run = PaneRun.ready
        var seen: Set<[String]> = []
        for rip in [0x100000, 0x100005, 0x100008, 0x10000B, 0x10000F, 0x100010, 0x100011] as [UInt64] {
            run.readRegisters(rip: rip)
            let listing = lines(.code, run, 80, 40).dropFirst(2).prefix(10)
            seen.insert(listing.map { String($0.dropFirst(2)) })
            #expect(listing.filter { $0.hasPrefix("▶") }.count == 1)
        }
        #expect(seen.count <= 2)
    }

    @Test func codeIsWrittenAsTheGuestsSourceIs() {
        let text = lines(.code, PaneRun.digit, 60, 40).joined(separator: "\n")
        #expect(text.contains("movl $5, %eax"))
        #expect(text.contains("digit.S:8 done: hlt"))
    }

    @Test func anAddressBehindTheLastLineOfTheSourceBelongsToNone() {
        var run = PaneRun.digit
        run.readRegisters(rip: 0x100013)
        let rows = lines(.code, run, 80, 40)
        #expect(rows[1].contains("belongs to no line"))
        #expect(rows.contains { $0.hasPrefix("▶ 00100013 … zeros, which read as addb %al, (%rax)") })
    }

    @Test func aRunThroughZerosStaysOneRow() {
        var run = PaneRun.digit
        run.readRegisters(rip: 0x100043)
        let rows = lines(.code, run, 80, 40)
        #expect(rows.filter { $0.contains("zeros") }.count == 2)
        #expect(rows.contains { $0.hasPrefix("▶ 00100043") })
    }

    @Test func theThumbIsShownOnlyWhereCallsAreOutOfView() {
        #expect(!IoctlsPane.scroll(PaneRun.ready.context(), width: 60, height: 12).isNeeded)
        #expect(IoctlsPane.scroll(PaneRun.ready.context(), width: 60, height: 4).isNeeded)
    }

    @Test func aJumpToWhereNoMemoryIsSaysSo() {
        var run = PaneRun.ready
        run.readRegisters(rip: 0x1F0_0000, paging: false)
        #expect(lines(.code, run, 70, 20).contains { $0.contains("in no memory slot") })
        run.readRegisters(rip: 0x4000_0000)
        #expect(lines(.code, run, 100, 20).joined().contains("not-present at level 3"))
    }

    @Test func registersThatAreOlderThanTheRunSaySo() {
        var run = PaneRun.digit
        #expect(lines(.code, run, 120, 30).joined().contains("read and cached"))
        run.add(.resumed(Resumption(vcpu: 0, how: .run)))
        let text = lines(.code, run, 120, 30).joined()
        #expect(text.contains("the vCPU has run since"))
        #expect(text.contains("has run on; RIP was 0x100010"))
        #expect(!text.contains("▶"), "where it is now is not known")
        #expect(lines(.code, run, 60, 10).last == "registers: in the kernel, changed by now")
        #expect(text.contains("in the kernel"))
    }

    @Test func aSecondReadingAtTheSameStopTakesNoMarkAway() {
        var run = PaneRun.digit
        run.readRegisters(rip: 0x100010, rax: 0x38, rdx: 0x3F8)
        let text = lines(.code, run, 120, 30).joined()
        #expect(text.contains("rax 0000000000000038•"))
        #expect(text.contains("rip 0000000000100010•"))
        #expect(lines(.code, run, 60, 10).last == "rax 0x38•  rdx 0x3f8•  rip 0x100010•")
    }

    @Test func kvmsDescriptorsAreInViewHoweverManyOthersThereAre() {
        var run = PaneRun.ready
        var table = (0..<30).map {
            Descriptor(fd: $0, type: "FIFO", device: "0,14", inode: 9, target: "pipe:[9]", kind: .other)
        }
        table.append(Descriptor(fd: 30, type: "CHR", device: "10,232", inode: 330, target: "/dev/kvm", kind: .system))
        run.add(.descriptors(table))
        #expect(lines(.descriptors, run, 60, 8).contains { $0.contains("/dev/kvm") })
    }

    @Test func theCallInFullIsTheOneThatDidSomething() {
        var run = PaneRun.digit
        run.add(
            .ioctl(IoctlCall(kind: .vm, fd: 4, name: "KVM_GET_DIRTY_LOG", request: 0x4010_AE42, observing: true)))
        #expect(IoctlsPane.call(run.context())?.call.name == "KVM_RUN")
        let rows = lines(.ioctls, run, 80, 22)
        #expect(rows.contains { $0.contains("look KVM_GET_DIRTY_LOG") })
        #expect(rows.contains { $0.hasPrefix("▸") && $0.contains("KVM_RUN") })
    }

    @Test func theRoadLeadsFromOurDoorThroughLibcIntoTheKernel() {
        var run = PaneRun.ready
        var guide = PaneRun.createVCPUGuide
        guide.road.removeFirst(2)
        run.add(.guide(guide))
        run.add(.ioctl(IoctlCall(kind: .vm, fd: 4, name: "KVM_CREATE_VCPU", request: 0xAE41, result: 6)))
        let context = run.context()
        let rows = IoctlDetail.lines(context, IoctlsPane.call(context), width: 110, height: 7).map(\.plain)
        #expect(rows.joined().contains("IoctlDoor → ioctl() → kvm_vm_ioctl → kvm_vm_ioctl_create_vcpu"))
    }

    @Test func anotherVCPURunningDoesNotAgeTheRegisters() {
        #expect(lines(.code, PaneRun.twoVCPUs, 120, 30).joined().contains("read and cached"))
        #expect(lines(.code, PaneRun.twoVCPUs, 120, 30, vcpu: 1).joined().contains("it runs"))
    }

    @Test func bytesOutsideEverySlotAreNotZeros() {
        let rows = lines(.memory, PaneRun.ready, 80, 14, view: PaneState(address: 0xFF_FFF0))
        #expect(rows.contains { $0.hasPrefix("00fffff0  00 00") })
        #expect(rows.contains { $0.hasPrefix("01000000  ·· ··") && $0.hasSuffix("no slot") })
    }

    @Test func scrollingTheBytesMovesByRowsAndStopsAtZero() {
        var view = PaneState(address: 0x20, followsCursor: false)
        for _ in 0..<5 { view = MemoryPane.moved(.up, PaneRun.ready.context(view: view), width: 80, height: 14) }
        #expect(lines(.memory, PaneRun.ready, 80, 14, view: view).contains { $0.hasPrefix("00000000 ") })
        #expect(view.scroll == -2)
    }

    @Test func controlCharactersOfTheGuestAreVisibleAndNeverRaw() {
        var run = PaneRun.ready
        run.add(.console(ConsoleText(vcpu: 0, bytes: Bytes([0x1B, 0x5B, 0x32, 0x4A, 0x41, 0x0A, 0xFF, 0x42]))))
        let rows = lines(.console, run, 40, 6)
        #expect(rows[0] == "• ␛[2JA␊")
        #expect(rows[1].hasSuffix("B"))
        #expect(!rows.joined().unicodeScalars.contains { $0.value < 0x20 })
    }

    @Test func aLongConsoleLineIsCutWhereTheRoomEnds() {
        var run = PaneRun.ready
        run.add(.console(ConsoleText(vcpu: 0, bytes: Bytes(Array("0123456789abcdefghij é".utf8)))))
        #expect(lines(.console, run, 12, 6).prefix(3) == ["• 0123456789", "• abcdefghij", "•  é"])
    }

    @Test func theWalkIsShownWithEachTable() {
        let text = lines(.translation, PaneRun.digit, 100, 20).joined(separator: "\n")
        for word in ["PML4E", "PDPTE", "PDE", "2 MiB", "0x7f3aa0100010", "slot 0"] { #expect(text.contains(word)) }
        var run = PaneRun.digit
        run.add(.walk(WalkQuestion(vcpu: 0, address: 0x20_0000)))
        let fault = lines(.translation, run, 100, 20).joined()
        #expect(fault.contains("page fault (#PF): not-present at the PDE"))
    }

    @Test func theEventUnderTheCursorIsMarkedAndTheRestLiesAhead() {
        let rows = lines(.events, PaneRun.halted, 90, 16, at: 24)
        #expect(rows.filter { $0.contains("◆") }.count == 1)
        #expect(rows.first { $0.contains("◆") }?.contains("    24 ") == true)
        #expect(rows.contains { $0.contains("    27 ") })
    }

    @Test func enterOnAnEventGoesThere() {
        let context = PaneRun.halted.context(view: PaneState(selection: 9, followsCursor: false))
        #expect(EventsPane.chosen(context) == .goTo(.event(10)))
    }

    @Test func everyEventIsOneLine() {
        for (_, run) in PaneRun.all {
            for event in run.events {
                let text = EventText.line(event)
                #expect(!text.isEmpty && !text.contains("\n"))
                #expect(EventText.kind(event).count <= 8)
            }
        }
    }

    @Test func anErrnoIsSaidInTheEventToo() {
        let texts = PaneRun.refused.events.map(EventText.line)
        #expect(texts.contains("KVM_CREATE_VCPU on fd 4 = -1 EEXIST"))
    }

    @Test func theLessonKeepsTheReadersPlaceUntilItGoesOn() throws {
        let asking = PaneRun.ready.context(lesson: try PaneLesson.scene(.asking))
        let view = LessonPane.moved(.pageDown, asking, width: 40, height: 10)
        #expect(view.scroll > 0)
        var scrolled = asking
        scrolled.view = view
        #expect(LessonPane.scroll(scrolled, width: 40, height: 10).offset == view.scroll)
        scrolled.lesson = try PaneLesson.scene(.right)
        let rows = LessonPane.lines(scrolled, width: 40, height: 10).map(\.plain)
        #expect(rows.contains { $0.contains("You said") }, "the verdict is brought into view")
    }

    @Test func theLessonStartsAtItsTop() throws {
        let context = PaneRun.ready.context(lesson: try PaneLesson.scene(.asking))
        #expect(LessonPane.scroll(context, width: 40, height: 10).offset == 0)
    }
}

/// Every pane at every size, over odd worlds: nothing traps, and nothing is wider than its place.
@Suite struct PanesFuzzTests {
    @Test(arguments: Pane.allCases) func anySizeAndStateIsDrawn(_ pane: Pane) throws {
        var dice = Seeded(seed: UInt64(pane.title.utf8.reduce(7) { $0 &* 31 &+ Int($1) }))
        let lessons = try PaneLesson.Stage.allCases.map(PaneLesson.scene)
        let view = Panes.view(for: pane)
        for round in 0..<100 {
            var run = PaneRun.all[round % PaneRun.all.count].run
            for _ in 0..<Int.random(in: 0..<6, using: &dice) { run.add(Self.oddEvent(&dice)) }
            let width = Int.random(in: 0...210, using: &dice)
            let height = Int.random(in: 0...64, using: &dice)
            let addresses: [UInt64?] = [nil, 0, 0x100000, 0xFFF, .max, 0xFF_FFFF]
            let extremes = [0, 1, -1, 7, 4096, Int.max, Int.min]
            let state = PaneState(
                scroll: extremes.randomElement(using: &dice) ?? 0, selection: extremes.randomElement(using: &dice),
                address: addresses.randomElement(using: &dice) ?? nil,
                followsCursor: Bool.random(using: &dice))
            let cursor = Int.random(in: 0...run.events.count, using: &dice)
            let context = run.context(
                at: cursor, vcpu: [0, 1, 5, -1].randomElement(using: &dice) ?? 0, view: state,
                lesson: lessons.randomElement(using: &dice))
            _ = Grid(width: width, height: height) { view.draw(context, on: &$0) }
            let lines = view.lines(context, width: width, height: height)
            if view.isWindow {
                #expect(lines.count <= height, "\(pane) gives \(lines.count) rows for \(height)")
            }
            _ = view.scroll(context, width: width, height: height)
            for direction in Command.Direction.allCases {
                _ = view.moved(direction, context, width: width, height: height)
            }
            _ = view.chosen(context)
            _ = view.lines(context, width: 100, height: 1000)
        }
    }

    private static func oddEvent(_ dice: inout Seeded) -> Event.Body {
        let numbers: [UInt64] = [0, 1, .max, 0x8000_0000_0000_0000, 4095]
        let number = numbers.randomElement(using: &dice) ?? 0
        let vcpu = [0, 1, 3, -7].randomElement(using: &dice) ?? 0
        switch Int.random(in: 0..<10, using: &dice) {
        case 0:
            return .exit(
                Exit(
                    vcpu: vcpu, reason: "mmio",
                    detail: .mmio(Exit.MemoryAccess(isWrite: true, address: number, data: Bytes([]))), rip: number))
        case 1:
            return .ioctl(
                IoctlCall(
                    kind: .device, fd: -1, name: "", request: UInt32(truncatingIfNeeded: number), argument: number,
                    result: Int64(bitPattern: number), errno: 999, duration: number, vcpu: vcpu))
        case 2: return .slot(MemorySlot(id: 3, start: number, size: number, host: number, isReadOnly: true))
        case 3:
            return .descriptor(
                DescriptorChange(isOpen: true, fd: -1, target: "", kind: .device(""), by: ""))
        case 4: return .console(ConsoleText(vcpu: vcpu, bytes: Bytes((0..<200).map { UInt8(($0 * 7) & 255) })))
        case 5:
            var general = GeneralRegisters()
            (general.rip, general.rsp, general.rflags) = (number, number, number)
            var system = SystemRegisters()
            (system.cr0, system.cr3, system.cr4, system.efer) = (number, number, number, number)
            (system.cs.base, system.gdt.base) = (number, number)
            return .registers(RegisterReading(vcpu: vcpu, general: general, system: system, source: .ioctl))
        case 6: return .resumed(Resumption(vcpu: vcpu, how: .run))
        case 7: return .threads([HostThread(id: -1, name: "", role: .vcpu(-3), lastCPU: -1, userTime: number)])
        case 8:
            return .memory([MemoryPage(frame: number >> 12, content: PageContent([UInt8](repeating: 1, count: 4096)))])
        default:
            return .start(
                RunStart(guest: "", vcpus: -1, memory: -1, lines: [SourceLine(address: number, line: -5)], source: "%"))
        }
    }
}
