/// The branches of a recording that holds all events in the order in which they happened: which of them are whose.
public struct BranchedLog: Sendable {
    /// What is wrong with the turns, in a few words.
    public struct Fault: Error {
        public let text: String
    }

    /// Events of a branch that follow one another in the recording too.
    struct Segment: Sendable {
        /// In the branch.
        var positions: Range<Int>
        /// The position of its first event in the recording.
        var start: Int

        var end: Int { start + positions.count }
    }

    struct Path: Sendable {
        var record: Branch
        var segments: [Segment] = []

        /// Events from a position of the recording on are the branch's next.
        fileprivate mutating func take(_ range: Range<Int>) {
            guard !range.isEmpty else { return }
            let positions = record.end..<record.end + range.count
            record.end = positions.upperBound
            if let last = segments.last, last.end == range.lowerBound {
                segments[segments.count - 1].positions = last.positions.lowerBound..<positions.upperBound
            } else {
                segments.append(Segment(positions: positions, start: range.lowerBound))
            }
        }

        fileprivate func cut(at fork: Int) -> [Segment] {
            segments.compactMap {
                let positions = $0.positions.clamped(to: 0..<fork)
                return positions.isEmpty ? nil : Segment(positions: positions, start: $0.start)
            }
        }
    }

    /// In the order in which they were begun.
    private(set) var paths: [Path] = []
    /// The number of the branch that was in view last.
    public private(set) var inView: Int
    /// Where the recording goes from one branch to another.
    private(set) var borders: Set<Int> = []

    /// Pieces of all branches together at most, and events: each branch has those that it shares too.
    private static let segmentLimit = 1 << 18
    private static let eventLimit = 1 << 27

    /// - Parameter positions: those of the recording. The first branch has them too as long as it is in view.
    public init(_ turns: [BranchTurn], over positions: Range<Int>) throws(Fault) {
        var first = Branch.first
        // A recording that was begun late need not begin with the first branch.
        if let turn = turns.first, turn.position == positions.lowerBound, turn.fork == nil {
            first = Branch(id: turn.branch, name: turn.name, parent: nil, fork: 0, end: 0, exits: 0)
        }
        first.end = positions.lowerBound
        paths = [Path(record: first)]
        inView = first.id
        var current = 0
        var start = positions.lowerBound
        var segments = 0
        for turn in turns {
            guard turn.branch > 0, turn.position >= start, turn.position <= positions.upperBound else {
                throw Fault(text: "the turn to branch \(turn.branch) lies where no events are")
            }
            let place = paths.firstIndex { $0.record.id == turn.branch }
            if turn.fork == nil, place == current {
                paths[current].record.name = turn.name
                continue
            }
            paths[current].take(start..<turn.position)
            start = turn.position
            borders.insert(start)
            if let fork = turn.fork {
                guard place == nil, fork >= positions.lowerBound, fork <= paths[current].record.end else {
                    throw Fault(text: "branch \(turn.branch) begins where it cannot")
                }
                var new = Path(
                    record: Branch(
                        id: turn.branch, name: turn.name, parent: inView, fork: fork, end: fork, exits: 0))
                new.segments = paths[current].cut(at: fork)
                segments += new.segments.count
                guard segments <= Self.segmentLimit else {
                    throw Fault(text: "its branches are more than can be held")
                }
                paths.append(new)
                current = paths.count - 1
            } else if let place {
                current = place
                paths[current].record.name = turn.name
            } else {
                throw Fault(text: "a turn leads to branch \(turn.branch), which was not begun")
            }
            inView = turn.branch
        }
        paths[current].take(start..<positions.upperBound)
        guard paths.count == 1 || paths.reduce(0, { $0 + $1.record.end - positions.lowerBound }) <= Self.eventLimit
        else { throw Fault(text: "its branches are more than can be held") }
    }

    /// The numbers of the branches, in the order in which they were begun.
    public var branches: [Int] { paths.map(\.record.id) }

    /// A branch as events of its own; nil where there is none of that number.
    func source(ofBranch id: Int, in log: any EventSource) -> BranchSource? {
        paths.first { $0.record.id == id }.map { BranchSource($0, of: log, borders) }
    }
}

/// One branch of a recording, put together out of the parts of it that are the branch's.
final class BranchSource: EventSource {
    let positions: Range<Int>
    let tags: [UInt8]
    private let log: any EventSource
    private let segments: [BranchedLog.Segment]
    private let borders: Set<Int>

    fileprivate init(_ path: BranchedLog.Path, of log: any EventSource, _ borders: Set<Int>) {
        self.log = log
        self.borders = borders
        segments = path.segments
        let first = log.positions.lowerBound
        positions = first..<path.record.end
        let all = log.tags
        var tags: [UInt8] = []
        tags.reserveCapacity(positions.count)
        for segment in segments { tags += all[segment.start - first..<segment.end - first] }
        self.tags = tags
    }

    func events(in range: Range<Int>) -> [Event] {
        var events: [Event] = []
        for segment in segments {
            let wanted = segment.positions.clamped(to: range)
            guard !wanted.isEmpty else { continue }
            let start = segment.start + wanted.lowerBound - segment.positions.lowerBound
            let part = log.events(in: start..<start + wanted.count)
            events = events.isEmpty ? part : events + part
        }
        return events
    }

    func block(of position: Int) -> Range<Int> {
        guard let segment = segments.first(where: { $0.positions.contains(position) }) else {
            return position..<position
        }
        let shift = segment.positions.lowerBound - segment.start
        let block = log.block(of: position - shift)
        return (block.lowerBound + shift..<block.upperBound + shift).clamped(to: segment.positions)
    }

    func weight(ofBlockAt position: Int) -> Int {
        guard let segment = segments.first(where: { $0.positions.contains(position) }) else { return 0 }
        return log.weight(ofBlockAt: position - segment.positions.lowerBound + segment.start)
    }

    /// Where in the recording a state may be kept for a position of a segment, or for its end.
    private func limit(_ position: Int, in segment: BranchedLog.Segment) -> Int {
        let limit = min(segment.start + position - segment.positions.lowerBound, segment.end)
        // A state that is kept where the recording goes over to another branch is that one's.
        let isOthers = limit != segment.start && borders.contains(limit)
        return isOthers ? limit - 1 : limit
    }

    func keyframePosition(at position: Int) -> Int {
        for segment in segments.reversed() where segment.positions.lowerBound <= position {
            let kept = log.keyframePosition(at: limit(position, in: segment))
            if kept >= segment.start { return segment.positions.lowerBound + kept - segment.start }
        }
        return positions.lowerBound
    }

    func keyframe(at position: Int) -> (position: Int, world: World) {
        for segment in segments.reversed() where segment.positions.lowerBound <= position {
            let kept = log.keyframe(at: limit(position, in: segment))
            if kept.position >= segment.start {
                return (segment.positions.lowerBound + kept.position - segment.start, kept.world)
            }
        }
        return (positions.lowerBound, World())
    }
}

extension EventSource {
    /// One branch as events of its own, the one that was in view last where none is named; nil where there is none.
    public func events(ofBranch id: Int? = nil) -> (any EventSource)? {
        if turns.isEmpty { return id ?? 1 == 1 ? self : nil }
        guard let log = try? BranchedLog(turns, over: positions) else { return nil }
        return log.source(ofBranch: id ?? log.inView, in: self)
    }
}
