import Command
import Lesson
import Screen
import Timeline

extension Update {
    /// A key goes to what is open on top: the palette, the help, the menu, and else to the table of keys.
    mutating func press(_ key: Key) {
        if key == .control("l") { return give(.redraw) }
        if model.palette != nil { return pressInPalette(key) }
        if model.help != nil { return pressInHelp(key) }
        guard let chord = KeyChord(key) else { return }
        let command = CommandTable.command(for: chord)
        if model.menu != nil { return pressInMenu(chord, command) }
        if let number = answer(chord) { return answerBySight(number) }
        if case .lesson(.answer(let number))? = command, model.situation.hasQuestion { return answerBySight(number) }
        guard let command else { return }
        give(command)
    }

    /// Gives the answer of a key where the person sees what it answers; else brings that into view.
    private mutating func answerBySight(_ number: Int) {
        if model.seesChoice(number) { return give(.lesson(.answer(number))) }
        showLesson()
        if let rect = model.layout.rect(of: .lesson) {
            let inside = Screen.Pane.inside(rect)
            let context = model.context(for: .lesson, world: model.world)
            let state = LessonPane.showingQuestion(context, width: inside.width, height: inside.height)
            model.arrangement.set(state, of: .lesson)
        }
        model.notice = Notice("this is the question; the key again answers it")
    }

    /// Puts the lesson's text on the screen, where it is not.
    mutating func showLesson() {
        guard model.lesson != nil, model.layout.rect(of: .lesson) == nil else { return }
        model.arrangement.isZoomed = false
        if model.layout.rect(of: .lesson) == nil {
            model.arrangement.show(.lesson)
            focus(.lesson)
        }
    }

    /// A digit answers the lesson's question while the lesson has the keys; elsewhere digits choose panes.
    private func answer(_ chord: KeyChord) -> Int? {
        guard case .answer(let count)? = model.lesson?.prompt, model.focus == .lesson,
            case .character(let character) = chord, let digit = character.wholeNumberValue, character.isASCII,
            (1...max(1, count)).contains(digit)
        else { return nil }
        return digit
    }

    private mutating func pressInPalette(_ key: Key) {
        switch key {
        case .escape, .control("g"): if model.palette?.cancelRecall() != true { model.palette = nil }
        case .enter: enter()
        case .backspace where model.palette?.field.text.isEmpty == true: model.palette = nil
        default:
            let (history, vocabulary) = (model.history, model.vocabulary)
            _ = model.palette?.handle(key, history: history, vocabulary: vocabulary)
        }
    }

    /// Carries out the palette's line; one that cannot be read stays open, with the place marked.
    private mutating func enter() {
        guard var line = model.palette?.field.text else { return }
        // Hands from vi type the colon that is there already.
        if line.hasPrefix(":") { line = String(line.drop { $0 == ":" || $0 == " " }) }
        if ["q!", "wq", "x!"].contains(line) { line = "quit" }
        guard line.contains(where: { $0 != " " }) else {
            model.palette = nil
            return
        }
        let command: Command
        do { command = try Command(parsing: line) } catch {
            model.palette?.error = error
            model.palette?.selection = nil
            model.palette?.cycle = nil
            return
        }
        model.palette = nil
        if model.history.last != line {
            model.history.append(line)
            effects.append(.keepLine(line))
        }
        if model.history.count > 500 { model.history.removeFirst(100) }
        give(command)
    }

    private mutating func pressInHelp(_ key: Key) {
        let page = max(1, model.helpHeight - 1)
        switch key {
        case .escape, .enter, .character("q"), .character("?"), .character("B"), .function(1): model.help = nil
        case .up, .character("k"): scrollHelp(-1)
        case .down, .character("j"): scrollHelp(1)
        case .pageUp, .character("b"): scrollHelp(-page)
        case .pageDown, .character(" "): scrollHelp(page)
        case .home, .character("g"): scrollHelp(-1_000_000)
        case .end, .character("G"): scrollHelp(1_000_000)
        default: break
        }
    }

    mutating func scrollHelp(_ rows: Int) {
        guard let help = model.help else { return }
        let total = HelpView.lines(help.content, model.timeline, width: model.helpWidth).count
        let scroll = Scroll(offset: help.scroll, visible: model.helpHeight, total: total)
        model.help?.scroll = scroll.moved(by: rows).offset
    }

    private mutating func pressInMenu(_ chord: KeyChord, _ command: Command?) {
        model.notice = nil
        let page = max(1, model.height / 3)
        switch command {
        case .move(.up), .focusPrevious: model.menu?.move(by: -1)
        case .move(.down), .focusNext: model.menu?.move(by: 1)
        case .move(.pageUp): model.menu?.move(by: -page)
        case .move(.pageDown): model.menu?.move(by: page)
        case .goTo(.start): model.menu?.move(by: -10_000)
        case .goTo(.end): model.menu?.move(by: 10_000)
        case .choose: openSelected()
        case .focus:
            // A digit is the lesson's number here.
            guard case .character(let digit) = chord, let number = digit.wholeNumberValue else { return }
            if let index = model.menu?.listings.firstIndex(where: { $0.number == number }) {
                model.menu?.selection = index
            }
        case .cancel:
            // The menu over an open lesson goes; the menu with which the program began stays.
            if model.lesson != nil { model.menu = nil }
        case .quit, .help, .palette, .mouse: if let command { give(command) }
        default: break
        }
    }

    mutating func openSelected() {
        guard let listing = model.menu?.selected, model.menu?.opening == nil else { return }
        if let obstacle = listing.obstacle {
            model.notice = Notice(obstacle, .bad)
            return
        }
        model.menu?.opening = listing.name
        effects.append(.openLesson(listing.name))
    }
}

extension Model {
    /// Whether the choice of the open question that has this number, from 1, can be read on the screen.
    fileprivate func seesChoice(_ number: Int) -> Bool {
        guard let rect = layout.rect(of: .lesson) else { return false }
        let inside = Screen.Pane.inside(rect)
        let context = context(for: .lesson, world: timeline.live)
        let question = LessonPane.question(context, width: inside.width, height: inside.height)
        // A number that the question does not have is answered by the lesson.
        guard question.choices.indices.contains(number - 1) else { return !question.choices.isEmpty }
        return question.seen.overlaps(question.choices[number - 1])
    }
}

extension KeyChord {
    /// Nil for a key that no command can have.
    init?(_ key: Key) {
        switch key {
        case .character(let character): self = .character(character)
        case .control(let letter): self = .control(letter)
        case .enter: self = .named(.enter)
        case .escape: self = .named(.escape)
        case .tab: self = .named(.tab)
        case .backTab: self = .named(.backTab)
        case .up: self = .named(.up)
        case .down: self = .named(.down)
        case .left: self = .named(.left)
        case .right: self = .named(.right)
        case .pageUp: self = .named(.pageUp)
        case .pageDown: self = .named(.pageDown)
        case .home: self = .named(.home)
        case .end: self = .named(.end)
        case .insert: self = .named(.insert)
        case .backspace: self = .named(.backspace)
        case .delete: self = .named(.delete)
        case .function(1): self = .named(.f1)
        case .function, .alt: return nil
        }
    }
}
