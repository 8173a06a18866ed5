import Command
import Screen
import Timeline

import enum Command.Pane

// Panes: which are seen, which has the keys, and what the arrow keys do in it.
extension Update {
    mutating func arrange(_ command: Command, for origin: Origin) -> Progress {
        switch command {
        case .show(let pane):
            if pane == .lesson, model.lesson == nil { return .failed("no lesson is open") }
            model.arrangement.show(pane)
            // With one pane over the screen, showing another one means seeing it.
            if model.arrangement.isZoomed || model.layout.rect(of: pane) == nil { focus(pane) }
        case .hide(let pane):
            guard model.layout.panes.count > 1 || model.layout.rect(of: pane) == nil || model.arrangement.isZoomed
            else {
                return .failed("the last pane stays")
            }
            model.arrangement.hide(pane)
        case .focus(let pane):
            if pane == .lesson, model.lesson == nil { return .failed("no lesson is open") }
            if model.layout.rect(of: pane) == nil { model.arrangement.show(pane) }
            focus(pane)
        case .focusNext: focusBeside(1)
        case .focusPrevious: focusBeside(-1)
        case .zoom(let pane):
            if pane == .lesson, model.lesson == nil { return .failed("no lesson is open") }
            if let pane {
                model.arrangement.show(pane)
                focus(pane)
                model.arrangement.isZoomed = true
            } else {
                model.arrangement.focus = model.focus
                model.arrangement.isZoomed.toggle()
            }
        case .unzoom: model.arrangement.isZoomed = false
        case .move(let direction): move(direction, in: model.focus)
        case .choose: return choose(for: origin)
        default: break
        }
        return .done
    }

    mutating func focus(_ pane: Pane) {
        model.arrangement.hidden.remove(pane)
        model.arrangement.focus = pane
    }

    /// The panes that Tab goes through: those on the screen, and where there is room for few, the usual ones.
    private func focusBeside(_ step: Int, of panes: [Pane]) -> Pane? {
        guard !panes.isEmpty else { return nil }
        let here = panes.firstIndex(of: model.focus) ?? 0
        return panes[(here + step + panes.count) % panes.count]
    }

    private mutating func focusBeside(_ step: Int) {
        let wanted = model.arrangement.wanted(hasLesson: model.lesson != nil)
        let seen = model.unzoomedLayout.panes.map(\.pane)
        let fewest = 5
        let panes =
            seen.count >= fewest
            ? seen : wanted.sorted { $0.usualPlace < $1.usualPlace }.prefix(max(fewest + 3, seen.count)).map { $0 }
        guard let next = focusBeside(step, of: panes) else { return }
        if model.unzoomedLayout.rect(of: next) == nil { model.arrangement.show(next) }
        focus(next)
    }

    mutating func move(_ direction: Command.Direction, in pane: Pane) {
        guard let rect = model.layout.rect(of: pane) else { return }
        let inside = Screen.Pane.inside(rect)
        let context = model.context(for: pane, world: model.world)
        let state = Panes.view(for: pane).moved(direction, context, width: inside.width, height: inside.height)
        model.arrangement.set(state, of: pane)
    }

    /// Enter: in the lesson it reads on and then goes on; elsewhere it acts on the row of the pane's own cursor.
    private mutating func choose(for origin: Origin) -> Progress {
        if model.focus == .lesson, model.lesson != nil {
            return carryOut(model.hasMoreToRead ? .move(.pageDown) : .lesson(.next), for: origin)
        }
        let context = model.context(for: model.focus, world: model.world)
        guard let command = Panes.view(for: model.focus).chosen(context), command != .choose else { return .done }
        return carryOut(command, for: origin)
    }
}

extension Model {
    var layout: ScreenLayout { layout(isZoomed: arrangement.isZoomed) }
    var unzoomedLayout: ScreenLayout { layout(isZoomed: false) }

    private func layout(isZoomed: Bool) -> ScreenLayout {
        ScreenLayout(
            width: width, height: height, wanted: arrangement.wanted(hasLesson: lesson != nil),
            focus: arrangement.focus,
            isZoomed: isZoomed)
    }

    /// Whether the lesson's text goes on below what is seen of it.
    var hasMoreToRead: Bool {
        guard lesson != nil, let rect = layout.rect(of: .lesson) else { return false }
        let inside = Screen.Pane.inside(rect)
        let scroll = Panes.view(for: .lesson).scroll(
            context(for: .lesson, world: timeline.live), width: inside.width, height: inside.height)
        return scroll.rows.upperBound < scroll.total
    }

    /// The pane that has the keys: the one that was chosen, or the first on the screen where that is not there.
    var focus: Pane {
        let panes = layout.panes
        return panes.contains { $0.pane == arrangement.focus }
            ? arrangement.focus : panes.first?.pane ?? arrangement.focus
    }
}
