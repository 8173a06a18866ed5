import Command
import Screen
import Timeline

import enum Command.Pane

/// One pane: a function from what may be looked at to rows of text, or to a drawing.
///
/// Rows depend on the context and the size alone. A pane asks for nothing else and keeps nothing.
protocol PaneView {
    static var pane: Pane { get }

    /// The rows from top to bottom.
    ///
    /// All of them; the frame shows those from `scroll` on. A pane whose content is long (calls, events, memory)
    /// answers `isWindow` with true and returns only the rows that `scroll` names, at most `height`.
    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line]

    /// Where the facts come from, for the frame's upper right: `procfs`, `ioctl`, `kvm_run + ioctl`.
    static func source(_ context: PaneContext) -> String

    /// Whether `lines` returns only the visible rows.
    static var isWindow: Bool { get }

    /// Which rows of how many are visible in a view of this size.
    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll

    /// Draws on the inside of the frame; only a pane that is not a list of rows has one of its own.
    static func draw(_ context: PaneContext, on canvas: inout Canvas)

    /// How the pane is looked at after an arrow or page key.
    static func moved(_ direction: Command.Direction, _ context: PaneContext, width: Int, height: Int) -> PaneState

    /// What Enter does on the row of the pane's own cursor; nil where it does nothing.
    static func chosen(_ context: PaneContext) -> Command?

    /// The walk of the address that the pane's own cursor is on; nil where there is none.
    static func walked(_ context: PaneContext, width: Int, height: Int) -> Command?
}

extension PaneView {
    static var isWindow: Bool { false }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        Scroll(
            offset: context.view.scroll, visible: height, total: lines(context, width: width, height: height).count)
    }

    static func draw(_ context: PaneContext, on canvas: inout Canvas) {
        let lines = lines(context, width: canvas.width, height: canvas.height)
        guard !isWindow else {
            canvas.put(lines.prefix(canvas.height))
            return
        }
        let scroll = Scroll(offset: context.view.scroll, visible: canvas.height, total: lines.count)
        canvas.put(lines[scroll.rows])
    }

    static func moved(
        _ direction: Command.Direction, _ context: PaneContext, width: Int, height: Int
    ) -> PaneState {
        var state = context.view
        let scroll = scroll(context, width: width, height: height)
        state.scroll = scroll.moved(by: direction.rows(page: height)).offset
        // Seen up to the last row, a pane goes on with what comes; scrolled up, it stays.
        state.followsCursor = state.scroll + scroll.visible >= scroll.total
        return state
    }

    static func chosen(_ context: PaneContext) -> Command? { nil }

    static func walked(_ context: PaneContext, width: Int, height: Int) -> Command? { nil }
}

extension Command.Direction {
    /// Rows down; a page leaves one row of what was seen.
    func rows(page height: Int) -> Int {
        switch self {
        case .up: -1
        case .down: 1
        case .pageUp: -max(1, height - 1)
        case .pageDown: max(1, height - 1)
        case .left, .right: 0
        }
    }
}
