import Screen
import Timeline

/// The timeline at a glance, with its label; one tick for each event and the cursor below it.
struct StripView {
    let strip: TickStrip
    private let first: Int
    private let labelText: String
    private let cursorText: String
    private static let labelWidth = 10

    init(_ model: Model) {
        let index = model.strip
        first = index.first
        let count = max(0, index.end - index.first)
        let cursor = model.cursor
        // The cursor stands behind an event; its tick is that event's.
        strip = TickStrip(count: count, cursor: cursor - 1 - index.first) { range in
            let mark = index.mark(in: range)
            return TickStrip.Tick(mark.character, mark.style)
        }
        let branches = model.timeline.branches
        let place = branches.firstIndex { $0.id == model.timeline.branch } ?? 0
        labelText = branches.count > 1 ? "run \(place + 1)/\(branches.count)" : "timeline"
        cursorText = model.isLive ? "now" : "past"
    }

    func draw(on canvas: inout Canvas) {
        canvas.put(labelText, x: 1, y: 0, .dim)
        if canvas.height > 1 { canvas.put(cursorText, x: 1, y: 1, cursorText == "now" ? .dim : .warning) }
        canvas.within(Rect(x: Self.labelWidth, y: 0, width: canvas.width - Self.labelWidth - 1, height: canvas.height))
        {
            strip.draw(on: &$0)
        }
    }

    /// The position of the event at a column of the whole strip; nil beside it.
    func event(at x: Int, width: Int) -> Int? {
        strip.event(at: x - Self.labelWidth, width: width - Self.labelWidth - 1).map { $0 + first }
    }
}

extension StripIndex.Mark {
    var style: Style {
        switch self {
        case .other, .ioctl: .dim
        case .kernel: .kernelMode
        case .console: .userMode
        case .start, .end: .emphasis
        case .exit: .accent
        case .mark, .fork: .link
        case .problem: .bad
        }
    }
}
