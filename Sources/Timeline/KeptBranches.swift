/// All that a timeline keeps, in the order in which a recorder that begins late writes it.
public struct KeptBranches: Sendable {
    public enum Part: Sendable {
        case events([Event])
        /// What follows is of this branch, whose state there is the world.
        case turn(Branch, isNew: Bool, World)
    }

    /// The position of the first event, and the state there.
    public var first: Int
    public var before: World
    /// The branch in view comes last. The events share their memory with the timeline.
    public var parts: [Part] = []
    /// Branches that are not among them, because too little of their past is kept.
    public var omitted: [Int] = []
}

extension Timeline {
    /// All branches, or, where the past that they share is not kept whole any more, as many as can be told from the one
    /// in view. Nil for a timeline that lies in a file as a whole.
    public var kept: KeptBranches? {
        let all = branches.sorted { $0.id < $1.id }
        var tracks = parked
        tracks[branch] = track
        guard tracks.values.contains(where: { $0.stored == nil || !$0.chunks.isEmpty }) else { return nil }
        for root in [all.first?.id ?? branch, branch] {
            if let kept = kept(all, tracks, from: root), !kept.omitted.contains(branch) { return kept }
        }
        return nil
    }

    private func kept(_ all: [Branch], _ tracks: [Int: Track], from root: Int) -> KeptBranches? {
        guard let base = tracks[root], let rootRecord = self.branch(root) else { return nil }
        var kept = KeptBranches(first: base.start, before: base.chunks.first?.before ?? base.world)
        // Nothing need be said of a first run that is called that.
        if rootRecord.name != Branch.first.name || root != Branch.first.id {
            kept.parts.append(.turn(rootRecord, isNew: false, kept.before))
        }
        kept.parts += base.events(from: base.start).map { .events($0) }
        var written = [root]
        var view = root
        for record in all where record.id != root {
            guard let track = tracks[record.id] else { continue }
            let shares = written.map { (id: $0, events: sharedEvents(of: $0, and: record.id)) }
            // Its parent where that is there; else whichever has most in common with it.
            let parent = shares.max {
                ($0.events, $0.id == record.parent ? 1 : 0) < ($1.events, $1.id == record.parent ? 1 : 0)
            }
            guard let parent, parent.events >= max(kept.first, track.start),
                let world = timeline(ofBranch: record.id)?.world(at: parent.events)
            else {
                kept.omitted.append(record.id)
                continue
            }
            if parent.id != view, let other = self.branch(parent.id), let live = tracks[parent.id]?.world {
                kept.parts.append(.turn(other, isNew: false, live))
            }
            let new = Branch(
                id: record.id, name: record.name, parent: parent.id, fork: parent.events, end: record.end,
                exits: record.exits, runEnd: record.runEnd)
            kept.parts.append(.turn(new, isNew: true, world))
            kept.parts += track.events(from: parent.events).map { .events($0) }
            written.append(record.id)
            view = record.id
        }
        if view != branch, let shown = self.branch(branch) { kept.parts.append(.turn(shown, isNew: false, live)) }
        return kept
    }
}

extension Timeline.Track {
    /// Where the events begin that are in memory.
    fileprivate var start: Int { chunks.first?.start ?? end }

    /// The events from a position on, in pieces.
    fileprivate func events(from position: Int) -> [[Event]] {
        chunks.compactMap { chunk in
            if chunk.start >= position { return chunk.events.isEmpty ? nil : chunk.events }
            return chunk.end > position ? Array(chunk.events[(position - chunk.start)...]) : nil
        }
    }
}
