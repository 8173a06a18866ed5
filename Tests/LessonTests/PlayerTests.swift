import Command
import TestSupport
import Testing

@testable import Lesson

/// Plays inputs against the made-up machine and keeps what was said.
private struct Play {
    var player: LessonPlayer
    var stage = MadeUpStage()
    var said: [LessonRemark] = []
    var saves = 0

    init(_ steps: String = goodSteps, progress: LessonProgress = LessonProgress()) throws {
        player = LessonPlayer(lesson: try lesson(steps), progress: progress)
    }

    mutating func give(_ inputs: LessonPlayer.Input...) throws {
        for input in inputs { try give(one: input) }
    }

    private mutating func give(one input: LessonPlayer.Input) throws {
        var input = input
        while true {
            var outcome: LessonPlayer.Outcome?
            for effect in player.handle(input, facts: stage.facts) {
                switch effect {
                case .open:
                    #expect(outcome == nil, "two commands at a time")
                    try stage.open(player.lesson)
                    outcome = .done
                case .perform(let line):
                    #expect(outcome == nil, "two commands at a time")
                    outcome = try outcomeOf(line.command)
                case .say(let remark): said.append(remark)
                case .save: saves += 1
                }
            }
            guard let outcome else { return }
            input = .commandFinished(outcome)
        }
    }

    /// A claim is held against the facts, as whoever plays a lesson does.
    private mutating func outcomeOf(_ command: Command) throws -> LessonPlayer.Outcome {
        guard case .expect(let condition) = command else { return try stage.perform(command) }
        if stage.holds.contains("\(command)") || condition.holds(in: stage.facts) == true { return .done }
        return .failed("\(command) does not hold")
    }

    /// The learner types a command of their own.
    mutating func learner(_ command: Command) throws {
        try give(.learnerCommand(command))
        _ = try stage.perform(command)
        try give(.factsChanged)
    }
}

@Suite struct PlayerTests {
    @Test func proseIsShownBeforeTheScriptRuns() throws {
        var play = try Play()
        try play.give(.resume)
        #expect(play.stage.log == ["open"])
        #expect(play.player.state == .reading)
        #expect(play.player.prompt == .perform([.step(.exit), try Command(parsing: "expect exit.number == 1")]))
        #expect(play.player.visibleParts.count == 2)
    }

    @Test func aScriptRunsOneCommandAfterTheOther() throws {
        var player = LessonPlayer(lesson: try lesson(goodSteps))
        let facts = MadeUpFacts()
        #expect(player.handle(.resume, facts: facts) == [.open])
        #expect(player.handle(.commandFinished(.done), facts: facts) == [])
        guard case .perform(let first)? = player.handle(.next, facts: facts).first else { throw Wrong() }
        #expect(first.command == .step(.exit))
        #expect(player.handle(.next, facts: facts) == [], "busy")
        guard case .perform(let second)? = player.handle(.commandFinished(.done), facts: facts).first else {
            throw Wrong()
        }
        #expect("\(second.command)" == "expect exit.number == 1")
    }

    /// The made-up machine has had no exit.
    @Test(arguments: [("exit.number == 0", true), ("exit.number == 1", false), ("exit.port == 1", false)])
    func aBlockForSomeMachinesIsPassedOverUnseenOnOthers(condition: String, fits: Bool) throws {
        var play = try Play("## A\none\n\n~~~kvmscope on \(condition)\nprint 7\n~~~\n\ntwo\n\n## B\nthree")
        try play.give(.resume)
        #expect(play.stage.log == (fits ? ["open", "print 7"] : ["open"]))
        #expect(play.player.visibleParts.count == (fits ? 3 : 2))
        // Coming back from free play repeats what led here, and this never led anywhere.
        try play.give(.next, .resume)
        #expect(play.stage.log.filter { $0 == "print 7" }.count == (fits ? 1 : 0))
    }

    @Test func anAskWaitsForItsAnswerBeforeTheGuestRunsOn() throws {
        var play = try Play()
        try play.give(.resume, .next)
        #expect(play.player.state == .asking)
        #expect(play.player.prompt == .answer(2))
        #expect(play.player.visibleParts.count == 4, "what comes after the ask would give the answer away")
        let before = play.stage.log
        try play.give(.next)
        #expect(play.stage.log == before)
        try play.give(.answer(1))
        #expect(play.stage.log == before + ["step exit"])
        #expect(play.player.answers.values.map(\.right) == [0])
    }

    @Test func theGuestDecidesWhatWasRight() throws {
        for (answer, isRight, text) in [
            (1, true, "You said: A port. The guest showed: A port. Right."),
            (2, false, "You said: It halts. The guest showed: A port. Not what you said."),
        ] {
            var play = try Play()
            try play.give(.resume, .next, .answer(answer))
            let verdict = try #require(play.said.first { $0.kind == .verdict(isRight: isRight) })
            #expect(verdict.text.plain == text)
            #expect(play.said.contains { $0.kind == .because })
            #expect(play.player.progress.asks == ["first-step/3": isRight])
        }
    }

    @Test func anAnswerThatDoesNotExistIsOnlyANote() throws {
        var play = try Play()
        try play.give(.answer(1), .resume, .answer(1), .next, .answer(0), .answer(3), .answer(.min), .answer(.max))
        #expect(play.player.state == .asking)
        #expect(play.player.answers.isEmpty)
    }

    @Test func aTaskIsDoneWhenItsGoalHolds() throws {
        var play = try Play()
        try play.give(.resume, .next, .answer(1), .next)
        #expect(play.player.state == .working)
        #expect(play.player.prompt == .task)
        try play.learner(.print(.integer(1)))
        #expect(play.player.state == .working)
        try play.learner(.step(.exit))
        #expect(play.player.state == .finished)
        #expect(play.player.progress.tasks == ["second-step/0": .own])
        #expect(play.player.progress.isFinished)
        #expect(play.player.progress.steps == ["first-step", "second-step"])
        #expect(play.said.last?.text.plain == "It halts.")
    }

    @Test func hintsFitTheState() throws {
        var play = try Play()
        try play.give(.resume, .next, .answer(1), .next, .hint, .hint, .hint)
        #expect(play.said.filter { $0.kind == .hint }.map(\.text.plain) == ["Press s.", "You are at a port."])
        #expect(play.said.last?.kind == .note)

        var other = try Play()
        try other.give(.resume, .next, .answer(1), .next)
        other.stage.exits = 1
        try other.give(.hint, .hint)
        #expect(other.said.filter { $0.kind == .hint }.map(\.text.plain) == ["Press s."])
    }

    @Test func theSolutionDoesTheTask() throws {
        var play = try Play()
        try play.give(.resume, .next, .answer(1), .next, .solution)
        #expect(play.player.state == .finished)
        #expect(play.player.progress.tasks == ["second-step/0": .shown])
    }

    @Test func theSolutionStartsWhereTheTaskBegan() throws {
        var play = try Play()
        try play.give(.resume, .next, .answer(1), .next)
        try play.give(.learnerCommand(.reset))
        play.stage.exits = 0
        play.stage.log = []
        try play.give(.solution)
        #expect(play.stage.log == ["open", "step exit", "step exit", "step exit"])
        #expect(play.player.state == .finished)
    }

    @Test func freePlayIsAllowedAndTheLessonComesBack() throws {
        var play = try Play()
        try play.give(.resume, .next)
        try play.learner(.show(.map))
        #expect(!play.player.isFreePlay)
        try play.learner(.step(.exit, count: 9))
        #expect(play.player.isFreePlay)
        #expect(play.player.state == .asking)
        play.stage.log = []
        try play.give(.answer(1))
        #expect(
            play.stage.log == ["open", "step exit", "step exit"], "the lesson's own commands up to here, then the ask's"
        )
        #expect(play.player.answers.values.map(\.right) == [0])
        #expect(!play.player.isFreePlay)
    }

    @Test func resumeRebuildsAndReplays() throws {
        var play = try Play()
        try play.give(.resume, .next, .answer(1), .next)
        try play.learner(.run)
        play.stage.log = []
        try play.give(.resume)
        #expect(play.stage.log == ["open", "step exit", "step exit"])
        #expect(play.player.state == .working)
    }

    @Test func retryStartsTheStepAnew() throws {
        var play = try Play()
        try play.give(.resume, .next, .answer(2), .retry)
        #expect(play.player.place == LessonPlace(step: 0, part: 1))
        #expect(play.player.answers.isEmpty)
        #expect(play.player.remarks.isEmpty)
        #expect(play.player.state == .reading)
        try play.give(.next, .answer(1))
        #expect(play.player.progress.asks == ["first-step/3": false], "the first answer is the one that is kept")
    }

    @Test func lookingBackLeavesTheMachineAlone() throws {
        var play = try Play()
        try play.give(.resume, .next, .answer(1), .next)
        let log = play.stage.log
        try play.give(.previous, .previous)
        #expect(play.player.viewedStep == 0)
        #expect(play.player.prompt == .forward)
        #expect(play.player.visibleParts.count == 5)
        try play.give(.hint)
        #expect(play.said.last?.kind == .note)
        try play.give(.next)
        #expect(play.player.viewedStep == 1)
        #expect(play.stage.log == log)
        #expect(play.player.state == .working)
    }

    @Test func aFailedCommandStopsTheScriptAndTheReaderMayGoOn() throws {
        var play = try Play()
        play.stage.refuses = "step exit"
        try play.give(.resume, .next)
        #expect(play.player.state == .stuck("refused"))
        #expect(play.stage.log == ["open", "step exit"])
        #expect(play.player.prompt == .stuck)
        try play.give(.next)
        #expect(play.player.state == .asking)
    }

    private static let claims = """
        ## A
        ~~~kvmscope
        step exit
        expect exit.number == 7
        step exit
        expect exit.number == 2
        ~~~

        ## B
        the end
        """

    @Test func aClaimThatFailsStaysFailedAndTheLessonWithIt() throws {
        var play = try Play(Self.claims)
        try play.give(.resume)
        #expect(play.stage.log == ["open", "step exit", "step exit"], "the other commands are carried out")
        #expect(play.player.prompt == .stuck)
        #expect(play.said.map(\.kind) == [.trouble])
        try play.give(.next, .next)
        #expect(play.player.shortfalls[LessonPlace()]?.reasons.keys.sorted() == [1])
        #expect(play.player.state == .finished)
        #expect(play.player.prompt == .unproved)
        #expect(play.player.failures.count == 1)
        #expect(play.player.failures.steps == [1])
        #expect(play.player.progress.steps == ["b"])
        #expect(!play.player.progress.isFinished)
        #expect(play.player.progress.failed == ["a/0": ["expect exit.number == 7"]])
    }

    @Test func whatFailedInAnEarlierSessionStaysAndARetryMendsIt() throws {
        var progress = LessonProgress()
        progress.failed = ["a/0": ["expect exit.number == 2"]]
        progress.steps = ["b"]
        var play = try Play(Self.claims, progress: progress)
        try play.give(.resume, .next, .next)
        #expect(play.player.prompt == .unproved)
        #expect(play.player.progress.failed == ["a/0": ["expect exit.number == 7"]], "as it came out last")
        try play.give(.previous)
        play.stage.holds = ["expect exit.number == 7"]
        try play.give(.retry, .next)
        #expect(play.player.prompt == .finished)
        #expect(play.player.progress.failed.isEmpty)
        #expect(play.player.progress.steps == ["a", "b"])
        #expect(play.player.progress.isFinished)
    }

    @Test func aPredictionThatTheRunDoesNotDecideIsNoProof() throws {
        var play = try Play(
            "## A\n~~~ask\nquestion: q\nchoice: a\n  when exit.number == 7\nchoice: b\n  when exit.number == 8\n"
                + "then: step exit\n~~~")
        try play.give(.resume, .answer(1))
        #expect(play.player.prompt == .unproved)
        #expect(play.player.progress.steps.isEmpty)
    }

    @Test func aFailureInAPartThatTheLessonLostIsForgotten() throws {
        var progress = LessonProgress()
        progress.failed = ["first-step/1": ["x"], "first-step/0": ["prose"], "gone/1": ["y"]]
        #expect(
            LessonPlayer(lesson: try lesson(goodSteps), progress: progress).progress.failed.keys.sorted() == [
                "first-step/1"
            ])
    }

    @Test(arguments: [true, false])
    func theNextStepsClaimsAreMadeOfTheLessonsMachine(walks: Bool) throws {
        var play = try Play(
            "## A\n~~~kvmscope\nstep exit\n~~~\n\nx\n\n## B\n~~~kvmscope\nexpect exit.number == 1\n~~~\n\ny")
        try play.give(.resume)
        try play.learner(walks ? .walk(.integer(7)) : .step(.exit, count: 5))
        play.stage.log = []
        try play.give(.next)
        #expect(play.stage.log == ["open", "step exit"])
        #expect(play.player.prompt == .finished)
        #expect(play.player.progress.isFinished)
    }

    @Test func aReaderWhoLookedBackIsBroughtToThePresentBeforeTheNextClaim() throws {
        var play = try Play("## A\nx\n\n## B\n~~~kvmscope\nexpect exit.number == 0\n~~~\n\ny")
        try play.give(.resume)
        play.stage.isLive = false
        try play.give(.cursorMoved(fromPresent: true), .next)
        #expect(play.stage.log == ["open", "goto end"])
        var other = try Play("## A\nx\n\n## B\n~~~kvmscope\nexpect exit.number == 0\n~~~\n\ny")
        try other.give(.resume, .cursorMoved(fromPresent: false), .next)
        #expect(other.stage.log == ["open", "open"], "the lesson's own place in the past is found by repeating it")
    }

    @Test func aRebuildWaitsForTheCommandUnderWay() throws {
        var player = LessonPlayer(lesson: try lesson(goodSteps))
        let facts = MadeUpFacts()
        _ = player.handle(.resume, facts: facts)
        _ = player.handle(.commandFinished(.done), facts: facts)
        _ = player.handle(.next, facts: facts)
        #expect(player.handle(.retry, facts: facts).contains(.open) == false)
        #expect(player.handle(.commandFinished(.failed("interrupted")), facts: facts).contains(.open))
        #expect(player.state == .performing(.returning))
    }

    @Test func theLessonGoesOnWhereTheReaderLeft() throws {
        var play = try Play()
        try play.give(.resume, .next, .answer(1))
        #expect(play.saves > 0)
        var again = try Play(progress: play.player.progress)
        try again.give(.resume)
        #expect(again.player.place == play.player.place)
        #expect(again.stage.log == ["open", "step exit", "step exit"])
        #expect(again.player.state == .reading)
    }

    @Test func aPlaceThatIsGoneIsTheFirst() throws {
        var progress = LessonProgress()
        progress.step = "no-longer-there"
        progress.part = 99
        #expect(try Play(progress: progress).player.place == LessonPlace())
        progress.step = "first-step"
        #expect(try Play(progress: progress).player.place == LessonPlace(step: 0, part: 5))
        progress.part = -7
        #expect(try Play(progress: progress).player.place == LessonPlace())
    }

    @Test func aStepInThePastIsNotTakenForTheMachines() throws {
        struct Past: FactSource {
            func value(of fact: FactReference) -> Value {
                fact.id == .timelineLive ? .boolean(false) : .unknown("past")
            }
            func address(ofSymbol name: String) -> UInt64? { nil }
        }
        var player = LessonPlayer(lesson: try lesson(goodSteps))
        _ = player.handle(.resume, facts: Past())
        _ = player.handle(.commandFinished(.done), facts: Past())
        guard case .perform(let line)? = player.handle(.next, facts: Past()).first else { throw Wrong() }
        #expect(line.command == .goTo(.end))
    }

    @Test func anythingAtAnyTimeIsTaken() throws {
        var generator = Seeded(seed: 42)
        for _ in 0..<200 {
            var play = try Play()
            for _ in 0..<60 {
                let inputs: [LessonPlayer.Input] = [
                    .next, .next, .previous, .hint, .solution, .resume, .retry, .answer(Int.random(in: -1...3)),
                    .factsChanged, .learnerCommand(.step(.exit)), .commandFinished(.done),
                    .commandFinished(.failed("x")),
                ]
                try play.give(inputs.randomElement(using: &generator) ?? .next)
                #expect(play.player.viewedStep <= play.player.place.step)
                _ = play.player.visibleParts
            }
        }
    }

    struct Wrong: Error {}
}
