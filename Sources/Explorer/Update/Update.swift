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
            noteStop()
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
            model.menu?.take(listings)
        case .lessonOpened(let lesson, let progress): open(lesson, progress)
        case .progressNotKept(let reason), .recordingDamaged(let reason): model.notice = Notice(reason, .warning)
        case .lessonRefused(let name, let reason):
            model.menu?.opening = nil
            model.notice = Notice("\(name): \(reason)", .bad)
        case .command(let command): carryOutNow(command)
        case .filesListed(let folder, let files): model.listedFiles = (folder, files)
        case .historyLoaded(let lines): model.history = lines + model.history
        case .searchGoesOn: goOnSearching()
        }
    }

    private mutating func take(_ event: InputEvent) {
        let wasInterrupted = model.isInterrupted
        switch event {
        case .key, .mouse, .paste: model.isInterrupted = false
        default: break
        }
        switch event {
        case .key(.control("c")): interrupt(again: wasInterrupted)
        case .key(let key): press(key)
        case .mouse(let mouse): if model.hasMouse { take(mouse) }
        case .paste(let text):
            model.palette?.insert(text)
        case .resize(let width, let height):
            model.width = min(max(0, width), Grid.maximumWidth)
            model.height = min(max(0, height), Grid.maximumHeight)
        case .interrupted: interrupt(again: wasInterrupted)
        case .terminated, .hangup: effects.append(.quit)
        }
        if model.palette != nil { askForFiles() } else { model.listedFiles = nil }
    }

    /// A command that the person gives, by whatever means.
    mutating func give(_ command: Command) {
        if waitsItsTurn(command) { return model.keysAhead.append(command) }
        carryOutNow(command)
    }

    private mutating func carryOutNow(_ command: Command) {
        model.notice = nil
        if command != .quit { model.hasWarnedOfLoss = false }
        let past = model.past
        if case .failed(let reason) = carryOut(command, for: .person) {
            model.notice = Notice(reason, .bad)
            if command.entry?.needs.contains(.standing) == true { model.keysAhead = [] }
        }
        if model.past != past, case .lesson = command {
        } else if model.past != past {
            play(.cursorMoved(fromPresent: past == nil))
        }
        factsChanged()
    }

    private mutating func finish(
        _ command: Command, _ outcome: LessonPlayer.Outcome, _ origin: Origin, _ said: String?
    ) {
        model.followBranch()
        if origin == .person { model.ownCommand = nil }
        switch outcome {
        case .done:
            noteStop()
            if let said, !said.isEmpty { model.notice = Notice(said) }
            beginSlowMotion()
        case .failed(let reason):
            model.notice = Notice(reason, .bad)
            model.slowMotion = nil
            model.keysAhead = []
            if case .resume = command, let past = model.returningFrom { model.look(at: past) }
        }
        if origin == .lesson {
            play(.commandFinished(outcome))
        }
        factsChanged()
        giveKeysAhead()
    }
}
