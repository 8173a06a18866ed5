internal import DequeModule

/// All events of a run in order, bounded in memory; any moment of it can be asked for.
///
/// Positions count events from the first ever appended; a cursor at position n stands after n events. When there is no
/// more room the oldest chunk goes, and `first` moves on; the state at `first` stays known.
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
        end += 1
        live.apply(event)
    }

    /// Forgets everything: another guest begins.
    public func clear() {
        chunks = []
        first = 0
        end = 0
        live = World()
        cached = nil
        pages = 0
        (branch, records, parked, forgotten, nextBranch) = (1, [.first], [:], [:], 2)
    }

    /// The branch in view.
    var track: Track { Track(chunks: chunks, first: first, end: end, live: live, pages: pages) }

    /// Puts a branch into view in place of the one that was.
    func show(_ track: Track, as branch: Int) {
        (chunks, first, end, live, pages) = (track.chunks, track.first, track.end, track.live, track.pages)
        self.branch = branch
        cached = nil
    }

    private func beginChunk() {
        var events: [Event] = []
        while !chunks.isEmpty, chunks[0].events.count + capacity <= end - first || pages > pageCapacity {
            pages -= chunks[0].pages
            first = chunks[0].end
            events = chunks.removeFirst().events
        }
        if let cached, cached.position < first { self.cached = nil }
        // The memory of an evicted chunk serves again: fresh pages from the kernel cost more than the events.
        events.removeAll(keepingCapacity: true)
        events.reserveCapacity(Self.chunkSize)
        chunks.append(Chunk(start: end, before: live, events: events))
    }

    /// The chunk that holds a kept position.
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
        let chunk = chunk(of: position)
        return chunks[chunk].events[position - chunks[chunk].start]
    }

    /// The state after the first `cursor` events; a cursor outside what is kept is taken as the nearest end.
    public func world(at cursor: Int) -> World {
        let cursor = min(max(cursor, first), end)
        if cursor == end { return live }
        let chunk = chunks[chunk(of: cursor)]
        var world: World
        var position: Int
        if let cached, cached.position <= cursor, cached.position >= chunk.start {
            (position, world) = cached
            self.cached = nil
        } else {
            world = chunk.before
            position = chunk.start
        }
        while position < cursor {
            world.apply(chunk.events[position - chunk.start])
            position += 1
        }
        cached = (cursor, world)
        return world
    }

    /// The newest position before `position` whose event satisfies the condition.
    public func last(before position: Int, where condition: (Event) -> Bool) -> Int? {
        var index = min(position, end)
        guard index > first else { return nil }
        for chunk in chunks[...chunk(of: index - 1)].reversed() {
            while index > chunk.start {
                index -= 1
                if condition(chunk.events[index - chunk.start]) { return index }
            }
        }
        return nil
    }

    /// The oldest position from `position` on whose event satisfies the condition.
    public func next(from position: Int, where condition: (Event) -> Bool) -> Int? {
        var index = max(position, first)
        guard index < end else { return nil }
        for chunk in chunks[chunk(of: index)...] {
            while index < chunk.end {
                if condition(chunk.events[index - chunk.start]) { return index }
                index += 1
            }
        }
        return nil
    }
}
