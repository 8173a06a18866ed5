import Command
import Screen
import Timeline

import enum Command.Pane

/// Every event that is kept, one a row, with the cursor's place among them.
///
/// `selection` is an event's position in the timeline; the rows behind the cursor are what was recorded after it.
enum EventsPane: PaneView {
    static let pane = Pane.events
    static let isWindow = true

    static func source(_ context: PaneContext) -> String { "timeline" }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        let timeline = context.timeline
        let visible = max(1, height - 1)
        let total = timeline.end - timeline.first
        guard context.view.followsCursor else {
            return Scroll(offset: context.view.scroll, visible: visible, total: total)
        }
        // A third of the rows is kept for what lies ahead of the cursor.
        let bottom = min(timeline.end, context.cursor + visible / 3)
        return Scroll(offset: bottom - timeline.first - visible, visible: visible, total: total)
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        let timeline = context.timeline
        guard timeline.end > timeline.first else {
            return PaneText.unknown(
                "No event yet", why: "nothing has happened", remedy: "build the machine or run a guest", width: width,
                height: height)
        }
        let recent = Recent(context)
        let selected = context.view.selection.map { max($0, timeline.first) - timeline.first }
        let table = Table(columns, count: timeline.end - timeline.first, selection: selected) { row in
            let position = timeline.first + row
            guard let event = timeline[position] else { return Table.Row([]) }
            return self.row(
                event, position: position, cursor: context.cursor,
                isNew: position >= recent.boundary && position < context.cursor)
        }
        let offset = scroll(context, width: width, height: height).offset
        return PaneText.table(table, width: width, height: height, offset: offset)
    }

    private static let columns = [
        Table.Column("", width: 1, priority: 95),
        Table.Column("#", width: 6, .right, priority: 90),
        Table.Column("SECONDS", width: 10, .right, priority: 50),
        Table.Column("KIND", width: 8, priority: 70),
        Table.Column("EVENT", width: 18, grow: 1, priority: 100),
    ]

    private static func row(_ event: Event, position: Int, cursor: Int, isNew: Bool) -> Table.Row {
        let isAhead = position >= cursor
        let isHere = position == cursor - 1
        return Table.Row(
            [
                Line(isHere ? "◆" : "", .emphasis), Line("\(position + 1)", .dim),
                Line(moment(event.nanoseconds), .dim),
                Line(EventText.kind(event), isAhead ? .dim : kindStyle(event)),
                Line(EventText.line(event), isAhead ? .dim : textStyle(event)),
            ], changed: isNew)
    }

    /// Seconds with microseconds.
    private static func moment(_ nanoseconds: UInt64) -> String {
        let micro = nanoseconds / 1000
        let rest = String(micro % 1_000_000)
        return "\(micro / 1_000_000)." + String(repeating: "0", count: 6 - rest.count) + rest
    }

    private static func kindStyle(_ event: Event) -> Style {
        switch event.body {
        case .ioctl, .gate, .descriptor, .slot: .kernelMode
        case .exit, .console, .kernel: .guestMode
        case .thread, .resumed, .stopped: .userMode
        default: .dim
        }
    }

    private static func textStyle(_ event: Event) -> Style {
        switch event.body {
        case .problem: .bad
        case .ioctl(let call): call.errno != 0 ? .bad : call.observing ? .dim : .normal
        case .exit(let exit): exit.isTrouble ? .bad : .normal
        case .guide, .registers, .memory, .descriptors, .threads, .keyframe: .dim
        default: .normal
        }
    }

    static func moved(
        _ direction: Command.Direction, _ context: PaneContext, width: Int, height: Int
    ) -> PaneState {
        let timeline = context.timeline
        guard timeline.end > timeline.first else { return context.view }
        var state = context.view
        let from = min(max(timeline.first, state.selection ?? context.cursor - 1), timeline.end)
        let rows = direction.rows(page: max(1, height - 1))
        let selection = min(max(timeline.first, from + rows), timeline.end - 1)
        state.scroll =
            scroll(context, width: width, height: height).showing(selection - timeline.first).offset
        state.followsCursor = selection == context.cursor - 1
        state.selection = state.followsCursor ? nil : selection
        return state
    }

    static func chosen(_ context: PaneContext) -> Command? {
        guard let selection = context.view.selection, context.timeline[selection] != nil else { return nil }
        return .goTo(.event(selection + 1))
    }
}
