import Command
import Lesson
import Screen
import Testing
import Timeline

@testable import Explorer

@Suite struct LessonFlowTests {
    /// Plays up to the first prompt, on a machine that the test moves.
    private func begun() throws -> (Play, SampleRun.Writer) {
        let timeline = SampleRun.ready()
        var play = Play(timeline, lesson: try madeUpLesson())
        play.give(.machinePrepared(.done))
        return (play, SampleRun.Writer(timeline))
    }

    private func exit(_ play: inout Play, _ run: SampleRun.Writer, halts: Bool, for origin: Origin = .lesson) {
        if halts { run.halt(0, rip: 0x10000c, rax: 0x35) } else { run.step(outOf: 0, rip: 0x10000b, rax: 0x35) }
        play.give(.timelineChanged)
        play.give(.commandFinished(.step(.exit), .done, origin))
    }

    @Test func openingALessonPreparesItsMachine() throws {
        let play = Play(SampleRun.ready(), lesson: try madeUpLesson())
        #expect(play.effects.contains { if case .prepareMachine = $0 { true } else { false } })
        #expect(play.model.focus == .lesson)
    }

    @Test func enterCarriesOutTheStepAndAnAskIsAnsweredByADigit() throws {
        var (play, run) = try begun()
        #expect(play.footerRow.contains("Enter do it"))
        play.press(.enter)
        #expect(play.performed == ["step exit"])
        exit(&play, run, halts: false)
        #expect(play.model.lesson?.prompt == .answer(2))
        #expect(play.footerRow.contains("1-2 answer"))
        play.type("1")
        #expect(play.performed == ["step exit", "step exit"])
        exit(&play, run, halts: true)
        #expect(play.model.notice?.kind == .good)
        #expect(play.model.focus == .lesson)
    }

    @Test func enterReadsToTheEndBeforeItGoesOn() throws {
        let text = (1...60).map { "Paragraph \($0)." }.joined(separator: "\n\n")
        let lesson = try Lesson.parse(
            """
            ---
            title: Long
            summary: Much to read.
            minutes: 1
            guest: guest.S
            ---

            ## First

            \(text)

            ## Second

            The end.
            """, directory: "Lessons/09-long")
        var play = Play(SampleRun.ready(), width: 80, height: 24, lesson: lesson)
        play.give(.machinePrepared(.done))
        #expect(play.text.contains("Paragraph 1."))
        #expect(play.footerRow.contains("Enter read on"))
        var pages = 0
        while play.model.lesson?.viewedStep == 0, pages < 50 {
            play.press(.enter)
            pages += 1
        }
        #expect(pages > 5)
        #expect(play.text.contains("The end."))
        play.type(",")
        #expect(play.model.lesson?.viewedStep == 0)
        play.type(".")
        #expect(play.model.lesson?.viewedStep == 1)
    }

    @Test func lettersAnswerFromAnyPaneAndDigitsStayPanesThere() throws {
        var (play, run) = try begun()
        play.press(.enter)
        exit(&play, run, halts: false)
        play.press(.tab)
        play.type("2")
        #expect(play.model.focus == .flowchart)
        #expect(play.model.lesson?.state == .asking)
        #expect(play.footerRow.contains("a-b answer"))
        play.type("b")
        exit(&play, run, halts: true)
        #expect(play.model.notice?.kind == .plain)
    }

    @Test func aTaskIsDoneByOnesOwnCommand() throws {
        var (play, run) = try begun()
        play.press(.enter)
        exit(&play, run, halts: false)
        play.type("1")
        exit(&play, run, halts: false)
        play.press(.enter)
        #expect(play.model.lesson?.state == .working)
        play.type("s")
        exit(&play, run, halts: true, for: .person)
        #expect(play.model.lesson?.state == .finished)
        #expect(
            play.effects.contains { if case .saveProgress(_, let progress) = $0 { progress.isFinished } else { false } }
        )
        play.press(.enter)
        #expect(play.model.menu != nil)
        #expect(play.effects.contains { if case .closeMachine = $0 { true } else { false } })
        // The next one is what one is likely to want.
        play.give(.lessonsLoaded(GoldenTests.listings))
        #expect(play.model.menu?.selected?.name == "03-signal-pending")
    }

    @Test func theMenuOverAnOpenLessonStandsOnIt() throws {
        var (play, _) = try begun()
        play.enter("lesson menu")
        play.give(.lessonsLoaded(GoldenTests.listings))
        #expect(play.model.menu?.selected?.name == "02-enter-exit")
    }

    /// A question so long that it does not fit beside what stands before it.
    private func longQuestion(_ width: Int, _ height: Int) throws -> Play {
        let text = (1...12).map { "Paragraph \($0)." }.joined(separator: "\n\n")
        let lesson = try Lesson.parse(
            """
            ---
            title: Long
            summary: Much to read.
            minutes: 1
            guest: guest.S
            ---

            ## First

            \(text)

            ```ask
            question: What does the guest do next?
            choice: It halts
              when exit.reason == hlt
            choice: It writes to a port
              when exit.reason == io
            then:
              step exit
            ```

            ```task
            # Go on until the guest has ended.
            goal: end.why == hlt
            hint: The first hint.
            hint: The second hint.
            solution:
              step exit
            ```
            """, directory: "Lessons/09-long")
        var play = Play(SampleRun.ready(), width: width, height: height, lesson: lesson)
        play.give(.machinePrepared(.done))
        return play
    }

    @Test func aKeyAnswersNoQuestionThatIsNotSeen() throws {
        var play = try longQuestion(80, 24)
        #expect(play.model.lesson?.state == .asking)
        #expect(!play.text.contains("It writes to a port"))
        play.type("2")
        #expect(play.model.lesson?.state == .asking)
        #expect(play.text.contains("It writes to a port") && play.noticeRow.contains("this is the question"))
        play.type("2")
        #expect(play.model.lesson?.state == .performing(.answer(1)))
    }

    @Test func aZoomedPaneGivesWayToTheQuestion() throws {
        var play = try longQuestion(120, 40)
        play.press(.tab)
        play.type("+")
        #expect(!play.text.contains("It halts"))
        #expect(play.footerRow.contains("the question"))
        play.type("b")
        #expect(play.model.lesson?.state == .asking)
        #expect(play.text.contains("It halts") && play.text.contains("It writes to a port"))
        play.type("b")
        #expect(play.model.lesson?.state == .performing(.answer(1)))

        // One that comes while another pane has the screen brings itself into view.
        var (zoomed, run) = try begun()
        zoomed.press(.tab)
        zoomed.type("+.")
        exit(&zoomed, run, halts: false)
        #expect(zoomed.model.lesson?.prompt == .answer(2))
        #expect(zoomed.text.contains("It writes to a port"))
    }

    @Test func enterAtAnOpenQuestionStaysThere() throws {
        var play = try longQuestion(80, 24)
        for _ in 0..<6 { play.press(.enter) }
        #expect(play.text.contains("It writes to a port"))
        #expect(play.text.contains("First make your prediction"))
    }

    @Test func aHintIsSeenWhereverOneLooks() throws {
        var play = try longQuestion(80, 24)
        for _ in 0..<6 { play.press(.enter) }
        play.type("1")
        let run = SampleRun.Writer(play.model.timeline)
        exit(&play, run, halts: false)
        #expect(play.model.lesson?.state == .working)
        play.type("H")
        #expect(play.text.contains("The first hint"))
        // With another pane over the screen, the next one is not spent unseen.
        play.type("2+H")
        #expect(play.text.contains("The second hint"))
    }

    @Test func aFailedCommandOfTheLessonIsSaid() throws {
        var (play, _) = try begun()
        play.press(.enter)
        play.give(.commandFinished(.step(.exit), .failed("the guest does not answer"), .lesson))
        #expect(play.model.lesson?.prompt == .stuck)
        #expect(play.noticeRow.contains("the guest does not answer"))
    }

    @Test func aClaimThatFailsIsMarkedAndTheLessonIsNotDone() throws {
        let lesson = try Lesson.parse(
            """
            ---
            title: Claims
            summary: What holds and what does not.
            minutes: 1
            guest: guest.S
            ---

            ## First

            ```kvmscope
            expect 1 == 1
            expect 1 == 2
            expect 2 == 2
            ```

            ## Second

            The end.
            """, directory: "Lessons/09-claims")
        var play = Play(SampleRun.ready(), lesson: lesson)
        play.give(.machinePrepared(.done))
        #expect(play.model.lesson?.prompt == .stuck)
        #expect(play.text.contains("✓ expect 1 == 1"))
        #expect(play.text.contains("✗ expect 1 == 2"))
        #expect(play.text.contains("✓ expect 2 == 2"), "the others are looked at too")
        play.give(.command(.lesson(.next)))
        play.give(.command(.lesson(.next)))
        #expect(play.text.contains("✗ the lesson is not done"))
        #expect(!play.text.contains("the lesson is done"))
        play.give(.command(.lesson(.previous)))
        #expect(play.text.contains("✗ expect 1 == 2"), "it stays")
        let progress = play.model.lesson?.progress ?? LessonProgress()
        var listing = LessonListing(name: "09-claims", title: "Claims", steps: 2, progress: progress)
        #expect(MenuView.progress(listing).plain.contains("not proved"))
        listing.progress.failed = [:]
        #expect(!MenuView.progress(listing).plain.contains("not proved"))
    }

    @Test func progressThatCannotBeKeptIsSaid() throws {
        var (play, _) = try begun()
        play.give(.progressNotKept("progress cannot be kept in /x: No space left on device"))
        #expect(play.noticeRow.contains("No space left on device"))
    }

    @Test func aLessonsPauseIsOverWhenTheMachineStands() throws {
        let lesson = try Lesson.parse(
            """
            ---
            title: Kick
            summary: A guest that does not come back.
            minutes: 1
            guest: guest.S
            ---

            ## First

            ```kvmscope
            continue
            pause
            expect exit.reason == intr
            ```
            """, directory: "Lessons/08-kick")
        let timeline = SampleRun.ready()
        let run = SampleRun.Writer(timeline)
        var play = Play(timeline, lesson: lesson)
        play.give(.machinePrepared(.done))
        play.press(.enter)
        run.append(.phase(.running))
        play.give(.timelineChanged)
        if play.model.lesson?.prompt != .wait { play.press(.enter) }
        play.give(.commandFinished(.run, .done, .lesson))
        #expect(play.performed == ["continue", "pause"])
        #expect(play.model.lesson?.prompt == .wait)
        run.append(.exit(Exit(vcpu: 0, reason: "intr", rip: 0x100000)))
        run.append(.phase(.stopped))
        play.give(.timelineChanged)
        #expect(play.model.lesson?.prompt == .wait)
        play.give(.commandFinished(.pause, .done, .lesson))
        #expect(play.model.lesson?.state == .finished)
    }

    @Test func whileTheLessonRunsCommandsTheMachineIsItsOwn() throws {
        var (play, _) = try begun()
        play.press(.enter)
        play.type("s")
        #expect(play.performed == ["step exit"])
        #expect(play.noticeRow.contains("lesson is carrying out"))
    }

    @Test func lookingBackLeavesTheLessonsPathAlone() throws {
        var (play, run) = try begun()
        play.press(.enter)
        exit(&play, run, halts: false)
        play.type("S")
        play.press(.end)
        #expect(play.model.lesson?.isFreePlay == false)
        play.type("s")
        #expect(play.model.lesson?.isFreePlay == true)
        #expect(play.headerRow.contains("free play"))
    }

    @Test func aMachineThatCannotBeHadIsSaid() throws {
        var play = Play(Timeline(), lesson: try madeUpLesson())
        play.give(.machinePrepared(.failed("/dev/kvm is missing")))
        #expect(play.noticeRow.contains("/dev/kvm is missing"))
    }

    @Test func aNewMachinesTimelineHasAStripOfItsOwn() throws {
        let timeline = SampleRun.ready()
        var play = Play(timeline, lesson: try madeUpLesson())
        timeline.clear()
        SampleRun.Writer(timeline).refuse()
        for _ in 0..<40 { SampleRun.Writer(timeline).append(.console(ConsoleText(vcpu: 0, bytes: Bytes([0x41])))) }
        play.give(.timelineChanged)
        play.give(.machinePrepared(.done))
        #expect(play.model.strip.end == timeline.end)
        #expect(play.model.strip.mark(in: 0..<1) == .problem)
        #expect(play.model.strip.mark(in: 1..<41) == .console)
    }

    @Test func theMenuOpensLessons() {
        var play = Play(menu: GoldenTests.listings)
        play.press(.down, .enter)
        guard case .openLesson(let name)? = play.effects.last else {
            Issue.record("no lesson is opened")
            return
        }
        #expect(name == "02-enter-exit")
        play.give(.lessonRefused(name: name, "lesson.md:3: no such mode"))
        #expect(play.noticeRow.contains("no such mode"))
        play.type("4\n")
        #expect(play.noticeRow.contains("tracepoints"))
        play.press(.escape)
        #expect(play.model.menu != nil)
        play.type("q")
        #expect(play.hasQuit)
    }

    @Test func theMenuOverALessonGoesBackToIt() throws {
        var (play, _) = try begun()
        play.enter("lesson menu")
        play.give(.lessonsLoaded(GoldenTests.listings))
        #expect(play.model.menu?.selected?.name == "02-enter-exit")
        play.press(.escape)
        #expect(play.model.menu == nil)
        #expect(play.model.lesson != nil)
    }

    @Test func theMenuAnswersTheMouse() {
        var play = Play(menu: GoldenTests.listings)
        let row =
            play.text.split(separator: "\n", omittingEmptySubsequences: false)
            .firstIndex { $0.contains("Signal pending") } ?? 0
        play.click(40, row)
        #expect(play.model.menu?.selection == 2)
        play.click(40, row)
        #expect(play.effects.contains { if case .openLesson("03-signal-pending") = $0 { true } else { false } })
    }
}
