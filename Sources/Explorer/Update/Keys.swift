import Command
import Lesson
import Screen

extension Update {
    /// A key goes to what is open on top: the palette, the help, the menu, and else to the table of keys.
    mutating func press(_ key: Key) {
        if model.palette != nil { return pressInPalette(key) }
        if model.help != nil { return pressInHelp(key) }
        guard let chord = KeyChord(key) else { return }
        let command = CommandTable.command(for: chord)
        if model.menu != nil { return pressInMenu(chord, command) }
        if let number = answer(chord) { return give(.lesson(.answer(number))) }
        guard let command else { return }
        give(command)
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
        case .escape, .control("g"): model.palette = nil
        case .enter: enter()
        case .backspace where model.palette?.field.text.isEmpty == true: model.palette = nil
        default:
            let (history, vocabulary) = (model.history, model.vocabulary)
            _ = model.palette?.handle(key, history: history, vocabulary: vocabulary)
        }
    }

    /// Carries out the palette's line; one that cannot be read stays open, with the place marked.
    private mutating func enter() {
        guard let line = model.palette?.field.text else { return }
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
        if model.history.last != line { model.history.append(line) }
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
        case .control("c"): effects.append(.quit)
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
