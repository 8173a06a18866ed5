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
                found = timeline.next(in: range) { [search] in search.matches($1) }
            } else {
                range = part.upperBound - count..<part.upperBound
                rest[0] = part.lowerBound..<range.lowerBound
                found = timeline.last(in: range) { [search] in search.matches($1) }
            }
            if let found { return .found(found, isAround: isForward ? found < origin : found >= origin - 1) }
            if rest[0].isEmpty { rest.removeFirst() }
        }
        return rest.isEmpty ? .nothing : .unfinished
    }
}

extension Update {
    mutating func search(forward: Bool, for origin: Origin) -> Progress {
        guard !model.needle.isEmpty else {
            return .failed("nothing was searched for yet; \(key(for: .palette("search "), or: "search TEXT")) searches")
        }
        var hunt = Hunt(model.needle, in: model.timeline, from: model.cursor, forward: forward)
        // What a lesson asks for is done when its next step begins.
        repeat {
            let progress = goOn(&hunt)
            if progress != .underWay || origin == .person { return progress }
        } while true
    }

    /// Looks through the next piece of what is searched.
    mutating func goOnSearching() {
        guard var hunt = model.hunt else { return }
        model.notice = nil
        if case .failed(let reason) = goOn(&hunt) { model.notice = Notice(reason, .bad) }
        if model.hunt == nil { factsChanged() }
    }

    private mutating func goOn(_ hunt: inout Hunt) -> Progress {
        let needle = hunt.needle
        model.hunt = nil
        switch hunt.goOn(in: model.timeline) {
        case .found(let position, let isAround):
            model.look(at: position + 1)
            let side = hunt.isForward ? "first" : "last"
            let place = isAround ? "again from the \(side) event" : "in event \(model.cursor)"
            model.notice = Notice("'\(needle)' \(place)\(unseen(needle, in: position))")
            return .done
        case .nothing: return .failed("no event holds '\(needle)'")
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
