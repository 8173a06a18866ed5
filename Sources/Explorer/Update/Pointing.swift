import Command
import Screen

// The mouse does nothing that a key cannot do.
extension Update {
    mutating func take(_ mouse: Mouse) {
        let point = Point(mouse.x, mouse.y)
        switch mouse.action {
        case .wheelUp: wheel(-3, at: point)
        case .wheelDown: wheel(3, at: point)
        case .press(1): press(at: point)
        case .drag(1): if model.isPlain { moveCursor(to: point) }
        case .press, .release, .drag: break
        }
    }

    private mutating func wheel(_ rows: Int, at point: Point) {
        if model.palette != nil { return }
        if model.help != nil { return scrollHelp(rows) }
        if model.menu != nil {
            model.menu?.move(by: rows.signum())
            return
        }
        guard let placed = model.layout.pane(at: point) else { return }
        for _ in 0..<abs(rows) { move(rows < 0 ? .up : .down, in: placed.pane) }
    }

    private mutating func press(at point: Point) {
        if model.palette != nil { return }
        if model.help != nil {
            model.help = nil
            return
        }
        if model.menu != nil {
            guard let index = MenuView.listing(at: point, in: model) else { return }
            if model.menu?.selection == index { openSelected() } else { model.menu?.selection = index }
            return
        }
        let layout = model.layout
        if let placed = layout.pane(at: point) {
            model.arrangement.focus = placed.pane
        } else if layout.footer.contains(point) {
            if let command = Footer(model).command(at: point.x - layout.footer.x, width: layout.footer.width) {
                give(command)
            }
        } else {
            moveCursor(to: point)
        }
    }

    private mutating func moveCursor(to point: Point) {
        let layout = model.layout
        guard layout.strip.contains(point), !layout.panes.isEmpty,
            let event = StripView(model).event(at: point.x - layout.strip.x, width: layout.strip.width)
        else { return }
        model.notice = nil
        model.look(at: event + 1)
        factsChanged()
    }
}

extension Model {
    /// Whether nothing lies over the panes.
    var isPlain: Bool { palette == nil && help == nil && menu == nil }
}
