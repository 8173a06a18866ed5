import Screen

import enum Command.Pane

/// Where everything is: a function of the size, of the panes that are wanted and of the focus, never of content.
struct ScreenLayout: Equatable {
    struct Placed: Equatable {
        var pane: Pane
        var rect: Rect
    }

    var header: Rect
    var panes: [Placed]
    var strip: Rect
    /// What just happened.
    var status: Rect
    /// The last command's result, the palette, or what can be done about a problem.
    var notice: Rect
    var footer: Rect
    /// Between header and strip.
    var body: Rect

    static let minimumWidth = 60
    static let minimumHeight = 20

    static func isTooSmall(width: Int, height: Int) -> Bool { width < minimumWidth || height < minimumHeight }

    /// - Parameter wanted: the most wanted first; the lesson among them only where there is one.
    init(width: Int, height: Int, wanted: [Pane], focus: Pane, isZoomed: Bool) {
        let stripHeight = height >= 30 ? 2 : 1
        let rows = Rect(width: width, height: height).rows([
            .fixed(1), .min(1), .fixed(stripHeight), .fixed(1), .fixed(1), .fixed(1),
        ])
        (header, body, strip, status, notice, footer) = (rows[0], rows[1], rows[2], rows[3], rows[4], rows[5])
        panes = []
        guard !Self.isTooSmall(width: width, height: height) else { return }
        if isZoomed, wanted.contains(focus) {
            panes = [Placed(pane: focus, rect: body)]
            return
        }
        let asked = wanted.first { $0 != .lesson }
        var wanted = wanted
        // Where there is room for few, the pane that has the keys is one of those that are seen.
        if let index = wanted.firstIndex(of: focus) {
            wanted.remove(at: index)
            wanted.insert(focus, at: 0)
        }
        panes = PlaceTree.usual(in: body, hasLesson: wanted.contains(.lesson)).place(
            wanted, in: body, large: asked.flatMap { $0.fillsALargePlace ? $0 : nil })
    }

    /// The pane at a point of the screen.
    func pane(at point: Point) -> Placed? { panes.first { $0.rect.contains(point) } }

    func rect(of pane: Pane) -> Rect? { panes.first { $0.pane == pane }?.rect }
}

/// What a pane needs of its place.
struct PaneKind: OptionSet, Hashable {
    let rawValue: Int
    /// Prose.
    static let text = PaneKind(rawValue: 1)
    /// A drawing, wide and high.
    static let chart = PaneKind(rawValue: 2)
    static let code = PaneKind(rawValue: 4)
    /// Few rows that are all worth seeing.
    static let table = PaneKind(rawValue: 8)
    /// Rows without end, of which the last matter.
    static let list = PaneKind(rawValue: 16)
    static let any: PaneKind = [.chart, .code, .table, .list]
}

extension Pane {
    var kind: PaneKind {
        switch self {
        case .lesson: .text
        case .flowchart, .map, .translation: .chart
        case .code, .memory: .code
        case .descriptors, .threads, .statistics: .table
        case .ioctls, .console, .events: .list
        }
    }

    /// A list that, asked for by name, is worth the place of a drawing: with room it shows one of its rows in full.
    var fillsALargePlace: Bool { self == .ioctls }

    var usualPlace: Int { Arrangement.usual.firstIndex(of: self) ?? .max }
}
