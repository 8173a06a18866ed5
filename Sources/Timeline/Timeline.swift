internal import DequeModule

/// All events of a run in order, bounded in memory; any moment of it can be asked for.
///
/// Positions count events from the first ever appended; a cursor at position n stands after n events. When there is no
/// more room the oldest chunk goes, and `first` moves on; the state at `first` stays known. The events of a recording
/// stay in their file and are read when they are looked at: those of one that is over, and those of one that is being
/// written, as far as they have gone from here.
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
        /// In a box: the newest chunk is moved at each append, and a world is large.
        private let state: Moment
        var events: [Event]
        /// Pages of guest memory in its events.
        var pages = 0

        init(start: Int, before: World, events: [Event]) {
            (self.start, self.events) = (start, events)
            state = Moment(before)
        }

        var before: World { state.world }

        var end: Int { start + events.count }

        /// Events that still go into it.
        fileprivate var room: Int { pages < Timeline.chunkPages ? max(0, Timeline.chunkSize - events.count) : 0 }
    }

    private final class Moment: Sendable {
        let world: World

        init(_ world: World) { self.world = world }
    }

    // What each append touches is not checked for exclusive access: nothing that an append calls comes back here, and
    // one thread uses a timeline.

    // The oldest goes when the newest comes.
    @exclusivity(unchecked) private var chunks: Deque<Chunk> = []
    /// Events that still go into the newest chunk.
    @exclusivity(unchecked) private var room = 0
    /// What lies before the chunks in a file.
    private var stored: LoadedChunks?
    /// A byte for each event from `first` on.
    @exclusivity(unchecked) private(set) var tags: [UInt8] = []
    let capacity: Int
    let pageCapacity: Int
    /// Events that can be shown at most where they lie in a file: a byte of memory each.
    let reach: Int
    /// Where the file stops being this branch's: what lies in it from there on happened in another one.
    private var storedEnd = Int.max
    private var pages = 0
    /// The oldest position that can be shown.
    public private(set) var first = 0
    /// How many events were ever appended: the live cursor.
    @exclusivity(unchecked) public private(set) var end = 0
    /// The state after the newest event.
    @exclusivity(unchecked) public private(set) var live = World()
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
    ///   - reach: events that can be shown at most where they lie in a file that is being written, beside some
    ///     thousands; a byte each.
    public init(capacity: Int = 1 << 18, pageCapacity: Int = 1 << 15, reach: Int = 1 << 25) {
        self.reach = max(reach, capacity)
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
            var track = Track(events)
            records.append(described(path.record, track.end, track.world))
            // Of many branches the states would take much memory, and few are looked at.
            (track.live, track.stored) = (nil, LoadedChunks(events))
            parked[path.record.id] = track
            nextBranch = max(nextBranch, path.record.id + 1)
        }
        if let track = parked.removeValue(forKey: log.inView) { show(track, as: log.inView) }
    }

    public func append(_ event: Event) {
        if room == 0 { beginChunk() }
        room -= 1
        chunks[chunks.count - 1].events.append(event)
        if case .memory(let read) = event.body {
            chunks[chunks.count - 1].pages += read.count
            pages += read.count
            room = chunks[chunks.count - 1].room
        }
        tags.append(EventTag(event).rawValue)
        end += 1
        live.apply(event)
    }

    /// Forgets everything: another guest begins.
    public func clear() {
        chunks = []
        room = 0
        stored = nil
        storedEnd = .max
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
        Track(
            chunks: chunks, stored: stored, storedEnd: storedEnd, tags: tags, first: first, end: end, live: live,
            pages: pages)
    }

    /// From here on a recording says what happens in other branches too.
    func limitStored() { storedEnd = min(storedEnd, end) }

    /// Puts a branch into view in place of the one that was.
    func show(_ track: Track, as branch: Int) {
        (chunks, stored, storedEnd) = (track.chunks, track.stored, track.storedEnd)
        (tags, pages) = (track.tags, track.pages)
        (first, end) = (track.first, track.end)
        live = track.world
        self.branch = branch
        room = chunks.last?.room ?? 0
        cached = nil
    }

    private func beginChunk() {
        var events: [Event] = []
        while let oldest = chunks.first,
            oldest.events.count + capacity <= end - oldest.start || pages > pageCapacity,
            stored?.holds(oldest.start..<oldest.end, before: storedEnd) != .soon
        {
            // What is not in the file is a gap, behind which nothing can be shown.
            if stored?.holds(oldest.start..<oldest.end, before: storedEnd) != .now {
                stored = nil
                forget(before: oldest.end)
            }
            pages -= oldest.pages
            events = chunks.removeFirst().events
        }
        // In steps, since the tags move up each time.
        if end - first > reach + reach / 8 { forget(before: min(end - reach, liveStart)) }
        // The memory of an evicted chunk serves again: fresh pages from the kernel cost more than the events.
        events.removeAll(keepingCapacity: true)
        events.reserveCapacity(Self.chunkSize)
        chunks.append(Chunk(start: end, before: live, events: events))
        room = Self.chunkSize
    }

    private func forget(before position: Int) {
        guard position > first else { return }
        tags.removeFirst(min(position - first, tags.count))
        first = position
        if let cached, cached.position < first { self.cached = nil }
    }

    /// Reads what there is no more room for from where it is being recorded, so that every position stays in reach.
    ///
    /// Where the timeline has branches already, or the recording begins behind what is kept, nothing changes.
    ///
    /// - Parameter recording: gets the events from `kept` on under the same positions.
    public func readBack(from recording: any EventSource) {
        guard recording.positions.lowerBound == liveStart, records.count == 1, branch == 1 else { return }
        // A file from before has no place beside it.
        forget(before: liveStart)
        (stored, storedEnd) = (LoadedChunks(recording), .max)
    }

    /// Events in memory.
    var eventsInMemory: Int { chunks.reduce(stored?.eventCount ?? 0) { $0 + $1.events.count } }

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

    /// The events that lie in one piece with that at a position, which must be kept.
    ///
    /// - Returns: The position of the first, and where the piece ends for this timeline: a file may go on in another
    ///   branch.
    func piece(of position: Int) -> (start: Int, end: Int, events: [Event]) {
        if let stored, position < liveStart {
            let chunk = stored.chunk(of: position)
            return (chunk.start, min(chunk.range.upperBound, liveStart), chunk.events)
        }
        let chunk = chunks[chunk(of: position)]
        return (chunk.start, chunk.end, chunk.events)
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
}
