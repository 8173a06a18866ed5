import Screen

import enum Command.Pane

/// How the room for panes is divided: places in rows and columns, each for panes of some kinds.
indirect enum PlaceTree {
    case place(PaneKind)
    case rows([(Extent, PlaceTree)])
    case columns([(Extent, PlaceTree)])

    /// The division for a size.
    static func usual(in body: Rect, hasLesson: Bool) -> PlaceTree {
        let isLarge = body.width >= 180 && body.height >= 44
        if hasLesson {
            if isLarge {
                return .columns([
                    (.ratio(30, 100), text(height: body.height)),
                    (.fill(4), charts(.chart, width: body.width * 2 / 5, height: body.height)),
                    (
                        .fill(3),
                        .rows([(.fill(5), .place(.code)), (.fill(4), .place(.code)), (.fill(3), .place(.list))])
                    ),
                ])
            }
            let share = body.width < 100 ? 45 : 38
            return .columns([
                (.ratio(share, 100), text(height: body.height)),
                (.fill(1), charts([.chart, .code], width: body.width * (100 - share) / 100, height: body.height)),
            ])
        }
        if isLarge {
            return .columns([
                (.fill(4), charts(.chart, width: body.width * 4 / 10, height: body.height)),
                (.fill(3), .rows([(.fill(5), .place(.code)), (.fill(4), .place(.code))])),
                (.fill(3), .rows([(.fill(1), .place(.list)), (.fill(1), .place(.list))])),
            ])
        }
        if body.height < 24 || body.width < 100 {
            return .columns([
                (.ratio(54, 100), .place([.chart, .table])),
                (.fill(1), .rows([(.fill(3), .place(.code)), (.fill(2), .place(.list))])),
            ])
        }
        return .columns([
            (.ratio(60, 100), charts(.chart, width: body.width * 60 / 100, height: max(32, body.height))),
            (.fill(1), .rows([(.fill(4), .place(.code)), (.fill(3), .place(.list)), (.fill(3), .place(.list))])),
        ])
    }

    /// The lesson, over the calls where there is room for both.
    private static func text(height: Int) -> PlaceTree {
        guard height >= 32 else { return .place(.text) }
        return .rows([(.fill(1), .place(.text)), (.fixed(9 + max(0, height - 34) / 3), .place(.list))])
    }

    /// The flowchart over the tables, as far as there is room; code takes its place where it has none of its own.
    private static func charts(_ kind: PaneKind, width: Int, height: Int) -> PlaceTree {
        if height < 18 { return .place(.any) }
        if height < 26 { return .rows([(.fill(1), .place([.chart, .code, .table])), (.fixed(7), .place(.list))]) }
        if height < 32 { return .rows([(.min(16), .place(kind)), (.fixed(9), .place([.table, .list]))]) }
        let spare = max(0, height - 34)
        guard width >= 64 else {
            return .rows([
                (.min(14), .place(kind)), (.fixed(9 + spare / 4), .place(.table)),
                (.fixed(8 + spare / 4), .place(.table)),
            ])
        }
        // The whole flowchart takes 24 rows with its frame.
        let tables = PlaceTree.columns([(.fill(1), .place(.table)), (.fill(1), .place(.table))])
        return .rows([(.min(24), .place(kind)), (.fixed(10 + spare / 4), tables)])
    }

    /// The kinds of all places, in the order in which they are drawn.
    private var kinds: [PaneKind] {
        switch self {
        case .place(let kind): [kind]
        case .rows(let parts), .columns(let parts): parts.flatMap(\.1.kinds)
        }
    }

    /// Gives each place the most wanted pane of its kinds; a place that nobody wants leaves its room to the others.
    ///
    /// - Parameter large: a pane that takes the first place for drawings, of whichever kind it is itself.
    func place(_ wanted: [Pane], in rect: Rect, large: Pane? = nil) -> [ScreenLayout.Placed] {
        let kinds = kinds
        var left = wanted
        let largePlace = large.flatMap { large in left.contains(large) ? kinds.firstIndex { $0.contains(.chart) } : nil
        }
        if largePlace != nil { left.removeAll { $0 == large } }
        var chosen: [Pane?] = kinds.enumerated().map { index, kind in
            if index == largePlace { return large }
            return left.firstIndex { kind.contains($0.kind) }.map { left.remove(at: $0) }
        }
        // Panes of one kind keep their usual order among each other, so that asking for one moves no other.
        for kind in Set(kinds) {
            let indices = kinds.indices.filter { kinds[$0] == kind && chosen[$0] != nil && $0 != largePlace }
            let sorted = indices.compactMap { chosen[$0] }.sorted { $0.usualPlace < $1.usualPlace }
            for (index, pane) in zip(indices, sorted) { chosen[index] = pane }
        }
        var next = chosen[...]
        guard let tree = filled(with: &next) else { return [] }
        return tree.rects(in: rect)
    }

    private indirect enum Filled {
        case pane(Pane)
        case rows([(Extent, Filled)])
        case columns([(Extent, Filled)])

        func rects(in rect: Rect) -> [ScreenLayout.Placed] {
            switch self {
            case .pane(let pane): [ScreenLayout.Placed(pane: pane, rect: rect)]
            case .rows(let parts): Self.cut(parts, rect.rows(PlaceTree.filling(parts.map(\.0))))
            case .columns(let parts): Self.cut(parts, rect.columns(PlaceTree.filling(parts.map(\.0))))
            }
        }

        private static func cut(_ parts: [(Extent, Filled)], _ rects: [Rect]) -> [ScreenLayout.Placed] {
            zip(parts, rects).flatMap { $0.1.rects(in: $1) }
        }
    }

    private func filled(with chosen: inout ArraySlice<Pane?>) -> Filled? {
        func each(_ parts: [(Extent, PlaceTree)]) -> [(Extent, Filled)] {
            parts.compactMap { extent, tree in tree.filled(with: &chosen).map { (extent, $0) } }
        }
        switch self {
        case .place: return chosen.popFirst().flatMap { $0 }.map { .pane($0) }
        case .rows(let parts):
            let parts = each(parts)
            return parts.isEmpty ? nil : .rows(parts)
        case .columns(let parts):
            let parts = each(parts)
            return parts.isEmpty ? nil : .columns(parts)
        }
    }

    /// The extents with one among them that takes what is left over.
    private static func filling(_ extents: [Extent]) -> [Extent] {
        let hasFill = extents.contains { if case .fill = $0 { true } else if case .min = $0 { true } else { false } }
        return hasFill ? extents : extents.dropLast() + [.fill(1)]
    }
}
