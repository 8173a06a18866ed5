import Command
import Lesson
import Screen

/// The keys that matter where the person is, made from the table of commands.
struct Footer {
    struct Item: Equatable {
        var keys: String
        var label: String
        /// What a click on it gives.
        var command: Command?

        var width: Int { Text.width(keys) + 1 + Text.width(label) }
    }

    private(set) var items: [Item] = []
    private static let gap = 2

    init(_ model: Model) {
        if model.palette?.recall != nil {
            items = [
                Item(keys: "Enter", label: "run"), Item(keys: "Ctrl-R", label: "further back"),
                Item(keys: "Esc", label: "give up the search"),
            ]
        } else if model.palette != nil {
            items = [
                Item(keys: "Enter", label: "run"), Item(keys: "Tab", label: "complete"),
                Item(keys: "Up/Down", label: "earlier lines"), Item(keys: "Ctrl-R", label: "search them"),
                Item(keys: "Esc", label: "cancel"),
            ]
        } else if model.help != nil {
            items = [
                Item(keys: "Up/Down", label: "scroll"), Item(keys: "Space", label: "page"),
                Item(keys: "Esc", label: "close", command: .cancel),
            ]
        } else if model.menu != nil {
            items = Self.menu(model)
        } else {
            items = Self.usual(model)
        }
    }

    private static func menu(_ model: Model) -> [Item] {
        var items = [Item(keys: "Up/Down", label: "choose"), item(.choose, "open")]
        if model.lesson != nil { items.append(item(.cancel, "back to the lesson")) }
        return items.compactMap(\.self)
            + [item(.palette(nil), "command"), item(.help(nil), "help"), item(.quit, "quit")]
            .compactMap(\.self)
    }

    private static func usual(_ model: Model) -> [Item] {
        let situation = model.situation
        // Of equal rank, the table's own order decides.
        let hints = CommandTable.hints(in: situation).enumerated().sorted {
            (rank($0.element.command, situation), $0.offset) < (rank($1.element.command, situation), $1.offset)
        }
        // At the end of a recording nothing runs on; a step's key stays for the sake of its capital.
        let isOver = !situation.isLive && situation.isAtEnd
        var items = hints.map(\.element).filter {
            !isLessonHint($0.command) && !(isOver && [.run, .toggleRun].contains($0.command))
        }.map {
            let isNow = $0.command == .goTo(.end) && !model.environment.isReplay
            return Item(keys: $0.keys, label: isNow ? "now" : $0.label, command: $0.command)
        }
        if situation.machine == .ended, situation.isLive, let reset = item(.reset, "reset") {
            items.insert(reset, at: 0)
        }
        let readsOn = model.focus == .lesson && model.hasMoreToRead
        if let lesson = lessonItem(model, takesEnter: model.focus == .lesson && !readsOn) {
            items.insert(lesson, at: 0)
        }
        if readsOn, let key = CommandTable.keys(for: .choose).first {
            items.insert(Item(keys: "\(key)", label: "read on", command: .move(.pageDown)), at: 0)
        }
        return items
    }

    /// The lowest comes first; help and the way out are last and always seen.
    private static func rank(_ command: Command, _ situation: Situation) -> Int {
        switch command {
        case .goTo(.end), .step(.level, _): 0
        case .resume: situation.isAtEnd ? 8 : 1
        case .step(.ioctl, _): situation.machine == .none ? 0 : 4
        case .step(.exit, _), .toggleRun: 1
        case .step(.instruction, _), .lesson: 2
        case .step: 5
        case .help, .quit: 9
        default: 3
        }
    }

    private static func isLessonHint(_ command: Command) -> Bool {
        switch command {
        case .lesson(.next), .lesson(.previous), .lesson(.answer): true
        default: false
        }
    }

    /// What a lesson waits for comes first, since without it nothing goes on.
    private static func lessonItem(_ model: Model, takesEnter: Bool) -> Item? {
        switch model.lesson?.prompt {
        case .answer where model.layout.rect(of: .lesson) == nil:
            return item(.focus(.lesson), "the question")
        case .answer(let count):
            let keys = [1, count].compactMap { CommandTable.keys(for: .lesson(.answer($0))).first?.description }
            return Item(keys: model.focus == .lesson ? "1-\(count)" : keys.joined(separator: "-"), label: "answer")
        case .perform: return next("do it", takesEnter)
        case .nextStep: return next("next step", takesEnter)
        case .forward: return next("forward", takesEnter)
        case .stuck: return next("go on", takesEnter)
        case .finished, .unproved: return next("all lessons", takesEnter)
        case .task, .wait, nil: return nil
        }
    }

    private static func next(_ label: String, _ takesEnter: Bool) -> Item {
        let key = CommandTable.keys(for: takesEnter ? .choose : .lesson(.next)).first
        return Item(keys: key.map { "\($0)" } ?? "", label: label, command: .lesson(.next))
    }

    private static func item(_ command: Command, _ label: String) -> Item? {
        CommandTable.keys(for: command).first.map { Item(keys: "\($0)", label: label, command: command) }
    }

    /// As many as fit whole, in their order.
    private func placed(width: Int) -> [(x: Int, item: Item)] {
        var x = 1
        var placed: [(x: Int, item: Item)] = []
        // Help and the way out stay, however narrow it is.
        let kept = items.suffix(2)
        let reserve = kept.reduce(0) { $0 + $1.width + Self.gap }
        for item in items.dropLast(2) where x + item.width + reserve < width {
            placed.append((x, item))
            x += item.width + Self.gap
        }
        for item in kept where x + item.width < width {
            placed.append((x, item))
            x += item.width + Self.gap
        }
        return placed
    }

    func draw(on canvas: inout Canvas) {
        for (x, item) in placed(width: canvas.width) {
            canvas.put(Line(Span(item.keys, .key), Span(" " + item.label, .dim)), x: x, y: 0)
        }
    }

    /// The command of the hint at a column, as for a click.
    func command(at x: Int, width: Int) -> Command? {
        placed(width: width).first { x >= $0.x && x < $0.x + $0.item.width }?.item.command
    }
}
