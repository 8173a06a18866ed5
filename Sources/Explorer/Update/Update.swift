import Command
import Lesson
import Screen
import Timeline

/// Takes one message into the model and says what the program must do about it.
///
/// Pure: it touches nothing but the model, and reads the timeline that the model shows.
public func update(_ model: inout Model, _ message: Message) -> [Effect] {
    var update = Update(model: model)
    update.take(message)
    model = update.model
    return update.effects
}

/// One message on its way through the model.
struct Update {
    var model: Model
    var effects: [Effect] = []

    mutating func take(_ message: Message) {
        switch message {
        case .input(let event): take(event)
        case .timelineChanged:
            model.followBranch()
            if let past = model.past { model.look(at: past) }
            factsChanged()
        case .commandFinished(let command, let outcome, let origin, let said): finish(command, outcome, origin, said)
        case .machinePrepared(let outcome):
            model.past = nil
            model.strip.follow(model.timeline)
            if case .failed(let reason) = outcome { model.notice = Notice(reason, .bad) }
            play(.commandFinished(outcome))
        case .lessonsLoaded(let listings):
            model.lessonNames = listings.map(\.name)
            guard model.menu != nil else { return }
            let name = model.menu?.selected?.name ?? model.menu?.origin
            model.menu?.listings = listings
            model.menu?.isLoaded = true
            model.menu?.selection = listings.firstIndex { $0.name == name } ?? 0
        case .lessonOpened(let lesson, let progress): open(lesson, progress)
        case .lessonRefused(let name, let reason):
            model.menu?.opening = nil
            model.notice = Notice("\(name): \(reason)", .bad)
        case .command(let command): give(command)
        case .searchGoesOn: goOnSearching()
        }
    }

    private mutating func take(_ event: InputEvent) {
        switch event {
        case .key(let key): press(key)
        case .mouse(let mouse): if model.hasMouse { take(mouse) }
        case .paste(let text):
            model.palette?.insert(text)
        case .resize(let width, let height):
            model.width = min(max(0, width), Grid.maximumWidth)
            model.height = min(max(0, height), Grid.maximumHeight)
        case .interrupted, .terminated, .hangup: effects.append(.quit)
        }
    }

    /// A command that the person gives, by whatever means.
    mutating func give(_ command: Command) {
        model.notice = nil
        if command != .quit { model.hasWarnedOfLoss = false }
        if case .failed(let reason) = carryOut(command, for: .person) { model.notice = Notice(reason, .bad) }
        factsChanged()
    }

    private mutating func finish(
        _ command: Command, _ outcome: LessonPlayer.Outcome, _ origin: Origin, _ said: String?
    ) {
        model.followBranch()
        switch outcome {
        case .done:
            if let said, !said.isEmpty { model.notice = Notice(said) }
            beginSlowMotion()
        case .failed(let reason):
            model.notice = Notice(reason, .bad)
            model.slowMotion = nil
            if case .resume = command, let past = model.returningFrom { model.look(at: past) }
        }
        if origin == .lesson {
            play(.commandFinished(outcome))
        }
        factsChanged()
    }
}
