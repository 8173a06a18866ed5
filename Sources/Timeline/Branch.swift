internal import DequeModule

extension Timeline.Track {
    /// Events that lie in a file.
    init(_ source: any EventSource) {
        let stored = LoadedChunks(source)
        let end = source.positions.upperBound
        self.init(
            chunks: [], stored: stored, storedEnd: .max, tags: source.tags, first: source.positions.lowerBound,
            end: end,
            live: stored.world(at: end), pages: 0)
    }
}

/// One run of a machine that was set back and went on otherwise; what lies before its fork it shares with another.
public struct Branch: Sendable, Equatable {
    /// From 1, the first run; never given twice.
    public let id: Int
    public internal(set) var name: String
    /// The branch from which it was forked; nil for the first.
    public let parent: Int?
    /// Events that it shares with its parent.
    public let fork: Int
    /// All its events, the shared ones included.
    public internal(set) var end: Int
    /// Exits of its newest machine up to its end.
    public internal(set) var exits: Int
    /// How its run ended; nil where it can go on.
    public internal(set) var runEnd: RunEnd?

    static let first = Branch(id: 1, name: "first run", parent: nil, fork: 0, end: 0, exits: 0)
}

// Runs that share their past: each was forked from another at some position, and one of them is in view.
extension Timeline {
    /// Branches that are kept at most; the oldest that are not needed go.
    public static let branchLimit = 32

    /// What a branch consists of, apart from its name.
    struct Track {
        var chunks: Deque<Chunk>
        var stored: LoadedChunks?
        var storedEnd: Int
        var tags: [UInt8]
        var first: Int
        var end: Int
        /// The state at its end; nil for one that lies in a file and was not looked at yet.
        var live: World?
        var pages: Int

        /// The state at its end, read where it lies in a file.
        var world: World { live ?? stored?.world(at: end) ?? World() }

        /// Pages of guest memory in the events from a position on, nearly.
        func pages(from fork: Int) -> Int { chunks.reduce(0) { $0 + ($1.end > fork ? $1.pages : 0) } }

        /// The same up to a position, whose world is given.
        func cut(at cursor: Int, _ world: World) -> Track {
            var track = self
            while let last = track.chunks.last, last.start >= cursor, track.chunks.count > 1 || last.start > cursor {
                track.chunks.removeLast()
            }
            if var last = track.chunks.popLast() {
                last.events.removeLast(max(0, last.end - cursor))
                last.pages = last.events.reduce(0) { $0 + $1.pageCount }
                track.chunks.append(last)
            }
            track.pages = track.chunks.reduce(0) { $0 + $1.pages }
            track.tags.removeLast(min(track.tags.count, end - cursor))
            (track.end, track.live) = (cursor, world)
            // A recording goes on with the events of the branch that begins here, under positions of its own.
            track.storedEnd = min(storedEnd, cursor)
            return track
        }
    }

    /// All branches that are kept, the oldest first.
    public var branches: [Branch] { records.map(current) }

    /// A branch by its number; nil where there is none, or it is not kept any more.
    public func branch(_ id: Int) -> Branch? { records.first { $0.id == id }.map(current) }

    private func current(_ record: Branch) -> Branch {
        guard record.id == branch else { return record }
        return described(record, end, live)
    }

    func described(_ record: Branch, _ end: Int, _ live: World) -> Branch {
        var record = record
        (record.end, record.exits, record.runEnd) = (end, live.exitCount, live.end)
        return record
    }

    /// Begins a branch at a cursor of the one in view, which is kept as it is.
    ///
    /// Up to there the two share their events. A cursor outside what is kept is taken as the nearest end.
    @discardableResult
    public func fork(at cursor: Int, name: String) -> Branch {
        let cursor = min(max(cursor, first), end)
        let world = world(at: cursor)
        let parent = branch
        park()
        let new = Branch(
            id: nextBranch, name: name, parent: parent, fork: cursor, end: cursor, exits: world.exitCount)
        nextBranch += 1
        records.append(new)
        show(track.cut(at: cursor, world), as: new.id)
        makeRoomForBranches()
        return new
    }

    /// Brings another branch into view; false where there is none of that number.
    public func select(branch id: Int) -> Bool {
        if id == branch { return true }
        guard let track = parked[id] else { return false }
        park()
        parked[id] = nil
        show(track, as: id)
        return true
    }

    /// Gives a branch another name.
    public func rename(branch id: Int, to name: String) {
        for index in records.indices where records[index].id == id { records[index].name = name }
    }

    /// A branch as a timeline of its own, to be looked at beside the one in view; nil where there is none.
    public func timeline(ofBranch id: Int) -> Timeline? {
        if id == branch { return self }
        guard let track = parked[id] else { return nil }
        let timeline = Timeline()
        timeline.show(track, as: id)
        return timeline
    }

    /// Events that two branches have in common.
    public func sharedEvents(of a: Int, and b: Int) -> Int {
        let (first, second) = (ancestry(of: a), ancestry(of: b))
        var shared = Int.max
        // From the common ancestor on, the earlier of the two forks ends what they share.
        guard let common = first.first(where: { id, _ in second.contains { $0.id == id } })?.id else { return 0 }
        for path in [first, second] {
            if let limit = path.first(where: { $0.id == common })?.limit { shared = min(shared, limit) }
        }
        return shared
    }

    /// A branch and those it came from, each with the events that it has in common with the branch.
    private func ancestry(of id: Int) -> [(id: Int, limit: Int)] {
        var path: [(id: Int, limit: Int)] = []
        var (next, limit) = (Optional(id), branch(id)?.end ?? 0)
        while let id = next, let record = records.first(where: { $0.id == id }) ?? forgotten[id] {
            path.append((id, limit))
            limit = min(limit, record.fork)
            next = record.parent
        }
        return path
    }

    private func park() {
        limitStored()
        for index in records.indices where records[index].id == branch {
            records[index] = described(records[index], end, live)
        }
        parked[branch] = track
    }

    /// What branches keep beside the one in view is bounded as that is.
    private func makeRoomForBranches() {
        func own(_ record: Branch) -> (events: Int, pages: Int) {
            (record.end - record.fork, parked[record.id]?.pages(from: record.fork) ?? 0)
        }
        let parent = records.first { $0.id == branch }?.parent
        while true {
            let kept = records.filter { $0.id != branch }.map(own)
            let (events, pages) = kept.reduce(into: (0, 0)) { $0 = ($0.0 + $1.events, $0.1 + $1.pages) }
            guard records.count > Self.branchLimit || events > capacity || pages > pageCapacity,
                let oldest = records.firstIndex(where: { $0.id != branch && $0.id != parent })
            else { return }
            let gone = records.remove(at: oldest)
            parked[gone.id] = nil
            forgotten[gone.id] = gone
        }
    }
}

extension Event {
    /// Pages of guest memory that it holds.
    var pageCount: Int {
        if case .memory(let pages) = body { return pages.count }
        return 0
    }
}
