import Lesson
import Screen

/// The lesson menu: one entry a lesson, with what it is about and how far one has come.
enum MenuView {
    /// Where the entries are, and how many rows each takes.
    private struct Place {
        var list: Rect
        var rowsEach: Int
        var scroll: Scroll

        init(_ menu: LessonMenu, width: Int, height: Int) {
            let column = Rect(width: width, height: height - 3).centered(width: 92, height: height)
            let top = height >= 30 ? 6 : 4
            list = Rect(x: column.x + 2, y: top, width: column.width - 4, height: max(0, height - top - 4))
            // All lessons at one look come before their summaries; that of the selected one then stands below.
            let height = list.height
            rowsEach = [3, 2].first { height >= menu.listings.count * $0 } ?? 1
            scroll = Scroll(offset: 0, visible: max(0, list.height / rowsEach), total: menu.listings.count)
                .showing(menu.selection)
        }
    }

    static func draw(_ menu: LessonMenu, _ model: Model, on canvas: inout Canvas) {
        let place = Place(menu, width: canvas.width, height: canvas.height)
        let x = place.list.x
        let top = place.list.y
        canvas.put("kvmscope", x: x, y: max(1, top - 4), Style.title.bold)
        canvas.put("Watch a virtual machine monitor work.", x: x, y: max(2, top - 3), .dim)
        let fitting = menu.listings.indices.clamped(to: place.scroll.rows)
        for (row, index) in fitting.enumerated() {
            let rect = Rect(
                x: x - 2, y: top + row * place.rowsEach, width: place.list.width + 2, height: place.rowsEach)
            canvas.within(rect) { draw(menu.listings[index], isSelected: index == menu.selection, on: &$0) }
        }
        if menu.listings.isEmpty {
            canvas.put(
                menu.isLoaded
                    ? "No lessons were found; KVMSCOPE_LESSONS names the folder that holds them."
                    : "Reading the lessons …", x: x, y: top, .dim)
        }
        if place.rowsEach == 1, let selected = menu.selected {
            let text = selected.obstacle.map { Line($0, .warning) } ?? Line(selected.summary, .dim)
            let y = min(place.list.endY, top + fitting.count + 1)
            canvas.put(text.truncated(to: place.list.width), x: x, y: y)
        }
        if place.scroll.isNeeded {
            let range = "\(place.scroll.rows.lowerBound + 1) to \(place.scroll.rows.upperBound)"
            canvas.put(
                Line("\(range) of \(menu.listings.count)", .dim), x: x, y: max(2, top - 2), width: place.list.width,
                .right)
        }
        if let reason = model.environment.kvmUnavailable {
            let replays = menu.listings.contains { $0.isReplay && $0.obstacle == nil }
            let text = replays ? "The lessons open from recordings: \(reason)" : reason
            for (row, line) in Line(text, .warning).wrapped(to: place.list.width).prefix(2).enumerated() {
                canvas.put(line, x: x, y: canvas.height - 5 + row)
            }
        }
    }

    private static func draw(_ listing: LessonListing, isSelected: Bool, on canvas: inout Canvas) {
        let state = progress(listing)
        let minutes = listing.minutes > 0 ? "\(listing.minutes) min" : ""
        let stateWidth = 14
        let room = canvas.width - stateWidth - 10
        let number = listing.number.map { $0 < 10 ? "0\($0)" : "\($0)" } ?? "  "
        var title = Line(isSelected ? "▸ " : "  ", .emphasis)
        title.append(number + "  ", isSelected ? .emphasis : .dim)
        title.append(listing.title, listing.obstacle != nil ? .dim : isSelected ? Style.emphasis.bold : .normal)
        if listing.isReplay, listing.obstacle == nil { title.append("  REPLAY", .accent) }
        canvas.put(title, x: 0, y: 0, width: room)
        canvas.put(Line(minutes, .dim), x: room, y: 0, width: 8, .right)
        canvas.put(state, x: room + 10, y: 0, width: stateWidth)
        if canvas.height > 1 {
            canvas.put(
                listing.obstacle.map { Line($0, .warning) } ?? Line(listing.summary, .dim), x: 6, y: 1,
                width: max(0, canvas.width - 6))
        }
    }

    /// In words and a mark, so that it needs no colour.
    static func progress(_ listing: LessonListing) -> Line {
        if listing.obstacle != nil { return Line("not here", .warning) }
        if !listing.progress.failed.isEmpty { return Line("✗ not proved", .bad) }
        if listing.progress.isFinished { return Line("✓ done", .good) }
        let done = listing.progress.steps.count
        guard done > 0 || listing.progress.step != nil else { return Line("○ not begun", .dim) }
        return Line("● \(min(done, listing.steps)) of \(listing.steps) steps", .accent)
    }

    /// The lesson at a point of the screen, as for a click.
    static func listing(at point: Point, in model: Model) -> Int? {
        guard let menu = model.menu else { return nil }
        let place = Place(menu, width: model.width, height: model.height)
        guard place.list.inset(x: -2).contains(point) else { return nil }
        let index = place.scroll.offset + (point.y - place.list.y) / place.rowsEach
        return place.scroll.rows.contains(index) ? index : nil
    }

    static func plain(_ menu: LessonMenu) -> [Line] {
        menu.listings.enumerated().flatMap { index, listing in
            var title = Line(index == menu.selection ? "> " : "  ")
            title.append("\(listing.name): \(listing.title) (\(listing.minutes) min) ")
            if listing.isReplay, listing.obstacle == nil { title.append("REPLAY, ", .accent) }
            return [title + progress(listing), Line("    " + (listing.obstacle ?? listing.summary))]
        }
    }
}
