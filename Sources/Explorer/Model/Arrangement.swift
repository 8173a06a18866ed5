public import enum Command.Pane

/// Which panes the person wants to see, which one has the keys, and how each is looked at.
public struct Arrangement: Equatable, Sendable {
    /// The pane that was asked for last comes first; a layout fills its places from the front.
    public internal(set) var order: [Pane] = Self.usual
    public internal(set) var hidden: Set<Pane> = []
    /// The pane that has the keys, if it is on the screen.
    public internal(set) var focus: Pane = .flowchart
    /// Whether the focused pane has the whole screen.
    public internal(set) var isZoomed = false
    private var states: [Pane: PaneState] = [:]

    /// In the order in which places are filled when nothing was asked for.
    static let usual: [Pane] = [
        .lesson, .flowchart, .descriptors, .threads, .ioctls, .code, .console, .memory, .map, .events, .translation,
        .statistics,
    ]

    public init() {}

    func state(of pane: Pane) -> PaneState { states[pane] ?? PaneState() }

    mutating func set(_ state: PaneState, of pane: Pane) { states[pane] = state }

    /// The panes that may be placed, the most wanted first.
    func wanted(hasLesson: Bool) -> [Pane] {
        order.filter { !hidden.contains($0) && ($0 != .lesson || hasLesson) }
    }

    mutating func show(_ pane: Pane) {
        hidden.remove(pane)
        order.removeAll { $0 == pane }
        order.insert(pane, at: 0)
    }

    mutating func hide(_ pane: Pane) {
        hidden.insert(pane)
        if focus == pane { isZoomed = false }
    }
}
