import Command
public import Screen
import Timeline

import enum Command.Pane

extension Model {
    /// The whole screen as the model says it.
    public var grid: Grid {
        let grid = Grid(width: width, height: height) { ScreenView.draw(self, on: &$0) }
        return environment.isASCII ? grid.asciiFallback : grid
    }
}

/// Puts header, panes, strip, status, notice and footer in their places, and over them what is open.
enum ScreenView {
    static func draw(_ model: Model, on canvas: inout Canvas) {
        if ScreenLayout.isTooSmall(width: model.width, height: model.height) { return drawTooSmall(on: &canvas) }
        let layout = model.layout
        if let menu = model.menu {
            MenuView.draw(menu, model, on: &canvas)
            canvas.within(layout.notice) { NoticeLine(model, isProblem: false).draw(on: &$0) }
        } else {
            drawRun(model, layout, on: &canvas)
        }
        canvas.within(layout.footer) { Footer(model).draw(on: &$0) }
        if let help = model.help { HelpView.draw(help, model.timeline, on: &canvas) }
        if let palette = model.palette {
            PaletteView.draw(palette, model, in: layout.notice, status: layout.status, on: &canvas)
        }
    }

    private static func drawRun(_ model: Model, _ layout: ScreenLayout, on canvas: inout Canvas) {
        let world = model.world
        canvas.within(layout.header) { Header(model, world).draw(on: &$0) }
        let focus = model.focus
        for placed in layout.panes { draw(placed, model, world, isFocused: placed.pane == focus, on: &canvas) }
        if layout.panes.isEmpty { drawNoPanes(in: layout.body, on: &canvas) }
        canvas.within(layout.strip) { StripView(model).draw(on: &$0) }
        let happening = Happening(model, world)
        canvas.within(layout.status) { $0.put(happening.line, x: 1, y: 0, width: max(0, $0.width - 2)) }
        canvas.within(layout.notice) { NoticeLine(model, isProblem: happening.isProblem).draw(on: &$0) }
    }

    private static func draw(
        _ placed: ScreenLayout.Placed, _ model: Model, _ world: World, isFocused: Bool, on canvas: inout Canvas
    ) {
        let view = Panes.view(for: placed.pane)
        let context = model.context(for: placed.pane, world: world)
        let inside = Screen.Pane.inside(placed.rect)
        let scroll = view.scroll(context, width: inside.width, height: inside.height)
        Screen.Pane(
            title(placed.pane), source: view.source(context), isFocused: isFocused,
            scroll: scroll.isNeeded ? scroll : nil
        ).draw(on: &canvas, in: placed.rect) { view.draw(context, on: &$0) }
    }

    /// The digit that chooses the pane stands before its name.
    private static func title(_ pane: Pane) -> Line {
        guard let digit = pane.digit else { return Line(pane.title, .title) }
        return Line(Span("\(digit) ", .key), Span(pane.title, .title))
    }

    private static func drawNoPanes(in rect: Rect, on canvas: inout Canvas) {
        let keys = CommandTable.keys(for: .focus(.flowchart)).first.map { "\($0)" } ?? "focus flowchart"
        canvas.within(rect) {
            $0.put(
                Line("no pane is shown; \(keys) shows the flowchart", .dim).padded(to: rect.width, .center), x: 0,
                y: rect.height / 2)
        }
    }

    private static func drawTooSmall(on canvas: inout Canvas) {
        let text =
            "kvmscope needs a terminal of \(ScreenLayout.minimumWidth)×\(ScreenLayout.minimumHeight) or more; "
            + "this one is \(canvas.width)×\(canvas.height). Nothing is lost: make it larger, or press q to quit."
        let lines = Line(text).wrapped(to: max(1, canvas.width - 2))
        let y = max(0, (canvas.height - lines.count) / 2)
        canvas.put(lines, x: canvas.width > 2 ? 1 : 0, y: y)
    }
}
