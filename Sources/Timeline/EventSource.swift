/// Where the bytes lie that a recording stores beside its events.
///
/// Asked by whoever looks at a page, on any thread.
public protocol ContentSource: AnyObject, Sendable {
    /// A page's bytes; nil where they are damaged, or gone.
    func bytes(ofPage id: UInt64) -> [UInt8]?
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
    /// Bytes of memory that the events of a block take which was read, where they are many; 0 where they are few.
    func weight(ofBlockAt position: Int) -> Int
    /// Where another branch came into view, in their order; positions, tags and events are those of all branches.
    var turns: [BranchTurn] { get }
}

extension EventSource {
    /// None: a run that was never set back.
    public var turns: [BranchTurn] { [] }

    public func weight(ofBlockAt position: Int) -> Int { 0 }

    /// All events in their order, a block of them in memory at a time.
    public func forEachEvent(_ body: (Event) throws -> Void) rethrows {
        var position = positions.lowerBound
        while position < positions.upperBound {
            let block = block(of: position).clamped(to: position..<positions.upperBound)
            guard !block.isEmpty else { return }
            for event in events(in: block) { try body(event) }
            position = block.upperBound
        }
    }
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
        /// Bytes of memory, where they are many.
        fileprivate let weight: Int
        /// Nil until it is asked for: a search reads events and no states.
        fileprivate var before: World?

        var range: Range<Int> { start..<start + events.count }

        init(start: Int, events: [Event], weight: Int) {
            (self.start, self.events, self.weight) = (start, events, weight)
        }
    }

    /// Events that are kept, beside those of the newest chunk: of a recording of any length no more is in memory.
    static let capacity = 1 << 14
    /// For so long a state is worked out; a recording with states of its own needs milliseconds.
    private static let patience = Duration.seconds(5)
    /// Chunks, each with the state before it, and bytes of events that are kept at most.
    private static let chunkLimit = 48
    private static let weightLimit = 64 << 20

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
        let events = source.events(in: range)
        let chunk = Chunk(start: range.lowerBound, events: events, weight: source.weight(ofBlockAt: range.lowerBound))
        while let oldest = chunks.first,
            eventCount + chunk.events.count > Self.capacity || chunks.count >= Self.chunkLimit
                || chunks.reduce(chunk.weight, { $0 + $1.weight }) > Self.weightLimit
        {
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
        let deadline = ContinuousClock.now + Self.patience
        while from < position {
            let chunk = chunk(of: from)
            if chunk.start == from, chunk.before == nil { chunk.before = world }
            let end = min(chunk.range.upperBound, position)
            // What cannot be read is passed by.
            guard end > from else { break }
            for (count, event) in chunk.events[from - chunk.start..<end - chunk.start].enumerated() {
                world.apply(event)
                if count & 63 == 63, ContinuousClock.now > deadline { return world.givenUp(at: from + count) }
            }
            from = end
        }
        return world
    }
}
