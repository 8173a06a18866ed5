import Command
import Timeline

// Time: steps and jumps. In the past they move the cursor; at the end a step lets the machine run.
extension Update {
    mutating func step(_ unit: StepUnit, _ count: Int, for origin: Origin) -> Progress {
        // A lesson's steps run the guest on wherever its reader looks, but for those along arrows that were taken.
        if model.isLive || (origin == .lesson && unit != .event && unit != .transition) {
            if model.environment.isReplay, origin == .person || model.environment.lessonReplay == nil {
                return .failed(model.environment.lessonReplay.map(Self.replayed) ?? "the recording ends here")
            }
            switch unit {
            case .event: return .failed("this is the newest event; a step lets the guest run on")
            case .transition:
                // The machine goes to its next exit, and the arrows that it took on the way are then shown one by one.
                model.slowMotion = (model.timeline.end, max(1, count))
                return perform(.step(.exit), for: origin)
            default: return perform(.step(unit, count: count), for: origin)
            }
        }
        for _ in 0..<max(1, count) {
            guard let next = model.timeline.cursor(after: model.cursor, unit: unit, vcpu: model.vcpu) else {
                return returnToNow()
            }
            model.look(at: next)
            if model.isLive { break }
        }
        return .done
    }

    /// Looks at the first arrow of the step that has just been made, where it took several.
    mutating func beginSlowMotion() {
        guard let (start, count) = model.slowMotion else { return }
        model.slowMotion = nil
        let timeline = model.timeline
        var cursor = start
        for _ in 0..<count {
            guard let next = timeline.transition(after: cursor, vcpu: model.vcpu) else { break }
            cursor = next
        }
        // Behind the last arrow is the present.
        guard cursor > start, timeline.transition(after: cursor, vcpu: model.vcpu) != nil else { return }
        model.look(at: cursor)
        let key = key(for: .step(.transition), or: "step transition")
        model.notice = Notice("the step is over; \(key) goes on along the arrows that it took")
    }

    mutating func back(_ unit: StepUnit, _ count: Int) -> Progress {
        for done in 0..<max(1, count) {
            guard let before = model.timeline.cursor(before: model.cursor, unit: unit, vcpu: model.vcpu),
                before < model.cursor
            else {
                return done > 0 ? .done : .failed(nothingBefore(unit))
            }
            model.look(at: before)
        }
        return .done
    }

    /// How much past there is, where one comes to the end of it.
    private var notKept: String {
        let first = model.timeline.first
        return first > 0
            ? "; what was before event \(first) is gone: memory keeps \(model.timeline.capacity) events, a recording all"
            : ""
    }

    private func nothingBefore(_ unit: StepUnit) -> String {
        let kept = notKept
        return unit == .event || model.cursor <= model.timeline.first
            ? "this is the first event\(kept)"
            : "there is no \(unit.rawValue) of vCPU \(model.vcpu) before this one\(kept)"
    }

    mutating func returnToNow() -> Progress {
        model.past = nil
        model.notice = Notice(model.environment.isReplay ? "the recording ends here" : "back at the present")
        return .done
    }

    mutating func go(to place: Command.Place) -> Progress {
        let timeline = model.timeline
        switch place {
        case .start: model.look(at: timeline.first)
        case .end: model.past = nil
        case .event(let number):
            guard number >= timeline.first, number <= timeline.end else {
                return .failed(
                    "there are the events \(timeline.first) to \(timeline.end)"
                        + notKept)
            }
            model.look(at: number)
        case .exit(let number):
            switch timeline.cursor(behindExit: number) {
            case .found(let cursor): model.look(at: cursor)
            case .only(let range):
                return .failed(
                    range.isEmpty
                        ? "there was no exit yet"
                        : "there are the exits \(range.lowerBound) to \(range.upperBound - 1)\(notKept)")
            }
        case .mark(let name):
            guard let position = model.marks[name] ?? timeline.live.marks[name] else {
                return .failed("there is no mark '\(name)'")
            }
            guard position >= timeline.first else { return .failed("the mark '\(name)' is no longer kept\(notKept)") }
            model.look(at: position)
        }
        return .done
    }

    mutating func mark(_ name: String) -> Progress {
        model.marks[name] = model.cursor
        model.notice = Notice("event \(model.cursor) is now '\(name)'")
        // The run itself remembers it, and with it a recording; a replay's file is only read.
        if model.situation.isLive { effects.append(.keepMark(name, at: model.cursor)) }
        return .done
    }

    mutating func listMarks() -> Progress {
        let marks = model.timeline.live.marks.merging(model.marks) { $1 }.sorted {
            ($0.value, $0.key) < ($1.value, $1.key)
        }
        guard !marks.isEmpty else {
            return .failed(
                "there is no mark yet; \(key(for: .palette("mark "), or: "mark NAME")) names the event under the cursor"
            )
        }
        let rows = marks.map { name, position in
            let text = model.timeline[position - 1].map(EventText.line) ?? "no longer kept"
            return (term: "goto mark \(name)", summary: "event \(position): \(text)")
        }
        model.help = HelpOverlay(HelpPage(title: "Marks", text: "", rows: rows))
        return .done
    }
}

enum ExitPlace {
    case found(Int)
    /// Exits that are kept, by number.
    case only(Range<Int>)
}

extension Timeline {
    func cursor(after cursor: Int, unit: StepUnit, vcpu: Int) -> Int? {
        switch unit {
        case .exit: self.cursor(after: cursor, boundary: .exit, vcpu: vcpu)
        case .instruction: self.cursor(after: cursor, boundary: .stop, vcpu: vcpu)
        case .ioctl: self.cursor(after: cursor, boundary: .ioctl, vcpu: nil)
        case .transition, .level: transition(after: cursor, vcpu: vcpu)
        case .event: self.cursor(after: cursor, boundary: .event, vcpu: nil)
        }
    }

    func cursor(before cursor: Int, unit: StepUnit, vcpu: Int) -> Int? {
        switch unit {
        case .exit: return self.cursor(before: cursor, boundary: .exit, vcpu: vcpu)
        case .instruction: return self.cursor(before: cursor, boundary: .stop, vcpu: vcpu)
        case .ioctl: return self.cursor(before: cursor, boundary: .ioctl, vcpu: nil)
        case .transition, .level: return transition(before: cursor, vcpu: vcpu)
        case .event: return self.cursor(before: cursor, boundary: .event, vcpu: nil)
        }
    }

    /// Where the newest machine's exit of a number, counted from 1, is over and done with.
    func cursor(behindExit number: Int) -> ExitPlace {
        let start = last(before: end, of: [.start]) ?? first
        let before = start == first ? world(at: start).exitCount : 0
        var count = before
        var position = start
        while let exit = next(from: position, of: [.exit]) {
            count += 1
            if count == number {
                return .found(self.cursor(after: exit, boundary: .exit, vcpu: nil) ?? exit + 1)
            }
            position = exit + 1
        }
        return .only(before + 1..<count + 1)
    }
}
