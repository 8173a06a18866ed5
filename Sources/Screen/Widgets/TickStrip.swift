/// The timeline at a glance: one tick per event, and the cursor under the tick where it stands.
///
/// Where there are more events than columns, each column stands for the same number of them, a power of two. So a
/// growing timeline only adds on the right until it is full, and then folds in half; nothing shifts in between.
public struct TickStrip {
    /// How one column is shown.
    public struct Tick: Hashable, Sendable {
        public var mark: Character
        public var style: Style

        public init(_ mark: Character, _ style: Style = .normal) {
            self.mark = mark
            self.style = style
        }
    }

    public var count: Int
    /// The event at which the view stands; `count` or more is the live end.
    public var cursor: Int?
    private let tick: (Range<Int>) -> Tick

    /// A strip whose columns are made as they are seen.
    ///
    /// - Parameter tick: what to show for a column that stands for these events; never called for none.
    public init(
        count: Int, cursor: Int?,
        tick: @escaping (Range<Int>) -> Tick = { Tick($0.count > 1 ? "┃" : "│") }
    ) {
        // Far beyond any timeline, and doubling stays within an integer.
        self.count = min(max(0, count), 1 << 60)
        self.cursor = cursor
        self.tick = tick
    }

    /// The events that one column stands for, where there are so many columns.
    public func eventsPerColumn(width: Int) -> Int {
        guard width > 0 else { return max(1, count) }
        var events = 1
        while events < count, (count - 1) / events + 1 > width { events *= 2 }
        return events
    }

    /// The column of an event, or of the end of the strip if there is no such event.
    public func column(of event: Int, width: Int) -> Int {
        guard width > 0 else { return 0 }
        let last = max(0, count - 1)
        return min(width - 1, min(max(0, event), last) / eventsPerColumn(width: width))
    }

    /// The event at a column, as for a click; nil where the strip has ended.
    public func event(at column: Int, width: Int) -> Int? {
        guard column >= 0, column < width else { return nil }
        let event = column * eventsPerColumn(width: width)
        return event < count ? event : nil
    }

    /// Draws the ticks on the first row and the cursor `▲` on the second; where there is only one row, the tick under
    /// the cursor is reversed.
    public func draw(on canvas: inout Canvas) {
        let width = min(canvas.width, Grid.maximumWidth)
        let each = eventsPerColumn(width: width)
        var start = 0
        var x = 0
        while start < count, x < width {
            let shown = tick(start..<min(count, start + each))
            canvas[x, 0] = Cell(String(shown.mark), shown.style)
            start += each
            x += 1
        }
        guard let cursor, count > 0 else { return }
        let column = column(of: cursor, width: width)
        if canvas.height > 1 {
            canvas.put("▲", x: column, y: 1, .emphasis)
        } else {
            canvas.restyle(Rect(x: column, y: 0, width: 1, height: 1)) { $0.reversed }
        }
    }
}
