// Looking through the events in either direction. What is not of a kind that was asked for is passed by unread.
extension Timeline {
    /// The newest position before `position` whose event satisfies the condition.
    ///
    /// - Parameter kinds: the only kinds that can satisfy it; others are passed by unread.
    public func last(before position: Int, of kinds: EventKindSet? = nil, where condition: (Event) -> Bool) -> Int? {
        last(in: first..<max(position, first), of: kinds) { condition($1) }
    }

    /// The oldest position from `position` on whose event satisfies the condition.
    ///
    /// - Parameter kinds: the only kinds that can satisfy it; others are passed by unread.
    public func next(from position: Int, of kinds: EventKindSet? = nil, where condition: (Event) -> Bool) -> Int? {
        next(in: min(position, end)..<end, of: kinds) { condition($1) }
    }

    /// The newest position in a range whose event satisfies the condition, which is asked from the newest back.
    ///
    /// - Parameters:
    ///   - range: Positions; those that are not kept are left out.
    ///   - kinds: The only kinds that can satisfy it.
    ///   - condition: Gets the position with the event.
    public func last(
        in range: Range<Int>, of kinds: EventKindSet? = nil, where condition: (Int, Event) -> Bool
    ) -> Int? {
        let range = range.clamped(to: first..<end)
        var upper = range.upperBound
        while upper > range.lowerBound {
            if let kinds {
                guard let wanted = last(before: upper, of: kinds), wanted >= range.lowerBound else { return nil }
                upper = wanted + 1
            }
            let (start, _, events) = piece(of: upper - 1)
            let lower = max(start, range.lowerBound)
            for position in stride(from: upper - 1, through: lower, by: -1) {
                if let kinds, !kinds.contains(tags[position - first]) { continue }
                let index = position - start
                if index < events.count, condition(position, events[index]) { return position }
            }
            upper = lower
        }
        return nil
    }

    /// The oldest position in a range whose event satisfies the condition, which is asked from the oldest on.
    ///
    /// - Parameters:
    ///   - range: Positions; those that are not kept are left out.
    ///   - kinds: The only kinds that can satisfy it.
    ///   - condition: Gets the position with the event.
    public func next(
        in range: Range<Int>, of kinds: EventKindSet? = nil, where condition: (Int, Event) -> Bool
    ) -> Int? {
        let range = range.clamped(to: first..<end)
        var lower = range.lowerBound
        while lower < range.upperBound {
            if let kinds {
                guard let wanted = next(from: lower, of: kinds), wanted < range.upperBound else { return nil }
                lower = wanted
            }
            let (start, pieceEnd, events) = piece(of: lower)
            // A piece that cannot be read has no events: one position is passed all the same.
            let upper = max(lower + 1, min(pieceEnd, range.upperBound))
            for position in lower..<upper {
                if let kinds, !kinds.contains(tags[position - first]) { continue }
                let index = position - start
                if index < events.count, condition(position, events[index]) { return position }
            }
            lower = upper
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
}
