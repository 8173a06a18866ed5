import Command
import Testing

@testable import Lesson

@Suite struct CheckTests {
    /// The findings but for the guest's file, which no made-up lesson has.
    private func findings(_ steps: String, stage: MadeUpStage = MadeUpStage()) throws -> [LessonError] {
        var stage = stage
        return LessonCheck.play(try lesson(steps), on: &stage).findings.filter {
            !$0.message.contains("beside lesson.md")
        }
    }

    private func ask(_ first: String, _ second: String) -> String {
        "## A\n~~~ask\nquestion: q\nchoice: a\n  when \(first)\nchoice: b\n  when \(second)\nthen: step exit 2\n~~~\n"
    }

    private func task(_ goal: String, solution: String, hint: String = "h") -> String {
        "## A\n~~~task\n# t\ngoal: \(goal)\nhint: \(hint)\nsolution: \(solution)\n~~~\n"
    }

    @Test func aGoodLessonHasNoFindings() throws {
        #expect(try findings(goodSteps) == [])
        var stage = MadeUpStage()
        let report = LessonCheck.play(try lesson(goodSteps), on: &stage)
        #expect(report.summary == "07-test: 2 steps, 1 ask, 1 task, 1 expectation: 1 finding")
        #expect(stage.log == ["open", "step exit", "step exit", "step exit"])
    }

    @Test func aMissingGuestIsFound() throws {
        #expect(
            LessonCheck.check(try lesson(goodSteps)).findings.map(\.message) == [
                "the guest guest.S does not stand beside lesson.md"
            ])
    }

    @Test func anExpectationThatDoesNotHoldIsFoundInItsLine() throws {
        let steps = "## A\n~~~kvmscope\nstep exit\nexpect exit.number == 7\n~~~\nx"
        let found = try findings(steps)
        #expect(found.map(\.line) == [13])
        #expect(found.first?.message == "expected exit.number == 7; exit.number is 1")
    }

    @Test func whatIsUnknownDoesNotHold() throws {
        let found = try findings("## A\n~~~kvmscope\nstep exit\nexpect exit.port == 7\n~~~\nx")
        #expect(found.first?.message.contains("no io exit") == true)
    }

    @Test func anAskOfWhichNoneOrSeveralComeTrueIsFound() throws {
        #expect(try findings(ask("exit.reason == io", "exit.reason == hlt")) == [])
        for (first, second) in [
            ("exit.reason == mmio", "exit.reason == hlt"), ("exit.reason == io", "exit.number == 2"),
            ("exit.size == 1", "exit.size == 2"),
        ] {
            let found = try findings(ask(first, second))
            #expect(found.map(\.line) == [11])
            #expect(found.first?.message.hasPrefix("exactly one answer") == true)
        }
    }

    @Test func twoChoicesWithOneConditionAreFoundWithoutAGuest() throws {
        let report = LessonCheck.check(try lesson(ask("exit.reason == io", "exit.reason == io")))
        #expect(report.findings.contains { $0.message.contains("same condition") && $0.line == 15 })
    }

    @Test func aTaskThatIsMetBeforeItsSolutionIsFound() throws {
        let found = try findings(task("exit.number == 0", solution: "step exit"))
        #expect(found.count == 1)
        #expect(found.first?.message.hasPrefix("the goal is met before") == true)
    }

    @Test func aSolutionThatDoesNotMeetTheGoalIsFound() throws {
        let found = try findings(task("exit.number == 5", solution: "step exit"))
        #expect(found.map(\.message) == ["After the solution the goal does not hold: exit.number == 5 is false."])
    }

    @Test func aRefusedCommandIsFoundAndTheRestIsStillPlayed() throws {
        var stage = MadeUpStage()
        stage.refuses = "break 0x10"
        let steps = "## A\n~~~kvmscope\nbreak 0x10\n~~~\nx\n\n## B\n~~~kvmscope\nexpect exit.number == 3\n~~~\ny"
        #expect(try findings(steps, stage: stage).map(\.line) == [12, 18])
    }

    @Test func whatOnlyArrangesPanesNeedsNoStage() throws {
        var stage = MadeUpStage()
        let steps = "## A\n~~~kvmscope\nshow map\nstep exit\nzoom code\nfocus next\nmemory message\n~~~\nx"
        _ = LessonCheck.play(try lesson(steps), on: &stage)
        #expect(stage.log == ["open", "step exit"])
    }

    @Test func aMachineThatCannotBePreparedIsOneFinding() throws {
        var stage = MadeUpStage()
        stage.opens = false
        #expect(
            try findings(goodSteps, stage: stage).map(\.message) == ["the machine cannot be prepared: no such machine"])
    }

    @Test(arguments: [
        "expect exit.raeson == io", "expect exit.reason == oi", "expect exit.reason + 1", "expect walk.page == presnt",
        "lesson next", "quit", "toggle", "expect fd.count(kvm-vpcu) == 2",
    ])
    func namesThatDoNotExistAreFoundWithoutAGuest(command: String) throws {
        let report = LessonCheck.check(try lesson("## A\n~~~kvmscope\n\(command)\n~~~\nx"))
        #expect(report.findings.contains { $0.line == 12 }, "\(report.findings)")
    }

    @Test func aSymbolMustBeTheGuests() throws {
        #expect(try findings("## A\n~~~kvmscope\nmemory message\n~~~\nx") == [])
        let found = try findings("## A\n~~~kvmscope\nmemory massage\n~~~\nx")
        #expect(found.first?.message.contains("no symbol 'massage'") == true)
        let hint = "~~~task\n# t\ngoal: exit.number == 1\nhint: h\n  when mem8[nowhere] == 1\nsolution: step exit\n~~~"
        #expect(try findings("## A\n\(hint)").first?.message.contains("nowhere") == true)
    }

    @Test func aFileThatCannotBeReadIsOneFinding() {
        let report = LessonCheck.check(directory: "/nowhere/09-none")
        #expect(report.lesson == "09-none")
        #expect(report.findings.count == 1)
        #expect(report.findings.first?.line == 0)
    }
}
