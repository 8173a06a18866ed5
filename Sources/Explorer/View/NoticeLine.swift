import Command
import Screen
import Timeline

/// The row under what happened: the last command's result, or what can be done now; and the reminder of the past.
struct NoticeLine {
    var left: Line
    var right: Line

    init(_ model: Model, isProblem: Bool) {
        if let notice = model.notice {
            left = Line(notice.text, notice.style)
        } else if isProblem {
            left = Self.offers(model)
        } else {
            left = Line()
        }
        right = Line()
        if model.environment.isReplay {
            right.append("event \(model.cursor) of \(model.timeline.end)", .accent)
            return
        }
        guard !model.isLive else { return }
        right.append("looking back at event \(model.cursor) of \(model.timeline.end)", .warning)
        if let key = CommandTable.keys(for: .goTo(.end)).first {
            right.append(" · ", .dim)
            right.append("\(key)", .key)
            right.append(" returns to now", .warning)
        }
    }

    /// What a person can do about a problem, each with its key.
    private static func offers(_ model: Model) -> Line {
        let situation = model.situation
        var wanted: [(Command, String)] = [
            (.focus(.code), "look at the code"), (.skip, "skip the instruction"), (.back(.exit), "go back"),
            (.reset, "reset the machine"),
        ]
        // A refused call, other than KVM_RUN, says nothing of the guest's code.
        if let call = model.world.lastIoctl, call.errno != 0, call.name != "KVM_RUN" { wanted.removeFirst(2) }
        var line = Line("you can: ", .dim)
        var count = 0
        for (command, label) in wanted where command.obstacle(in: situation) == nil {
            guard let key = CommandTable.keys(for: command).first else { continue }
            if count > 0 { line.append(" · ", .dim) }
            line.append("\(key)", .key)
            line.append(" \(label)")
            count += 1
        }
        return count > 0 ? line : Line()
    }

    func draw(on canvas: inout Canvas) {
        let room = canvas.width - 2
        let reminder =
            left.isEmpty || left.width + right.width + 3 <= room ? right : Self.shortened(right, beside: left, room)
        let reminderWidth = min(reminder.width, room)
        canvas.put(reminder, x: canvas.width - 1 - reminderWidth, y: 0, width: reminderWidth)
        canvas.put(left, x: 1, y: 0, width: max(0, room - (reminderWidth > 0 ? reminderWidth + 2 : 0)))
    }

    /// Where both do not fit, the header's mark of the past is enough.
    private static func shortened(_ right: Line, beside left: Line, _ room: Int) -> Line {
        guard let first = right.spans.first else { return right }
        let short = Line(first.text.replacingPrefix("looking back at event", by: "PAST"), .warning)
        return left.width + short.width + 3 <= room ? short : Line()
    }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String, by other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}

extension Notice {
    var style: Style {
        switch kind {
        case .plain: .normal
        case .good: .good
        case .warning: .warning
        case .bad: .bad
        }
    }
}
