import Command
import Facts
import Timeline

// `until` where the machine has gone on already: the cursor moves along what was recorded.
extension Update {
    /// How long is looked before the person gets the keys back.
    private static let patience = Duration.seconds(2)

    /// Looks behind each exit from the cursor on, and stays at the first where the condition holds.
    mutating func look(until condition: Expression) -> Progress {
        let timeline = model.timeline
        guard model.cursor < timeline.end else { return .failed("the recording ends here") }
        let deadline = ContinuousClock.now + Self.patience
        var cursor = model.cursor
        while let next = timeline.cursor(after: cursor, boundary: .exit, vcpu: nil) {
            cursor = next
            if condition.holds(in: WorldFacts(timeline, at: cursor, vcpu: model.vcpu)) == true {
                model.look(at: cursor)
                model.notice = Notice("\(condition) holds")
                return .done
            }
            if ContinuousClock.now >= deadline, cursor < timeline.end {
                model.look(at: cursor)
                model.notice = Notice("up to here \(condition) has held at no exit; the same again looks on", .warning)
                return .done
            }
        }
        model.past = nil
        let end = model.environment.isReplay ? "the recording ends here" : "back at the present"
        model.notice = Notice("\(end): \(condition) held at no exit on the way", .warning)
        return .done
    }
}
