import Command
import Screen

/// The open command line: the input on the notice row, what it expects, the error with its place marked, and the
/// completions above.
enum PaletteView {
    static func draw(_ palette: Palette, _ model: Model, in rect: Rect, status: Rect, on canvas: inout Canvas) {
        let prompt = prompt(palette)
        canvas.within(rect) { palette.field.draw(on: &$0, prompt: prompt) }
        if let error = palette.error {
            draw(error, palette, promptWidth: prompt.width, in: status, on: &canvas)
            return
        }
        let completion = palette.completion(model.vocabulary)
        drawExpectation(completion, palette, model, in: status, on: &canvas)
        guard !completion.candidates.isEmpty, palette.recall == nil else { return }
        let items = completion.candidates.map { CompletionPopup.Item($0.text, $0.summary) }
        let before = palette.field.text.unicodeScalars.prefix(completion.range.lowerBound)
        let column = prompt.width + Text.width(String(String.UnicodeScalarView(before)))
        let popup = CompletionPopup(items, selection: palette.selection, maximumRows: max(3, model.height / 3))
        canvas.within(Rect(width: canvas.width, height: status.y + 1)) {
            popup.draw(on: &$0, anchor: Point(min(column, max(0, rect.width - 20)), status.y))
        }
    }

    private static func prompt(_ palette: Palette) -> Line {
        guard let search = palette.recall else { return Line(" :", .key) }
        return Line(search.isMissing ? " no line holds '" : " an earlier line with '", .key)
            + Line(search.needle, .emphasis) + Line("': ", .key)
    }

    /// What the line is good for so far: the command's usage and meaning.
    private static func drawExpectation(
        _ completion: Completion, _ palette: Palette, _ model: Model, in rect: Rect, on canvas: inout Canvas
    ) {
        canvas.fill(rect)
        var line = Line()
        let words = palette.field.text.split(separator: " ").prefix(2).map(String.init)
        let entry = CommandTable.entries.first { entry in
            let name = entry.verb.rawValue
            return name == words.joined(separator: " ") || (name == words.first && words.count > 0)
        }
        if let entry {
            line.append(entry.usage, .emphasis)
            line.append("  " + entry.summary, .dim)
        } else if palette.field.text.isEmpty {
            line.append("type a command; Tab completes, ", .dim)
            line.append(CommandTable.keys(for: .help(nil)).first.map { "\($0)" } ?? "help", .key)
            line.append(" on the screen explains", .dim)
        } else if let expected = completion.expected {
            line.append("expected: \(expected)", .dim)
        }
        canvas.put(line, x: 1, y: rect.y, width: max(0, rect.width - 2))
    }

    /// The row above the input points at the place, as a compiler does.
    private static func draw(
        _ error: CommandError, _ palette: Palette, promptWidth: Int, in rect: Rect, on canvas: inout Canvas
    ) {
        canvas.fill(rect)
        let scalars = palette.field.text.unicodeScalars
        let before = Text.width(String(String.UnicodeScalarView(scalars.prefix(max(0, error.column)))))
        let column = min(promptWidth + before, max(0, rect.width - 12))
        let message = Line("▼", .bad) + Line(" " + error.hint, .bad)
        let room = rect.width - column - 1
        if message.width <= room {
            canvas.put(message, x: column, y: rect.y)
        } else if message.width <= column + 1 {
            canvas.put(Line(error.hint + " ▼", .bad), x: max(0, column + 1 - message.width), y: rect.y)
        } else {
            canvas.put(
                Line("column \(error.column + 1): \(error.hint)", .bad), x: 1, y: rect.y, width: max(0, rect.width - 2))
        }
        canvas.within(Rect(x: 0, y: rect.y + 1, width: rect.width, height: 1)) { canvas in
            canvas.restyle(Rect(x: promptWidth + before, y: 0, width: max(1, error.length), height: 1)) { _ in
                Style.bad.underlined
            }
        }
    }
}
