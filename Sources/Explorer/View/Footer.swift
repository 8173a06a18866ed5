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
        if model.palette != nil {
            items = [
                Item(keys: "Enter", label: "run"), Item(keys: "Tab", label: "complete"),
                Item(keys: "Up/Down", label: "earlier lines"), Item(keys: "Esc", label: "cancel"),
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
        return items.compactMap(\.self) + [item(.palette(nil), "command"), item(.help(nil), "help"), item(.quit, "quit")]
            .compactMap(\.self)
    }

    private static func usual(_ model: Model) -> [Item] {
        let situation = model.situation
        var items = CommandTable.hints(in: situation).map { Item(keys: $0.keys, label: $0.label, command: $0.command) }
        // What a lesson waits for comes first, since without it nothing goes on.
        let inLesson = model.focus == .lesson
        items.removeAll { item in
            switch item.command {
            case .lesson(.next), .lesson(.previous): true
            case .lesson(.answer): true
            default: false
            }
        }
        switch model.lesson?.prompt {
        case .answer(let count):
            let letters = CommandTable.keys(for: .lesson(.answer(count))).first.map { "\($0)" } ?? ""
            let first = CommandTable.keys(for: .lesson(.answer(1))).first.map { "\($0)" } ?? ""
            items.insert(Item(keys: inLesson ? "1-\(count)" : "\(first)-\(letters)", label: "answer"), at: 0)
        case .perform: items.insert(next("do it", inLesson), at: 0)
        case .nextStep: items.insert(next("next step", inLesson), at: 0)
        case .forward: items.insert(next("forward", inLesson), at: 0)
        case .stuck: items.insert(next("go on", inLesson), at: 0)
        case .finished: items.insert(next("all lessons", inLesson), at: 0)
        case .task, .wait, nil: break
        }
        return items
    }

    private static func next(_ label: String, _ inLesson: Bool) -> Item {
        let key = CommandTable.keys(for: inLesson ? .choose : .lesson(.next)).first
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

    var plain: String { items.map { "\($0.keys) \($0.label)" }.joined(separator: ", ") }
}
