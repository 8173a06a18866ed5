internal import DequeModule

/// All events of a run in order, bounded in memory; any moment of it can be asked for.
///
/// Positions count events from the first ever appended; a cursor at position n stands after n events. When there is no
/// more room the oldest chunk goes, and `first` moves on; the state at `first` stays known. The events of a recording
/// stay in their file and are read when they are looked at.
///
/// Used by one thread, the one that owns the screen.
public final class Timeline {
    /// Events in a chunk; each chunk begins with the state of the world before it.
    static let chunkSize = 4096
    /// Pages of guest memory after which a chunk ends early.
    private static let chunkPages = 1024

    struct Chunk {
        /// Position of its first event.
        let start: Int
        let before: World
        var events: [Event]
        /// Pages of guest memory in its events.
        var pages = 0

        var end: Int { start + events.count }
    }

    // The oldest goes when the newest comes.
    private var chunks: Deque<Chunk> = []
    /// What lies before the chunks in a file.
    private var stored: LoadedChunks?
    /// A byte for each event from `first` on.
    private var tags: [UInt8] = []
    let capacity: Int
    let pageCapacity: Int
    private var pages = 0
    /// The oldest position that can be shown.
    public private(set) var first = 0
    /// How many events were ever appended: the live cursor.
    public private(set) var end = 0
    /// The state after the newest event.
    public private(set) var live = World()
    private var cached: (position: Int, world: World)?
    /// The number of the branch that is in view.
    public private(set) var branch = 1
    var records = [Branch.first]
    /// The branches that are not in view.
    var parked: [Int: Track] = [:]
    /// Branches that are not kept any more, without their events: others may have come from them.
    var forgotten: [Int: Branch] = [:]
    var nextBranch = 2

    /// - Parameters:
    ///   - capacity: events kept at least, while the pages in them allow it; an event takes a few hundred bytes.
    ///   - pageCapacity: pages of guest memory kept with them at most, beside the newest chunk; 4 KiB each.
    public init(capacity: Int = 1 << 18, pageCapacity: Int = 1 << 15) {
        self.capacity = max(capacity, Self.chunkSize)
        self.pageCapacity = max(pageCapacity, Self.chunkPages)
    }

    /// A run that is over and lies in a file, with all its branches; the one that was in view last is in view.
    public convenience init(_ source: any EventSource) {
        self.init()
        guard !source.turns.isEmpty, let log = try? BranchedLog(source.turns, over: source.positions) else {
            show(Track(source), as: 1)
            return
        }
        records = []
        for path in log.paths {
            guard let events = log.source(ofBranch: path.record.id, in: source) else { continue }
            let track = Track(events)
            records.append(described(path.record, track.end, track.live))
            parked[path.record.id] = track
            nextBranch = max(nextBranch, path.record.id + 1)
        }
        if let track = parked.removeValue(forKey: log.inView) { show(track, as: log.inView) }
    }

    public func append(_ event: Event) {
        if chunks.isEmpty || chunks[chunks.count - 1].events.count >= Self.chunkSize
            || chunks[chunks.count - 1].pages >= Self.chunkPages
        {
            beginChunk()
        }
        chunks[chunks.count - 1].events.append(event)
        if case .memory(let read) = event.body {
            chunks[chunks.count - 1].pages += read.count
            pages += read.count
        }
        tags.append(EventTag(event).rawValue)
        end += 1
        live.apply(event)
    }

    /// Forgets everything: another guest begins.
    public func clear() {
        chunks = []
        stored = nil
        tags = []
        first = 0
        end = 0
        live = World()
        cached = nil
        pages = 0
        (branch, records, parked, forgotten, nextBranch) = (1, [.first], [:], [:], 2)
    }

    /// The branch in view.
    var track: Track {
        Track(chunks: chunks, stored: stored, tags: tags, first: first, end: end, live: live, pages: pages)
    }

    /// Puts a branch into view in place of the one that was.
    func show(_ track: Track, as branch: Int) {
        (chunks, stored, tags, pages) = (track.chunks, track.stored, track.tags, track.pages)
        (first, end, live) = (track.first, track.end, track.live)
        self.branch = branch
        cached = nil
    }

    private func beginChunk() {
        var events: [Event] = []
        let oldest = first
        while !chunks.isEmpty, chunks[0].events.count + capacity <= end - first || pages > pageCapacity {
            pages -= chunks[0].pages
            first = chunks[0].end
            events = chunks.removeFirst().events
        }
        if first > oldest { tags.removeFirst(first - oldest) }
        if let cached, cached.position < first { self.cached = nil }
        // The memory of an evicted chunk serves again: fresh pages from the kernel cost more than the events.
        events.removeAll(keepingCapacity: true)
        events.reserveCapacity(Self.chunkSize)
        chunks.append(Chunk(start: end, before: live, events: events))
    }

    /// Where the chunks in memory begin; what lies before is in the file.
    private var liveStart: Int { chunks.first?.start ?? end }

    /// The chunk in memory that holds a position from `liveStart` on.
    private func chunk(of position: Int) -> Int {
        var low = 0
        var high = chunks.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if chunks[middle].start <= position { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// The event at a position, counted from 0; nil where it is not kept.
    public subscript(position: Int) -> Event? {
        guard position >= first, position < end else { return nil }
        if let stored, position < liveStart {
            let chunk = stored.chunk(of: position)
            let index = position - chunk.start
            return index < chunk.events.count ? chunk.events[index] : nil
        }
        let chunk = chunk(of: position)
        return chunks[chunk].events[position - chunks[chunk].start]
    }

    /// What kind of event lies at a position, without reading it; nil where it is not kept.
    public func tag(at position: Int) -> EventTag? {
        let index = position - first
        return tags.indices.contains(index) ? EventTag(rawValue: tags[index]) : nil
    }

    /// The state after the first `cursor` events; a cursor outside what is kept is taken as the nearest end.
    public func world(at cursor: Int) -> World {
        let cursor = min(max(cursor, first), end)
        if cursor == end { return live }
        var start: Int
        var before: World
        var events: [Event]
        if let stored, cursor < liveStart {
            let chunk = stored.chunk(of: cursor)
            (start, before, events) = (chunk.start, stored.before(chunk), chunk.events)
        } else {
            let chunk = chunks[chunk(of: cursor)]
            (start, before, events) = (chunk.start, chunk.before, chunk.events)
        }
        var position = start
        if let cached, cached.position <= cursor, cached.position >= start {
            (position, before) = cached
            self.cached = nil
        }
        while position < cursor, position - start < events.count {
            before.apply(events[position - start])
            position += 1
        }
        cached = (cursor, before)
        return before
    }

    /// The newest position before `position` whose event satisfies the condition.
    ///
    /// - Parameter kinds: the only kinds that can satisfy it; others are passed by unread.
    public func last(before position: Int, of kinds: EventKindSet? = nil, where condition: (Event) -> Bool) -> Int? {
        var index = min(position, end)
        while index > first {
            index -= 1
            if let kinds, !kinds.contains(tags[index - first]) { continue }
            if let event = self[index], condition(event) { return index }
        }
        return nil
    }

    /// The newest position before `position` with an event of these kinds, told by its tag alone.
    public func last(before position: Int, of kinds: EventKindSet) -> Int? {
        var index = min(position, end) - first
        while index > 0 {
            index -= 1
            if kinds.contains(tags[index]) { return first + index }
        }
        return nil
    }

    /// The oldest position from `position` on with an event of these kinds, told by its tag alone.
    public func next(from position: Int, of kinds: EventKindSet) -> Int? {
        var index = max(position - first, 0)
        while index < tags.count {
            if kinds.contains(tags[index]) { return first + index }
            index += 1
        }
        return nil
    }

    /// The oldest position from `position` on whose event satisfies the condition.
    ///
    /// - Parameter kinds: the only kinds that can satisfy it; others are passed by unread.
    public func next(from position: Int, of kinds: EventKindSet? = nil, where condition: (Event) -> Bool) -> Int? {
        var index = max(position, first)
        while index < end {
            if kinds?.contains(tags[index - first]) ?? true, let event = self[index], condition(event) { return index }
            index += 1
        }
        return nil
    }
}
