import Command
import Facts
import Lesson
import Screen
import Timeline

import enum Command.Pane

extension Update {
    /// How far a command has come when `carryOut` returns.
    enum Progress: Equatable {
        case done
        /// One line: why it was not carried out.
        case failed(String)
        /// Handed to the program; `.commandFinished` will follow.
        case underWay
    }

    /// Carries out a command, wherever it came from.
    ///
    /// What is only about looking is done here; what concerns the machine becomes an effect.
    mutating func carryOut(_ command: Command, for origin: Origin) -> Progress {
        if let obstacle = obstacle(to: command, for: origin) { return .failed(obstacle) }
        if let problem = model.problem(with: command) { return .failed(problem) }
        // Whatever is done next, the search before it is over.
        let wasHunting = model.hunt != nil
        model.hunt = nil
        model.hitCount = nil
        switch command {
        case .step(.level, let count): return step(levels: count, command, for: origin)
        case .back(.level, let count): return step(levels: -count, command, for: origin)
        case .step(let unit, let count): return step(unit, count, for: origin)
        case .back(let unit, let count): return back(unit, count)
        case .until(let condition)
        where origin == .person
            && (!model.isLive || model.environment.isReplay && model.environment.lessonReplay == nil):
            return look(until: condition)
        case .run, .until:
            if !model.isLive, origin == .person { return returnToNow() }
            return perform(command, for: origin)
        case .toggleRun:
            if model.machine == .running { return perform(.pause, for: origin) }
            if !model.isLive, origin == .person { return returnToNow() }
            return perform(.run, for: origin)
        case .pause, .breakAt, .watch, .deleteBreak, .gate, .observe, .observeGently, .observeLog, .traceRoad, .record:
            return perform(command, for: origin)
        case .build, .reset:
            model.past = nil
            return perform(command, for: origin)
        case .createVCPU, .ioctl, .slot:
            guard model.isLive || origin == .lesson else {
                return .failed("you are looking at the past; \(key(for: .goTo(.end), or: "goto end")) returns to now")
            }
            return perform(command, for: origin)
        case .skip, .poke, .set:
            // Changed in the past, the run goes on in a branch of its own.
            return model.isLive ? perform(command, for: origin) : branch(into: command, for: origin)
        case .resume(let event): return resume(at: event, for: origin)
        case .branch(let branch):
            return model.isRecordingAlone ? look(atBranch: branch) : perform(command, for: origin)
        case .nameBranch:
            let past = model.past
            defer { model.past = past }
            return perform(command, for: origin)
        case .branches: return showBranches()
        case .compare(let branch): return compare(with: branch)
        case .whoWrote(let address, let bytes): return goBackToWrite(of: address, bytes: bytes)
        case .vcpu(let number): return choose(vcpu: number)
        case .nextVCPU: return choose(vcpu: (model.vcpu + 1) % model.vcpuCount(model.world))
        case .memory(let address): return look(at: address, in: .memory, origin)
        case .disassemble(let address): return look(at: address, in: .code, origin)
        case .walk, .walkPhysical, .walkHere: return walk(command, for: origin)
        case .print(let expression):
            let value = expression.value(in: model.facts)
            model.notice = Notice("\(expression) is \(value)", value.unknownReason == nil ? .plain : .warning)
            return .done
        case .expect(let condition): return expect(condition, for: origin)
        case .show, .hide, .focus, .focusNext, .focusPrevious, .zoom, .unzoom, .move, .choose:
            return arrange(command, for: origin)
        case .goTo(let place): return go(to: place)
        case .mark(let name): return mark(name)
        case .marks: return listMarks()
        case .search(let text):
            model.needle = text
            return search(forward: true, for: origin)
        case .searchNext: return search(forward: true, for: origin)
        case .searchPrevious: return search(forward: false, for: origin)
        case .lesson(let command): return lesson(command, for: origin)
        case .palette(let text):
            guard origin == .person else { return .failed("a lesson does not open the command line") }
            model.palette = Palette(text ?? "")
            return .done
        case .mouse(let on):
            model.hasMouse = on
            effects.append(.setMouse(on))
            model.notice = Notice(
                on ? "the mouse is ours; mouse off gives it back" : "the mouse is the terminal's again")
            return .done
        case .help(let topic): return help(topic)
        case .quit:
            guard origin == .person else { return .failed("a lesson does not end the program") }
            quit()
            return .done
        case .redraw:
            effects.append(.redraw)
            return .done
        case .cancel: return cancel(origin, isHunting: wasHunting)
        }
    }

    /// Why the command makes no sense now.
    private func obstacle(to command: Command, for origin: Origin) -> String? {
        var situation = model.situation
        // The recording does what the lesson asks of its machine.
        if origin == .lesson, model.environment.lessonReplay != nil { situation.isLive = true }
        switch command {
        case .step where !model.isLive, .until where !model.isLive: return nil
        case .branch where model.isRecordingAlone: return nil
        default: break
        }
        guard let obstacle = command.obstacle(in: situation) else { return nil }
        // A replay is one reason why nothing can be run; the host is another.
        if !situation.isLive, let why = model.environment.lessonReplay, command.entry?.needs.contains(.live) == true {
            return Self.replayed(why)
        }
        if !situation.isLive, !model.environment.isReplay, command.entry?.needs.contains(.live) == true,
            let reason = model.environment.kvmUnavailable
        {
            return reason
        }
        return "not now: \(obstacle)"
    }

    /// Hands a command to the program, from the present.
    mutating func perform(_ command: Command, for origin: Origin) -> Progress {
        if let why = model.environment.lessonReplay {
            guard origin == .lesson else { return .failed(Self.replayed(why)) }
        } else if model.environment.isReplay {
            return .failed("this is a replay; nothing can be run or changed")
        } else if let reason = model.environment.kvmUnavailable {
            return .failed(reason)
        }
        if origin == .person, let lesson = model.lesson {
            if case .performing = lesson.state, command != .pause {
                return .failed("the lesson is carrying out its step; wait for it, or pause the machine")
            }
            play(.learnerCommand(command))
        }
        model.past = nil
        if origin == .person { model.ownCommand = command }
        effects.append(.perform(command, vcpu: model.vcpu, for: origin))
        return .underWay
    }

    /// What a step of the learner's own is answered in a lesson's replay.
    static func replayed(_ why: String) -> String {
        "a replay has only the lesson's own steps; \(why)"
    }

    private mutating func choose(vcpu number: Int) -> Progress {
        let count = model.vcpuCount(model.world)
        guard number < count else {
            return .failed(
                "there is no vCPU \(number); there \(count == 1 ? "is vCPU 0 alone" : "are vCPUs 0 to \(count - 1)")")
        }
        if model.lesson != nil, number != model.vcpu { play(.learnerCommand(.vcpu(number))) }
        model.vcpu = number
        return .done
    }

    private mutating func look(at address: Expression, in pane: Pane, _ origin: Origin) -> Progress {
        switch address.value(in: model.facts) {
        case .integer(let number):
            let vcpus = model.world.vcpus
            let system = vcpus.indices.contains(model.vcpu) ? vcpus[model.vcpu].registers?.system : nil
            let isCode = pane == .code
            var state = model.arrangement.state(of: pane)
            // The panes go by linear addresses, since labels are some.
            state.address =
                system?.linear(number, of: address, isCode ? .execute : .read, numbersAreOffsets: isCode) ?? number
            state.scroll = 0
            state.selection = nil
            state.followsCursor = false
            model.arrangement.set(state, of: pane)
            model.arrangement.show(pane)
            if origin == .person { focus(pane) }
            return .done
        case .unknown(let reason): return .failed("\(address): \(reason)")
        case let other: return .failed("\(address) is \(other), which is no address")
        }
    }

    private mutating func expect(_ condition: Expression, for origin: Origin) -> Progress {
        let value = condition.value(in: model.facts)
        switch value {
        case .unknown(let reason): return .failed("expected \(condition); unknown: \(reason)")
        default:
            guard value.truth == true else { return .failed("expected \(condition), which does not hold") }
            // A lesson expects many things that its reader need not be told.
            if origin == .person { model.notice = Notice("\(condition): yes", .good) }
            return .done
        }
    }

    private mutating func help(_ topic: String?) -> Progress {
        guard let topic else {
            model.help = HelpOverlay(CommandTable.help)
            return .done
        }
        guard let page = CommandTable.help(on: topic) else {
            let nearest = CommandTable.nearestTopic(to: topic).map { "; did you mean '\($0)'?" } ?? ""
            return .failed("there is no help on '\(topic)'\(nearest)")
        }
        model.help = HelpOverlay(page)
        return .done
    }

    /// Closes one thing: the nearest to the eye.
    private mutating func cancel(_ origin: Origin, isHunting: Bool) -> Progress {
        model.keysAhead = []
        if isHunting {
            model.notice = Notice("the search was stopped")
        } else if model.help != nil {
            model.help = nil
        } else if model.menu != nil, model.lesson != nil {
            model.menu = nil
        } else if model.arrangement.isZoomed {
            model.arrangement.isZoomed = false
        } else if model.machine == .running, model.situation.isLive {
            return perform(.pause, for: origin)
        }
        return .done
    }

    /// The first key of a command, as a sentence names it.
    func key(for command: Command, or words: String) -> String {
        CommandTable.keys(for: command).first?.description ?? words
    }
}
