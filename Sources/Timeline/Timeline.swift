/// All events of a run in order, bounded in memory; any moment of it can be asked for.
///
/// Positions count events from the first ever appended; a cursor at position n stands after n events. When the
/// capacity is reached the oldest chunk goes, and `first` moves on; the state at `first` stays known.
///
/// Used by one thread, the one that owns the screen.
public final class Timeline {
    /// Events in a chunk; each chunk begins with the state of the world before it.
    static let chunkSize = 4096

    private struct Chunk {
        var before: World
        var events: [Event]
    }

    private var chunks: [Chunk] = []
    private let capacity: Int
    /// The oldest position that can be shown.
    public private(set) var first = 0
    /// How many events were ever appended: the live cursor.
    public private(set) var end = 0
    /// The state after the newest event.
    public private(set) var live = World()
    private var cached: (position: Int, world: World)?

    /// - Parameter capacity: events kept at least; the memory they take is a few hundred bytes each.
    public init(capacity: Int = 1 << 18) {
        self.capacity = max(capacity, Self.chunkSize)
    }

    public func append(_ event: Event) {
        if chunks.last.map({ $0.events.count >= Self.chunkSize }) ?? true {
            var events: [Event] = []
            events.reserveCapacity(Self.chunkSize)
            chunks.append(Chunk(before: live, events: events))
            if end - first > capacity {
                first += chunks.removeFirst().events.count
                if let cached, cached.position < first { self.cached = nil }
            }
        }
        chunks[chunks.count - 1].events.append(event)
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
    }

    /// The event at a position, counted from 0; nil where it is not kept.
    public subscript(position: Int) -> Event? {
        guard position >= first, position < end else { return nil }
        let offset = position - first
        return chunks[offset / Self.chunkSize].events[offset % Self.chunkSize]
    }

    /// The state after the first `cursor` events; a cursor outside what is kept is taken as the nearest end.
    public func world(at cursor: Int) -> World {
        let cursor = min(max(cursor, first), end)
        if cursor == end { return live }
        let chunk = (cursor - first) / Self.chunkSize
        let chunkStart = first + chunk * Self.chunkSize
        var world: World
        var position: Int
        if let cached, cached.position <= cursor, cached.position >= chunkStart {
            (position, world) = cached
            self.cached = nil
        } else {
            world = chunks[chunk].before
            position = chunkStart
        }
        while position < cursor {
            world.apply(chunks[chunk].events[position - chunkStart])
            position += 1
        }
        cached = (cursor, world)
        return world
    }

    /// The newest position before `position` whose event satisfies the condition.
    public func last(before position: Int, where condition: (Event) -> Bool) -> Int? {
        var index = min(position, end) - 1
        while index >= first {
            if let event = self[index], condition(event) { return index }
            index -= 1
        }
        return nil
    }

    /// The oldest position from `position` on whose event satisfies the condition.
    public func next(from position: Int, where condition: (Event) -> Bool) -> Int? {
        var index = max(position, first)
        while index < end {
            if let event = self[index], condition(event) { return index }
            index += 1
        }
        return nil
    }
}
