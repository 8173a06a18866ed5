import Command
import Testing

@testable import Lesson

@Suite struct ParsingTests {
    @Test func frontMatterBecomesTheMachine() throws {
        let lesson = try lesson(
            goodSteps, matter: "mode: real\nvcpus: 2\nmemory: 64K\nstart: unbuilt\nneeds: [tracepoints, pagemap]")
        #expect(lesson.name == "07-test")
        #expect(lesson.number == 7)
        #expect(lesson.title == "A test")
        #expect(lesson.guestFile == "lessons/07-test/guest.S")
        #expect(
            lesson.machine
                == Lesson.Machine(guest: "guest.S", mode: .real, vcpus: 2, memory: 65536, start: .unbuilt))
        #expect(lesson.needs == [.tracepoints, .pagemap])
    }

    @Test func whatIsLeftOutIsTheOrdinaryMachine() throws {
        #expect(try lesson(goodSteps).machine == Lesson.Machine(guest: "guest.S"))
        #expect(Lesson.Machine(guest: "g").memory == 16 * 1024 * 1024)
    }

    @Test func eachHeadingIsAStepAndEachBlockAPart() throws {
        let lesson = try lesson(goodSteps)
        #expect(lesson.introduction == [.paragraph([.text("Before the steps.")])])
        #expect(lesson.steps.map(\.title) == ["First step", "Second step"])
        #expect(lesson.steps.map(\.id) == ["first-step", "second-step"])
        let kinds = lesson.steps[0].parts.map { part in
            switch part {
            case .prose: "prose"
            case .script: "script"
            case .ask: "ask"
            case .task: "task"
            }
        }
        #expect(kinds == ["prose", "script", "prose", "ask", "prose"])
    }

    @Test func linesAreThoseOfTheFile() throws {
        let text = lessonText(goodSteps)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let lesson = try lesson(goodSteps)
        for step in lesson.steps {
            #expect(lines[step.line - 1] == "## \(step.title)")
            for part in step.parts {
                for line in part.script?.commands ?? [] {
                    #expect(lines[line.line - 1].contains("\(line.command)"))
                }
                if case .ask(let ask) = part {
                    #expect(lines[ask.line - 1] == "~~~ask")
                    for choice in ask.choices { #expect(lines[choice.line - 1].hasPrefix("choice: ")) }
                }
            }
        }
    }

    @Test func anAskHoldsItsChoicesAndTheirConditions() throws {
        guard case .ask(let ask) = try lesson(goodSteps).steps[0].parts[3] else { throw Wrong() }
        #expect(ask.question.plain == "Why does it come back?")
        #expect(ask.choices.map(\.text.plain) == ["A port", "It halts"])
        #expect(ask.choices.map { "\($0.condition)" } == ["exit.reason == io", "exit.reason == hlt"])
        #expect(ask.then.commands.map(\.command) == [.step(.exit)])
        #expect(ask.because == [.text("The guest wrote to "), .code("0x3f8"), .text(".")])
    }

    @Test func theCommentOverAGoalIsWhatTheLearnerReads() throws {
        guard case .task(let task) = try lesson(goodSteps).steps[1].parts[0] else { throw Wrong() }
        #expect(task.text == [.text("Go on to the "), .code("hlt"), .text(".")])
        #expect("\(task.goal)" == "exit.reason == hlt")
        #expect(task.hints.map { $0.condition.map { "\($0)" } } == [nil, "exit.port == 0x3f8"])
    }

    @Test func aTextMayGoOnInIndentedLines() throws {
        let steps = """
            ## A
            ~~~task
            # One line,
            # and another.
            goal: exit.number == 1
              || exit.number == 2
            hint: It is long,
              so it wraps.
              when exit.number == 0
                && exit.reason == none
            solution: step exit
            ~~~
            """
        guard case .task(let task) = try lesson(steps).steps[0].parts[0] else { throw Wrong() }
        #expect(task.text.plain == "One line, and another.")
        #expect("\(task.goal)" == "exit.number == 1 || exit.number == 2")
        #expect(task.hints[0].text.plain == "It is long, so it wraps.")
        #expect(task.hints[0].condition.map { "\($0)" } == "exit.number == 0 && exit.reason == none")
        #expect(task.solution.commands.map(\.command) == [.step(.exit)])
    }

    @Test(arguments: [
        ("vcpus: zero", 6, "vcpus: zero"), ("vcpus: 0", 6, "from 1 to 64"), ("mode: fast", 6, "real, protected, long"),
        ("memory: 3", 6, "whole pages"), ("memory: 99999999999999999999G", 6, "whole pages"),
        ("memory: 8388608G", 6, "whole pages"),
        ("start: soon", 6, "unbuilt, ready"), ("needs: [luck]", 6, "tracepoints"),
        ("slots: [\"1:2\"]", 6, "whole pages"),
        ("colour: red", 6, "'colour' is not known"),
        ("title: Twice", 6, "twice"), ("vcpus: [", 7, "ends with ]"), ("vcpus: {a: b}", 6, "one value"),
        ("needs: {a: b}", 6, "takes words"),
    ])
    func wrongFrontMatterIsAnErrorWithItsLine(matter: String, line: Int, part: String) {
        let error = #expect(throws: LessonError.self) { try lesson(goodSteps, matter: matter) }
        #expect(error?.message.contains(part) == true, "\(error.map(String.init(describing:)) ?? "none")")
        #expect(abs((error?.line ?? 0) - line) <= 1, "\(error.map(String.init(describing:)) ?? "none")")
    }

    @Test func manyBracketsInTheFrontMatterAreOnlyAnError() {
        for opening in ["[", "{a: ", "- "] {
            let text = "---\ntitle: \(String(repeating: opening, count: 800))\n---\n## A\nb"
            #expect(throws: LessonError.self) { try Lesson.parse(text, directory: "x") }
        }
    }

    @Test(arguments: [
        ("", "at least one step"), ("## A", "is empty"), ("## A\nx\n\n## a!\ny", "same heading"),
        ("## !\nx", "should hold words"),
        ("## A\nx\n\n# B", "at the top only"), ("## A\n~~~kvmscop\nstep\n~~~", "no kind of block"),
        ("~~~kvmscope\nstep exit\n~~~\n## A\nx", "inside a step"),
        ("## A\n~~~kvmscope\n# nothing\n~~~", "a command should"),
        ("## A\n~~~kvmscope\nstep exti\n~~~", "exit"),
        ("## A\n~~~kvmscope on true\nstep exit\n~~~", "may only look"),
        ("## A\n~~~kvmscope off\nshow code\n~~~", "only 'on EXPRESSION'"),
        ("## A\n~~~kvmscope on ((\nshow code\n~~~", "column"),
        ("## A\n> ~~~kvmscope\n> step exit\n> ~~~", "inside a list or a quote"),
        ("## A\n<div>x</div>", "HTML"), ("## A\nx <b>y</b>", "HTML"),
        ("## A\n~~~ask\nchoice: a\n  when true\n~~~", "question"),
        ("## A\n~~~ask\nquestion: q\nchoice: a\n  when true\nthen: step\n~~~", "two choices"),
        ("## A\n~~~ask\nquestion: q\nchoice: a\nchoice: b\nthen: step\n~~~", "when EXPRESSION"),
        ("## A\n~~~ask\nquestion: q\nchoice: a\n  when ((\nthen: step\n~~~", "column"),
        ("## A\n~~~ask\nquestion: q\nchoice: a\n  when true\nchoice: b\n  when false\n~~~", "then"),
        ("## A\n~~~ask\nquestion: q\nquestion: r\n~~~", "twice"), ("## A\n~~~ask\n  indented\n~~~", "no key"),
        ("## A\n~~~ask\nanswer: 2\n~~~", "question:, choice:"), ("## A\n~~~task\nhint: h\nsolution: step\n~~~", "goal"),
        ("## A\n~~~task\ngoal: true\nhint: h\nsolution: step\n~~~", "comment"),
        ("## A\n~~~task\n# t\n\ngoal: true\nhint: h\nsolution: step\n~~~", "comment"),
        ("## A\n~~~task\n# t\ngoal: true\nsolution: step\n~~~", "hint"),
        ("## A\n~~~task\n# t\ngoal: true\nhint: h\n~~~", "solution"),
        ("## A\n~~~task\n# t\ngoal: true\nhint:\n  when true\nsolution: step\n~~~", "should stand a text"),
        ("## A\n~~~task\n# t\ngoal: true\nhint: h\nsolution:\n~~~", "nothing stands"),
        ("## A\n~~~task\n# t\ngoal: true\nhint: - h\nsolution: step\n~~~", "plain text"),
    ])
    func malformedStepsAreErrorsWithTheirLine(steps: String, part: String) {
        let error = #expect(throws: LessonError.self) { try lesson(steps) }
        #expect(error?.message.contains(part) == true, "\(error.map(String.init(describing:)) ?? "none")")
        #expect((error?.line ?? 0) > 6)
        #expect(error?.message.contains("\n") == false)
    }

    @Test(arguments: [
        "", "---", "---\n", "---\n---\n", "no front matter", "---\ntitle: x\n---\n## A\nb", "---\n- a\n---\n", "\0",
    ])
    func aFileWithoutFrontMatterIsAnError(text: String) {
        #expect(throws: LessonError.self) { try Lesson.parse(text, directory: "x") }
    }

    @Test func cutAnywhereALessonStillParsesOrIsAnError() throws {
        let text = lessonText(goodSteps)
        for length in 0..<text.utf8.count {
            let cut = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            do { _ = try Lesson.parse(cut, directory: "x") } catch { #expect(!error.message.isEmpty) }
        }
    }

    @Test func deepNestingIsAnErrorAndNoTrap() {
        for deep in [
            String(repeating: ">", count: 20_000) + "x", String(repeating: "*a ", count: 9) + "x",
            String(repeating: "- ", count: 2000) + "x",
        ] {
            _ = try? lesson("## A\n\(deep)")
        }
        #expect(throws: LessonError.self) { try lesson("## A\n" + String(repeating: ">", count: 20_000) + "x") }
    }

    @Test func linesMayEndAsOnWindows() throws {
        let text = lessonText(goodSteps).split(separator: "\n", omittingEmptySubsequences: false).joined(
            separator: "\r\n")
        #expect(try Lesson.parse(text, directory: "x").steps.count == 2)
    }

    struct Wrong: Error {}

    @Test func commandsAreBounded() {
        let many = "```kvmscope\n" + String(repeating: "pause\n", count: LessonParser.mostCommands + 1) + "```\n"
        #expect(throws: LessonError.self) { try lesson("## A step\n\n" + many) }
        let few = "```kvmscope\n" + String(repeating: "pause\n", count: LessonParser.mostCommands) + "```\n"
        #expect(throws: Never.self) { try lesson("## A step\n\n" + few) }
    }
}
