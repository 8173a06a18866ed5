import Command
import Facts
import Timeline

// Going back with the machine, and looking at the branches that come of it.
extension Update {
    /// Sets the machine back to the cursor, or to an event.
    mutating func resume(at event: Int?, for origin: Origin) -> Progress {
        let position = event ?? model.cursor
        guard position < model.timeline.end else {
            let key = key(for: .back(.exit), or: "back")
            return .failed("the machine stands here already; \(key) goes back to a place in the past first")
        }
        model.returningFrom = model.past
        return perform(.resume(position), for: origin)
    }

    /// A change in the past: it is made in a branch that begins there.
    mutating func branch(into command: Command, for origin: Origin) -> Progress {
        let cursor = model.cursor
        model.returningFrom = model.past
        let progress = perform(.resume(cursor), for: origin)
        guard progress == .underWay else { return progress }
        // One effect for both, since the change must not be made where the machine could not be set back.
        effects.removeLast()
        if origin == .person { model.ownCommand = command }
        effects.append(.branch(at: cursor, then: command, vcpu: model.vcpu, for: origin))
        return .underWay
    }

    mutating func showBranches() -> Progress {
        model.help = HelpOverlay(.branches)
        return .done
    }

    /// Brings a branch of a recording into view, at its end as the machine would stand.
    mutating func look(atBranch id: Int) -> Progress {
        guard id != model.timeline.branch else {
            model.notice = Notice("branch \(id) is in view")
            return .done
        }
        guard model.timeline.select(branch: id), let branch = model.timeline.branch(id) else {
            let all = model.timeline.branches.map { "\($0.id)" }.joined(separator: ", ")
            return .failed(
                "there is no branch \(id); there \(model.timeline.branches.count == 1 ? "is" : "are") \(all)")
        }
        model.past = nil
        model.followBranch()
        model.notice = Notice("branch \(id), \(branch.name), at its end")
        return .done
    }

    mutating func compare(with branch: Int) -> Progress {
        guard branch != model.timeline.branch else {
            return .failed("branch \(branch) is the one in view; compare it with another")
        }
        guard let comparison = BranchComparison(model.timeline, with: branch, exits: ComparisonView.limit) else {
            let others = model.timeline.branches.filter { $0.id != model.timeline.branch }.map { "\($0.id)" }
            return .failed(
                others.isEmpty
                    ? "there is one branch only; \(key(for: .resume(nil), or: "resume")) in the past begins another"
                    : "there is no branch \(branch); compare with \(others.joined(separator: ", "))")
        }
        model.help = HelpOverlay(.comparison(branch))
        // A few rows that are the same stay above the first that is not.
        scrollHelp(max(0, ComparisonView.differenceRow(comparison, width: model.helpWidth) - model.helpHeight / 2))
        return .done
    }

    /// Takes the cursor behind the newest change of bytes before it.
    mutating func goBackToWrite(of place: Expression, bytes: Int) -> Progress {
        guard case .integer(let address) = place.value(in: model.facts) else {
            return .failed("\(place) is no address: \(place.value(in: model.facts))")
        }
        let world = model.world
        guard let physical = world.physicalRanges(of: address, count: 1, on: model.vcpu).first?.address else {
            return .failed("guest virtual address \(Figure.hex(address)) is not mapped by the guest's page tables here")
        }
        // Behind the change that was just found the one before it is looked for.
        var from = model.cursor
        if let found = model.foundWrite, found.address == physical, found.cursor == model.cursor {
            from = found.position
        }
        guard let change = model.timeline.lastChange(of: physical, count: bytes, before: from) else {
            let which = bytes == 1 ? "The byte" : "No byte of the \(bytes)"
            return .failed(
                "\(which.lowercased()) at \(Figure.hex(address)) \(bytes == 1 ? "did not change" : "changed") before event \(from)\(model.timeline.first > 0 ? ", as far as events are kept" : "")"
            )
        }
        model.foundWrite = (physical, change.position, change.cursor)
        model.look(at: change.cursor)
        model.notice = Notice(text(change, address, world))
        return .done
    }

    private func text(_ change: MemoryChange, _ address: UInt64, _ world: World) -> String {
        func number(_ bytes: [UInt8]) -> String {
            let value = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return "0x" + Figure.digits(value, min(8, bytes.count) * 2)
        }
        let what = "\(Figure.hex(address)) changed from \(number(change.before)) to \(number(change.after))"
        guard change.isGuests else { return "\(what): written from outside, not by the guest" }
        let (before, after) = (model.timeline.world(at: change.start), model.timeline.world(at: change.cursor))
        let rip = before.vcpus.indices.contains(model.vcpu) ? before.vcpus[model.vcpu].registers?.general.rip : nil
        let place = rip.map { ", from RIP \(Figure.hex($0)) on" } ?? ""
        if case .resumed(let resumption)? = model.timeline[change.start]?.body, resumption.how == .instruction {
            return "\(what) by the instruction at RIP \(rip.map(Figure.hex) ?? "?")"
        }
        let exits =
            after.exitCount > before.exitCount
            ? "before exit \(after.exitCount)" : "after exit \(before.exitCount)"
        return "\(what) \(exits)\(place)"
    }
}

extension Model {
    /// Whether a recording is looked at that no lesson goes through.
    var isRecordingAlone: Bool { environment.isReplay && environment.lessonReplay == nil && lesson == nil }

    /// Takes over what belongs to the branch that is in view now.
    mutating func followBranch() {
        strip.follow(timeline)
        guard timeline.branch != branch else { return }
        marksOfBranches[branch] = marks
        let shared = timeline.sharedEvents(of: branch, and: timeline.branch)
        marks = marksOfBranches[timeline.branch] ?? marks.filter { $0.value <= shared }
        branch = timeline.branch
    }
}
