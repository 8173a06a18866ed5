import Command
import Facts
import Screen
import Timeline

// Following an address: in the present the machine is asked about it, in the past what was recorded has to do.
extension Update {
    mutating func walk(_ command: Command, for origin: Origin) -> Progress {
        switch command {
        case .walk(let address, let access, let user):
            return walk(command, address, WalkQuestion.Space(of: address), access, user: user, for: origin)
        case .walkPhysical(let address):
            return walk(command, address, .physical, .read, user: false, for: origin)
        default:
            let inside = model.layout.rect(of: model.focus).map { Screen.Pane.inside($0) }
            let context = model.context(for: model.focus, world: model.world)
            guard let inside,
                let here = Panes.view(for: model.focus).walked(context, width: inside.width, height: inside.height)
            else { return carryOut(.palette("walk "), for: origin) }
            return walk(here, for: origin)
        }
    }

    private mutating func walk(
        _ command: Command, _ address: Expression, _ space: WalkQuestion.Space, _ access: Command.AccessKind,
        user: Bool, for origin: Origin
    ) -> Progress {
        let number: UInt64
        switch address.value(in: model.facts) {
        case .integer(let value): number = value
        case .unknown(let reason): return .failed("\(address): \(reason)")
        case let other: return .failed("\(address) is \(other), which is no address")
        }
        var state = model.arrangement.state(of: .translation)
        state.scroll = 0
        model.arrangement.set(state, of: .translation)
        model.arrangement.show(.translation)
        if origin == .person { focus(.translation) }
        guard isOnlyLooking(origin) else {
            return perform(command, for: origin)
        }
        model.pastWalk = WalkQuestion(
            vcpu: model.vcpu, space: space, address: number,
            access: WalkQuestion.Access(rawValue: access.rawValue) ?? .read,
            isUser: user)
        return .done
    }

    /// Whether the walk is of what is known already; else the machine is asked, or the recording in its place.
    private func isOnlyLooking(_ origin: Origin) -> Bool {
        if origin == .lesson, model.environment.lessonReplay != nil { return false }
        return model.environment.isReplay || (!model.isLive && origin == .person)
    }

    /// Shows more or fewer levels of the walk.
    mutating func step(levels: Int, _ command: Command, for origin: Origin) -> Progress {
        let world = model.world
        guard let question = model.ownWalk ?? world.walk, let way = AddressWalk(question, in: world) else {
            return .failed("no address is followed yet; \(key(for: .walkHere, or: "walk ADDRESS")) begins")
        }
        guard isOnlyLooking(origin) else {
            return perform(command, for: origin)
        }
        guard let moved = way.question(movedBy: levels) else { return .failed("this is where the walk begins") }
        model.pastWalk = moved
        return .done
    }
}
