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
    /// Whether more will come; `positions` then grows.
    var isGrowing: Bool { get }
    /// The bytes of `EventTag`, one for each event.
    var tags: [UInt8] { get }
    /// The positions whose events are read together with that at a position, which must be one of `positions`.
    func block(of position: Int) -> Range<Int>
    /// The events at these positions, as many as were asked for: one that cannot be read any more comes as a `problem`.
    func events(in range: Range<Int>) -> [Event]
    /// Where the newest state lies that is kept at a position or before it, without reading it.
    func keyframePosition(at position: Int) -> Int
    /// The newest state that is kept, at a position or before it.
    func keyframe(at position: Int) -> (position: Int, world: World)
    /// Where another branch came into view, in their order; positions, tags and events are those of all branches.
    var turns: [BranchTurn] { get }
}

extension EventSource {
    /// None: a run that was never set back.
    public var turns: [BranchTurn] { [] }
}

extension EventSource {
    public var isGrowing: Bool { false }
    /// What is read together where nothing else is known to be.
    public func block(of position: Int) -> Range<Int> {
        let start = position - position % 512
        return (start..<start + 512).clamped(to: positions)
    }

    public func keyframePosition(at position: Int) -> Int { keyframe(at: position).position }
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

    /// Events that are kept, beside those of the newest chunk: of a recording of any length no more is in memory.
    static let capacity = 1 << 14

    let source: any EventSource
    /// The one that was asked for last comes last.
    private var chunks: [Chunk] = []
    /// Events in memory.
    private(set) var eventCount = 0

    init(_ source: any EventSource) { self.source = source }

    /// Whether a range of events is in the source.
    enum Holding {
        case now, soon, never
    }

    /// - Parameter limit: Positions from there on are another branch's.
    func holds(_ range: Range<Int>, before limit: Int) -> Holding {
        guard range.upperBound <= limit, source.positions.lowerBound <= range.lowerBound else { return .never }
        if range.upperBound <= source.positions.upperBound { return .now }
        return source.isGrowing ? .soon : .never
    }

    /// - Parameter position: One that the source has.
    func chunk(of position: Int) -> Chunk {
        if let last = chunks.last, last.range.contains(position) { return last }
        if let index = chunks.lastIndex(where: { $0.range.contains(position) }) {
            let chunk = chunks.remove(at: index)
            chunks.append(chunk)
            return chunk
        }
        let range = source.block(of: position)
        let chunk = Chunk(start: range.lowerBound, events: source.events(in: range))
        while let oldest = chunks.first, eventCount + chunk.events.count > Self.capacity {
            chunks.removeFirst()
            eventCount -= oldest.events.count
        }
        chunks.append(chunk)
        eventCount += chunk.events.count
        return chunk
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
        var (from, world): (Int, World)
        let known = chunks.filter { $0.start <= position && $0.before != nil }.max { $0.start < $1.start }
        if let known, let before = known.before, known.start >= source.keyframePosition(at: position) {
            (from, world) = (known.start, before)
        } else {
            (from, world) = source.keyframe(at: position)
        }
        while from < position {
            let chunk = chunk(of: from)
            if chunk.start == from, chunk.before == nil { chunk.before = world }
            let end = min(chunk.range.upperBound, position)
            // What cannot be read is passed by.
            guard end > from else { break }
            for event in chunk.events[from - chunk.start..<end - chunk.start] { world.apply(event) }
            from = end
        }
        return world
    }
}
