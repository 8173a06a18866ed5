internal import Command
internal import Glibc
internal import KVM
internal import Machine
internal import Timeline

// Keyframes of the machine, going back to one, and running on from there in a branch.
extension Session {
    // MARK: Taking keyframes

    /// Takes a keyframe of the machine as it stands, unless the newest one is just that.
    func takeKeyframe() {
        guard let machine, sink == nil, currentKeyframe == nil, timeline.live.phase != .failed else { return }
        absorbCalls()
        do {
            let snapshot = try unseen { () throws(MachineError) in
                defer { noteOwnRuns(machine.takeFinishedAccesses()) }
                return try machine.snapshot()
            }
            absorbCalls()
            let keyframe = keyframes.add(snapshot)
            currentKeyframe = keyframe.id
            keyframeObstacle = nil
            append(.keyframe(keyframe))
            // Finishing an access may have written memory, as a move from a device to memory does.
            let changed = machine.takePagesKnownToHaveChanged()
            noteDirtyLog(changed)
            tell(changed)
        } catch {
            keyframeObstacle = error.description
        }
    }

    /// Something of the machine changes: what the newest keyframe holds is the past.
    func leaveKeyframe() {
        currentKeyframe = nil
        isFreshBranch = false
    }

    /// Calls that are told in one event, and not one by one.
    private func unseen<Value>(_ body: () throws(MachineError) -> Value) throws(MachineError) -> Value {
        let level = door.level
        door.level = .off
        defer { door.level = level }
        return try body()
    }

    // MARK: Going back

    /// A place to which the machine can be set.
    private struct Place {
        var keyframe: Int
        /// Where the timeline is forked.
        var fork: Int
        /// Exits between the keyframe and the place that was asked for.
        var exits = 0
        var how = Resumption.How.exit
    }

    /// Sets the machine to what it was at a position, in a new branch; what came after is kept.
    func resume(at position: Int?) -> Outcome {
        guard machine != nil else { return .refused("no machine is built yet") }
        guard !isBusy else { return .refused("the machine is running; pause it first") }
        let cursor = position ?? timeline.end
        guard cursor < timeline.end else {
            return .refused("the machine stands here already; go back to an earlier event first")
        }
        guard cursor >= timeline.first else { return .refused("event \(cursor) is no longer kept") }
        guard let place = place(at: cursor) else {
            let why = keyframeObstacle.map { ": \($0)" } ?? ""
            return .refused("no keyframe is kept at or before event \(cursor)\(why)")
        }
        let before = timeline.branch
        leaveBranch()
        let exits = timeline.world(at: cursor).exitCount
        let name = exits == 0 ? "from the start" : "from exit \(exits)"
        let branch = timeline.fork(at: place.fork, name: name)
        recorder?.turn(to: branch, isNew: true, world: timeline.live)
        isFreshBranch = true
        if let refused = setMachine(to: place.keyframe) { return refused }
        var text = "branch \(branch.id), \(name): the machine stands here again; branch \(before) is kept"
        if place.exits > 0 {
            text += "; " + rerun(place, toward: cursor, of: before)
            isFreshBranch = true
        }
        return .done(text)
    }

    /// The keyframe at a cursor, or the newest before it with what ran in between.
    private func place(at cursor: Int) -> Place? {
        // Taken when the machine left this place, it stands behind the cursor with nothing changed in between.
        let ahead = timeline.next(from: cursor) { !$0.isReading }
        if let ahead, case .keyframe(let keyframe)? = timeline[ahead]?.body, keyframes[keyframe.id] != nil {
            return Place(keyframe: keyframe.id, fork: cursor)
        }
        let found = timeline.last(before: cursor) { event in
            switch event.body {
            case .start: true
            case .keyframe(let keyframe): keyframes[keyframe.id] != nil
            case .restored(let restored): keyframes[restored.keyframe] != nil
            default: false
            }
        }
        guard let found else { return nil }
        var place: Place
        switch timeline[found]?.body {
        case .keyframe(let keyframe): place = Place(keyframe: keyframe.id, fork: found + 1)
        case .restored(let restored): place = Place(keyframe: restored.keyframe, fork: found + 1)
        default: return nil
        }
        place.exits = exits(from: found, to: cursor)
        if place.exits == 0 {
            place.fork = cursor
        } else if let order = timeline.last(before: cursor, where: \.isResumption),
            case .resumed(let resumption)? = timeline[order]?.body
        {
            place.how = resumption.how
        }
        return place
    }

    private func exits(from start: Int, to end: Int) -> Int {
        timeline.world(at: end).exitCount - timeline.world(at: start).exitCount
    }

    /// Brings another branch into view, with the machine as it stood at that branch's end.
    func select(branch id: Int) -> Outcome {
        guard timeline.branch(id) != nil else {
            let all = timeline.branches.map { "\($0.id)" }.joined(separator: ", ")
            return .refused("there is no branch \(id); there \(timeline.branches.count == 1 ? "is" : "are") \(all)")
        }
        guard id != timeline.branch else { return .done("branch \(id) is in view") }
        guard !isBusy else { return .refused("the machine is running; pause it first") }
        guard recorder == nil || !unrecorded.contains(id) else {
            return .refused("branch \(id) is not in the recording, which began when its past was gone; end it first")
        }
        guard let keyframe = keyframes.ends[id], keyframes[keyframe] != nil, machine != nil else {
            return .refused(
                "the keyframe of that branch's end is not kept; `compare \(id)` still shows what happened in it")
        }
        leaveBranch()
        guard timeline.select(branch: id) else { return .refused("branch \(id) is no longer kept") }
        tellRecorder()
        if let refused = setMachine(to: keyframe) { return refused }
        return .done("branch \(id), \(timeline.branch(id)?.name ?? ""): the machine stands at its end")
    }

    func nameBranch(_ name: String) -> Outcome {
        rename(to: name)
        return .done("branch \(timeline.branch) is now '\(name)'")
    }

    /// A change in a branch that was just made says what the branch is about.
    func nameFreshBranch(after command: Command) {
        guard isFreshBranch else { return }
        rename(to: "\(command)")
    }

    private func rename(to name: String) {
        timeline.rename(branch: timeline.branch, to: name)
        isFreshBranch = false
        tellRecorder()
    }

    /// The branch in view came back into view, or has another name.
    private func tellRecorder() {
        guard let recorder, let branch = timeline.branch(timeline.branch) else { return }
        recorder.turn(to: branch, isNew: false, world: timeline.live)
    }

    /// The end of the branch in view becomes a place to return to.
    private func leaveBranch() {
        takeKeyframe()
        if let currentKeyframe { keyframes.ends[timeline.branch] = currentKeyframe }
        let known = Set(timeline.branches.map(\.id))
        keyframes.ends = keyframes.ends.filter { known.contains($0.key) }
    }

    /// Sets the machine, and tells what it is then.
    private func setMachine(to keyframe: Int) -> Outcome? {
        guard let machine, let snapshot = keyframes[keyframe] else {
            return .refused("keyframe \(keyframe) is not kept")
        }
        absorbLog()
        do {
            let level = door.level
            door.level = .record
            defer { door.level = level }
            let restoration = try machine.restore(snapshot)
            absorbLog()
            append(
                .restored(
                    Restored(
                        keyframe: keyframe, branch: timeline.branch, pages: restoration.frames.count,
                        text: Self.text(restoration))))
            if !restoration.frames.isEmpty { noteForgottenTables(.slots) }
        } catch {
            absorbLog()
            append(.problem(error.description))
            append(.phase(.stopped))
            return .refused("the machine could not be set back, and `reset` builds it anew: \(error.description)")
        }
        for (index, vcpu) in snapshot.vcpus.enumerated() {
            note(vcpu.general, vcpu.special, of: index, source: .ioctl)
        }
        tell(snapshot.pages)
        for vcpu in timeline.live.vcpus where vcpu.isRunning {
            append(.stopped(.init(vcpu: vcpu.index, reason: .restored, text: "set back to here")))
        }
        readHost()
        if timeline.live.phase == .running { append(.phase(.stopped)) }
        currentKeyframe = keyframe
        return nil
    }

    private static func text(_ restoration: Restoration) -> String {
        guard !restoration.refusedMSRs.isEmpty else { return "" }
        let list = Set(restoration.refusedMSRs).sorted().map { "0x" + hexadecimal(UInt64($0)) }.joined(separator: ", ")
        return "KVM did not take these MSRs back: \(list)"
    }

    /// The pages of a keyframe that the timeline does not know to be so.
    private func tell(_ pages: GuestPages) {
        // What was written is in the keyframe.
        _ = machine?.takePagesKnownToHaveChanged()
        let known = timeline.live.memory.pages
        var new: [MemoryPage] = []
        for (frame, page) in pages.all {
            let content = content(of: page)
            if known[frame] != content { new.append(MemoryPage(frame: frame, content: content)) }
        }
        for (frame, content) in known where pages[frame] == nil && content != zeroPage {
            new.append(MemoryPage(frame: frame, content: zeroPage))
        }
        if !new.isEmpty { append(.memory(new.sorted { $0.frame < $1.frame })) }
    }

    // MARK: Running up to a place again

    /// Runs from a keyframe as far as the place lies behind it, and says whether the same happened.
    private func rerun(_ place: Place, toward cursor: Int, of branch: Int) -> String {
        guard configuration.vcpus == 1 else {
            return "with several vCPUs it is the nearest keyframe, \(count(place.exits, "exit")) before event \(cursor)"
        }
        let target = timeline.live.exitCount + place.exits
        let deadline = monotonicNow() &+ 10_000_000_000
        while timeline.live.exitCount < target, monotonicNow() < deadline {
            let left = target - timeline.live.exitCount
            // An instruction may end in two exits.
            let extent: RunOrder.Extent = place.how == .instruction ? .instructions(max(1, left / 2)) : .exits(left)
            guard obstacle(to: [0]) == nil else { break }
            order([0], extent, how: place.how, run: Run(command: .resume(nil), outstanding: []))
            while isBusy, monotonicNow() < deadline {
                _ = waitForWork(milliseconds: 50)
                absorbLog()
            }
        }
        if isBusy { _ = performAndWait(.pause) }
        notices.removeAll { $0 == .finished(.resume(nil), .done(nil)) }
        let again = count(place.exits, "exit")
        guard let comparison = BranchComparison(timeline, with: branch, exits: place.exits) else { return "" }
        if let difference = comparison.difference {
            return "ran \(again) from keyframe \(place.keyframe), not the same as before: \(difference.text)"
        }
        return "ran \(again) from keyframe \(place.keyframe), the same as before"
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

extension Event {
    /// Nothing of the machine changed with it: the program, or the person, looked.
    fileprivate var isReading: Bool {
        switch body {
        case .guide, .kernelTally, .kernelLost, .statistics, .disturbed, .road, .sight, .host, .descriptors, .threads,
            .phase,
            .mark, .pastMark, .walk, .translation, .hostPage, .processor, .problem, .end:
            true
        case .ioctl(let call): call.observing
        default: false
        }
    }

    fileprivate var isResumption: Bool {
        if case .resumed = body { return true }
        return false
    }
}
