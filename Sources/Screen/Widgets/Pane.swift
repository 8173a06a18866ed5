/// A frame with a title on the left and, on the right, the source from which its content was learnt.
///
/// The pane that has the keyboard is told by a double frame and a `▸` before its title, so also without colours.
public struct Pane {
    public var title: Line
    /// As `procfs` or `ioctl`; left out where the frame is too narrow.
    public var source: String?
    /// A remark at the lower left, as `12 of 340`.
    public var note: String?
    public var isFocused: Bool
    /// Shown as a thumb on the right edge if not everything is seen.
    public var scroll: Scroll?

    public init(
        _ title: Line, source: String? = nil, note: String? = nil, isFocused: Bool = false, scroll: Scroll? = nil
    ) {
        self.title = title
        self.source = source
        self.note = note
        self.isFocused = isFocused
        self.scroll = scroll
    }

    /// What the frame leaves of a rectangle.
    public static func inside(_ rect: Rect) -> Rect { rect.inset(x: 1, y: 1) }

    /// Draws the frame, and the content on what it leaves.
    public func draw(on canvas: inout Canvas, in rect: Rect, _ content: (inout Canvas) -> Void = { _ in }) {
        canvas.within(rect) { canvas in
            canvas.fill()
            canvas.box(canvas.bounds, isFocused ? .double : .single, isFocused ? .focusedBorder : .border)
            drawLabels(on: &canvas)
            drawThumb(on: &canvas)
        }
        canvas.within(Self.inside(rect), content)
    }

    private func drawLabels(on canvas: inout Canvas) {
        // A corner and a piece of the frame remain on either side.
        let room = canvas.width - 4
        guard canvas.height > 0, room > 2 else { return }
        let mark = isFocused ? "▸ " : ""
        // A run that says nothing of its own look looks like a title.
        let own = Line(spans: title.spans.map { Span($0.text, $0.style.role == .normal ? .title : $0.style) })
        let heading = Line(" " + mark, .title) + own + Line(" ", .title)
        let label = source.map { " \($0) " } ?? ""
        let labelWidth = Text.width(label)
        let keepsLabel = labelWidth > 0 && heading.width + labelWidth + 1 <= room
        if !title.isEmpty || isFocused {
            canvas.put(heading, x: 2, y: 0, width: keepsLabel ? room - labelWidth - 1 : room)
        }
        if keepsLabel { canvas.put(label, x: canvas.width - 2 - labelWidth, y: 0, .dim) }
        if let note, canvas.height > 1 {
            canvas.put(Line(" \(note) ", .dim), x: 2, y: canvas.height - 1, width: room)
        }
    }

    private func drawThumb(on canvas: inout Canvas) {
        guard let scroll, canvas.width > 2 else { return }
        for y in scroll.thumb(length: canvas.height - 2) {
            canvas[canvas.width - 1, y + 1] = Cell("█", isFocused ? .focusedBorder : .border)
        }
    }
}
