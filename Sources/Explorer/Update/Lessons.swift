import Command
import Lesson

// The lesson: what it asks for is carried out like everything else, one command after another.
extension Update {
    mutating func open(_ lesson: Lesson, _ progress: LessonProgress) {
        model.menu = nil
        model.help = nil
        model.notice = nil
        (model.ownCommand, model.keysAhead) = (nil, [])
        model.past = nil
        model.vcpu = 0
        model.marks = [:]
        model.arrangement = Arrangement()
        model.arrangement.focus = .lesson
        model.lesson = LessonPlayer(lesson: lesson, progress: progress)
        play(.resume)
    }

    mutating func lesson(_ command: Command.LessonCommand, for origin: Origin) -> Progress {
        guard origin == .person else { return .failed("a lesson does not turn its own pages") }
        switch command {
        case .open(let name):
            model.notice = Notice("opening \(name)")
            effects.append(.openLesson(name))
        case .menu:
            model.menu = LessonMenu(from: model.lesson?.lesson.name)
            model.help = nil
            effects.append(.loadLessons)
        case .next:
            if model.lesson?.prompt == .finished || model.lesson?.prompt == .unproved { leave() } else { turn(.next) }
        case .previous: turn(.previous)
        case .resume: play(.resume)
        case .retry: play(.retry)
        case .hint:
            // One that nobody can see would be spent.
            showLesson()
            play(.hint)
        case .solution: play(.solution)
        case .answer(let number): play(.answer(number))
        }
        return .done
    }

    /// A lesson that is over is left for the menu, and its machine is not needed any more.
    private mutating func leave() {
        model.menu = LessonMenu(from: model.lesson?.lesson.name, isDone: true)
        model.lesson = nil
        effects += [.closeMachine, .loadLessons]
    }

    /// A new page is read from its top.
    private mutating func turn(_ input: LessonPlayer.Input) {
        let before = model.lesson?.viewedStep
        play(input)
        if model.lesson?.viewedStep != before { model.arrangement.set(PaneState(), of: .lesson) }
    }

    mutating func factsChanged() {
        guard let lesson = model.lesson, lesson.state == .working else { return }
        play(.factsChanged)
    }

    /// Hands an input to the player and carries out what it answers, until it waits; a question is then on the screen.
    mutating func play(_ input: LessonPlayer.Input) {
        let wasAsked = model.situation.hasQuestion
        carryOut(input)
        if model.situation.hasQuestion, !wasAsked { showLesson() }
    }

    private mutating func carryOut(_ input: LessonPlayer.Input) {
        var inputs = [input]
        while !inputs.isEmpty {
            guard var player = model.lesson else { return }
            let answers = player.handle(inputs.removeFirst(), facts: model.facts)
            model.lesson = player
            for answer in answers {
                switch answer {
                case .open:
                    // Another run begins, in the same timeline.
                    model.past = nil
                    model.marks = [:]
                    model.strip = StripIndex()
                    effects.append(.prepareMachine(player.lesson))
                case .perform(let line):
                    switch carryOut(line.command, for: .lesson) {
                    case .done: inputs.append(.commandFinished(.done))
                    case .failed(let reason): inputs.append(.commandFinished(.failed("\(line.command): \(reason)")))
                    case .underWay: break
                    }
                case .say(let remark): note(remark)
                case .save: effects.append(.saveProgress(lesson: player.lesson.name, player.progress))
                }
            }
        }
    }

    /// What the player says stands in the lesson pane; one line of it is for those who look elsewhere.
    private mutating func note(_ remark: LessonRemark) {
        let text = remark.text.plain
        switch remark.kind {
        case .verdict(let isRight):
            model.notice = Notice(text, isRight == true ? .good : .plain)
        case .taskDone: model.notice = Notice("the task is done", .good)
        case .trouble: model.notice = Notice(text, .bad)
        case .note: model.notice = Notice(text)
        case .hint, .because: break
        }
    }
}
