import Command
import Screen
import Timeline

/// A search that is under way: it goes on piece by piece, so that keys are heard between the pieces.
struct Hunt {
    let needle: String
    let isForward: Bool
    /// Where the cursor stood.
    private let origin: Int
    private let branch: Int
    private let search: EventSearch
    /// What is still to be looked through, first the part between the cursor and the end on that side.
    private var rest: [Range<Int>]
    private let total: Int

    /// Events that are looked at in one piece: some hundredths of a second.
    static let piece = 1 << 15

    enum Outcome: Equatable {
        /// The position of the event; `isAround` where it was found beyond the end.
        case found(Int, isAround: Bool)
        case nothing
        /// There is more to look through.
        case unfinished
    }

    init(_ needle: String, in timeline: Timeline, from cursor: Int, forward: Bool) {
        (self.needle, origin, isForward, branch) = (needle, cursor, forward, timeline.branch)
        search = EventSearch(needle)
        let (first, end) = (timeline.first, timeline.end)
        // The event before the cursor is the one that is looked at: a search back begins before it.
        let border = forward ? cursor : max(first, cursor - 1)
        rest = forward ? [border..<end, first..<border] : [first..<border, border..<end]
        total = end - first
    }

    /// Hundredths that are done.
    var progress: Int {
        let left = rest.reduce(0) { $0 + $1.count }
        return total > 0 ? (total - left) * 100 / total : 100
    }

    /// Looks through the next piece.
    mutating func goOn(in timeline: Timeline) -> Outcome {
        guard timeline.branch == branch else { return .nothing }
        var room = Self.piece
        while room > 0, let part = rest.first {
            let count = min(room, part.count)
            room -= count
            let range: Range<Int>
            let found: Int?
            if isForward {
                range = part.lowerBound..<part.lowerBound + count
                rest[0] = range.upperBound..<part.upperBound
                found = timeline.next(in: range) { [search] in search.happened($0, $1) }
            } else {
                range = part.upperBound - count..<part.upperBound
                rest[0] = part.lowerBound..<range.lowerBound
                found = timeline.last(in: range) { [search] in search.happened($0, $1) }
            }
            if let found { return self.found(found) }
            if rest[0].isEmpty { rest.removeFirst() }
        }
        guard rest.isEmpty else { return .unfinished }
        return search.firstProse.map(found) ?? .nothing
    }

    private func found(_ position: Int) -> Outcome {
        .found(position, isAround: isForward ? position < origin : position >= origin - 1)
    }
}

/// Counts the events that hold a text, piece by piece, once one of them was found.
struct HitCount {
    let needle: String
    /// The one that was found.
    let position: Int
    /// What was said when it was found, to which the count is added.
    let said: String
    private let branch: Int
    private let search: EventSearch
    private var rest: Range<Int>
    private(set) var before = 0
    private(set) var total = 0

    init(_ needle: String, at position: Int, said: String, in timeline: Timeline) {
        (self.needle, self.position, self.said, branch) = (needle, position, said, timeline.branch)
        search = EventSearch(needle)
        rest = timeline.first..<timeline.end
    }

    /// Counts on; true where all are counted.
    mutating func goOn(in timeline: Timeline) -> Bool {
        guard timeline.branch == branch else { return true }
        let part = rest.prefix(Hunt.piece)
        rest = rest.dropFirst(Hunt.piece)
        var (before, total) = (0, 0)
        _ = timeline.next(in: part) { [search, position] place, event in
            if search.matches(event) {
                total += 1
                if place <= position { before += 1 }
            }
            return false
        }
        self.before += before
        self.total += total
        return rest.isEmpty
    }
}

extension Update {
    mutating func search(forward: Bool, for origin: Origin) -> Progress {
        guard !model.needle.isEmpty else {
            return .failed("nothing was searched for yet; \(key(for: .palette("search "), or: "search TEXT")) searches")
        }
        if let progress = searchForExit() { return progress }
        var hunt = Hunt(model.needle, in: model.timeline, from: model.cursor, forward: forward)
        // What a lesson asks for is done when its next step begins.
        repeat {
            let progress = goOn(&hunt)
            if progress != .underWay || origin == .person { return progress }
        } while true
    }

    /// `exit 3` is the third exit, unless one stands there already.
    private mutating func searchForExit() -> Progress? {
        guard let number = EventSearch.exitNumber(in: model.needle),
            case .found(let cursor) = model.timeline.cursor(behindExit: number), cursor != model.cursor
        else { return nil }
        model.look(at: cursor)
        model.notice = Notice("exit \(number), behind event \(cursor)")
        return .done
    }

    /// Looks through the next piece of what is searched.
    mutating func goOnSearching() {
        if model.hunt == nil { return goOnCounting() }
        guard var hunt = model.hunt else { return }
        model.notice = nil
        if case .failed(let reason) = goOn(&hunt) { model.notice = Notice(reason, .bad) }
        if model.hunt == nil { factsChanged() }
    }

    private mutating func goOnCounting() {
        guard var count = model.hitCount else { return }
        guard count.goOn(in: model.timeline) else {
            model.hitCount = count
            return
        }
        model.hitCount = nil
        // Something else may have been said meanwhile.
        guard model.notice?.text == count.said, count.total > 0 else { return }
        model.notice = Notice("\(count.said) · hit \(count.before) of \(count.total)")
    }

    private mutating func goOn(_ hunt: inout Hunt) -> Progress {
        let needle = hunt.needle
        model.hunt = nil
        switch hunt.goOn(in: model.timeline) {
        case .found(let position, let isAround):
            model.look(at: position + 1)
            let side = hunt.isForward ? "first" : "last"
            let place = isAround ? "again from the \(side) event" : "in event \(model.cursor)"
            let said = "'\(needle)' \(place)\(unseen(needle, in: position))"
            model.notice = Notice(said)
            var count = HitCount(needle, at: position, said: said, in: model.timeline)
            // A run of usual length is counted at once.
            if count.goOn(in: model.timeline) {
                model.notice = Notice("\(said) · hit \(count.before) of \(count.total)")
            } else {
                model.hitCount = count
            }
            return .done
        case .nothing:
            if EventSearch.exitNumber(in: needle) != nil,
                case .only(let range) = model.timeline.cursor(behindExit: .max),
                !range.isEmpty
            {
                return .failed("there are the exits \(range.lowerBound) to \(range.upperBound - 1)")
            }
            return .failed("no event holds '\(needle)'")
        case .unfinished:
            model.hunt = hunt
            let stop = key(for: .cancel, or: "cancel")
            model.notice = Notice("looking for '\(needle)': \(hunt.progress) of 100; \(stop) stops")
            return .underWay
        }
    }

    /// The line of an event that only goes with another: what just happened is told of that one, without the needle.
    private func unseen(_ needle: String, in position: Int) -> String {
        let told = Happening(model, model.world).line.plain.lowercased()
        guard !told.contains(needle.lowercased()), let event = model.timeline[position] else { return "" }
        return ": \(EventText.line(event))"
    }
}
