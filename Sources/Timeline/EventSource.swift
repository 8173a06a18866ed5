/// Where the bytes lie that a recording stores beside its events.
///
/// Asked by whoever looks at a page, on any thread.
public protocol ContentSource: AnyObject, Sendable {
    /// A page's bytes; none where they cannot be read.
    func bytes(ofPage id: UInt64) -> [UInt8]
    /// A part of keyframes; nil where there is none.
    func part(_ id: UInt64) -> [UInt8]?
}

/// Events that are kept elsewhere and read when they are looked at, as those of a recording.
public protocol EventSource: AnyObject {
    /// Their positions in the run; a recording that was begun late does not begin with 0.
    var positions: Range<Int> { get }
    /// The bytes of `EventTag`, one for each event.
    var tags: [UInt8] { get }
    /// The events at these positions, as many as were asked for: one that cannot be read any more comes as a `problem`.
    func events(in range: Range<Int>) -> [Event]
    /// The newest state that is kept, at a position or before it.
    func keyframe(at position: Int) -> (position: Int, world: World)
    /// Where another branch came into view, in their order; positions, tags and events are those of all branches.
    var turns: [BranchTurn] { get }
}

extension EventSource {
    /// None: a run that was never set back.
    public var turns: [BranchTurn] { [] }
}

/// Takes events in their order, as a recorder does.
public protocol EventSink: AnyObject {
    func append(_ event: Event)
    /// What follows is of another branch, or of the same one under another name.
    ///
    /// - Parameters:
    ///   - isNew: whether the branch begins here, at its fork from the one that was in view.
    ///   - world: the state from which it goes on.
    func turn(to branch: Branch, isNew: Bool, world: World)
}

/// The events of a source, as far as they were looked at of late.
final class LoadedChunks {
    final class Chunk {
        let start: Int
        let events: [Event]
        /// Nil until it is asked for: a search reads events and no states.
        fileprivate var before: World?

        var range: Range<Int> { start..<start + events.count }

        init(start: Int, events: [Event]) {
            (self.start, self.events) = (start, events)
        }
    }

    /// Chunks that are kept: of a recording of any length no more than this is in memory.
    static let capacity = 8

    let source: any EventSource
    /// The one that was asked for last comes last.
    private var chunks: [Chunk] = []

    init(_ source: any EventSource) { self.source = source }

    /// Events in memory.
    var eventCount: Int { chunks.reduce(0) { $0 + $1.events.count } }

    /// - Parameter position: One that the source has.
    func chunk(of position: Int) -> Chunk {
        let start = position - position % Timeline.chunkSize
        if let last = chunks.last, last.range.contains(position) { return last }
        if let index = chunks.firstIndex(where: { $0.range.contains(position) || $0.start == position }) {
            let chunk = chunks.remove(at: index)
            chunks.append(chunk)
            return chunk
        }
        let range = range(from: start)
        let chunk = Chunk(start: range.lowerBound, events: source.events(in: range))
        if chunks.count >= Self.capacity { chunks.removeFirst() }
        chunks.append(chunk)
        return chunk
    }

    private func range(from start: Int) -> Range<Int> {
        (start..<start + Timeline.chunkSize).clamped(to: source.positions)
    }

    /// The state before a chunk's first event.
    func before(_ chunk: Chunk) -> World {
        if let before = chunk.before { return before }
        let world = world(at: chunk.start)
        chunk.before = world
        return world
    }

    /// The state before the event at a position, folded from the newest keyframe or chunk before it.
    func world(at position: Int) -> World {
        var (from, world) = source.keyframe(at: position)
        let known = chunks.filter { $0.start <= position && $0.start > from && $0.before != nil }
        if let chunk = known.max(by: { $0.start < $1.start }), let before = chunk.before {
            (from, world) = (chunk.start, before)
        }
        while from < position {
            let end = min(range(from: from - from % Timeline.chunkSize).upperBound, position)
            if let chunk = chunks.first(where: { $0.start <= from && end <= $0.range.upperBound }) {
                for event in chunk.events[from - chunk.start..<end - chunk.start] { world.apply(event) }
            } else {
                for event in source.events(in: from..<end) { world.apply(event) }
            }
            from = end
        }
        return world
    }
}
