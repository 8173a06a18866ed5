import Screen
import Timeline

/// What just happened at the cursor, in one sentence.
struct Happening {
    let line: Line
    /// Whether it is something that the guest or the kernel did not do as one would expect.
    let isProblem: Bool

    /// Readings and other notes lie between; further back, what is found is no longer what just happened.
    private static let limit = 512

    init(_ model: Model, _ world: World) {
        if let waiting = world.waiting {
            var line = Line("at the gate", .accent)
            line.append(" · \(waiting.name) has not been made yet")
            self.init(line, false)
            return
        }
        let timeline = model.timeline
        let cursor = model.cursor
        var position = cursor - 1
        // vCPUs that only stand because another did: the signal that made them is no news.
        var together: Set<Int> = []
        while position >= max(timeline.first, cursor - Self.limit), let event = timeline[position] {
            if case .stopped(let stop) = event.body, stop.reason == .together { together.insert(stop.vcpu) }
            var isNews = true
            if case .exit(let exit) = event.body, exit.reason == "intr" { isNews = !together.contains(exit.vcpu) }
            if isNews, let found = Happening(event, world) {
                self = found
                return
            }
            position -= 1
        }
        self.init(Self.nothing(model), false)
    }

    private init(_ line: Line, _ isProblem: Bool) {
        self.line = line
        self.isProblem = isProblem
    }

    /// Nil for an event that only goes with another.
    private init?(_ event: Event, _ world: World) {
        switch event.body {
        case .exit(let exit): self = Self.exit(exit, world)
        case .ioctl(let call):
            // KVM_RUN's return is told by its exit; a failure of it is news of its own.
            if call.observing || (call.name == "KVM_RUN" && call.errno == 0) || call.errnoName == "EINTR" { return nil }
            guard call.errno != 0 else {
                self.init(Line(EventText.line(event)), false)
                return
            }
            self.init(Self.sentence([call.name + " was refused", EventText.line(event)], .bad), true)
        case .stopped(let stop):
            switch stop.reason {
            case .exit, .together: return nil
            case .failure, .refused, .bios:
                self.init(Self.sentence([Self.vcpu(stop.vcpu), stop.text], .bad), true)
            default:
                let text = stop.text.isEmpty ? Self.words(stop.reason) : stop.text
                self.init(Self.sentence([Self.vcpu(stop.vcpu), text, Self.place(stop.vcpu, world)]), false)
            }
        case .problem(let text): self.init(Line(text, .bad), true)
        case .end(let end):
            let bad = [.error, .shutdown, .bios].contains(end.why) || (end.why == .exit && end.code != 0)
            var parts = ["the run has ended: \(Self.words(end))"]
            if !end.text.isEmpty { parts.append(end.text) }
            self.init(Self.sentence(parts, bad ? .bad : .good), bad)
        case .resumed(let resumption):
            self.init(Line("\(Self.vcpu(resumption.vcpu)) · inside KVM_RUN", .kernelMode), false)
        case .phase(.ready): self.init(Line("the machine is ready; the guest has not run yet", .emphasis), false)
        case .start, .mark, .kernel: self.init(Line(EventText.line(event)), false)
        default: return nil
        }
    }

    private static func exit(_ exit: Exit, _ world: World) -> Happening {
        let isProblem = exit.isTrouble
        let number = world.exitCount > 0 ? ["exit \(world.exitCount)"] : []
        var parts = [vcpu(exit.vcpu)] + number + [ExitText.line(exit)]
        if isProblem, let rip = exit.rip { parts.append("at RIP \(Figure.hex(rip))") }
        return Happening(sentence(parts, isProblem ? .bad : .emphasis), isProblem)
    }

    /// Parts with dots between; the first names whom it is about.
    private static func sentence(_ parts: [String], _ style: Style = .emphasis) -> Line {
        var line = Line()
        for (index, part) in parts.enumerated() where !part.isEmpty {
            if !line.isEmpty { line.append(" · ", .dim) }
            line.append(part, index == 0 && parts.count > 1 ? .normal : style)
        }
        return line
    }

    /// Where the vCPU stands, as the guest's source would say it.
    private static func place(_ number: Int, _ world: World) -> String {
        guard world.vcpus.indices.contains(number), let rip = world.vcpus[number].registers?.general.rip else {
            return ""
        }
        let symbol = world.start?.symbols.last { $0.address <= rip && rip &- $0.address < 4096 }
        guard let symbol else { return "now at \(Figure.hex(rip))" }
        let offset = rip &- symbol.address
        return "now at \(Figure.hex(rip)) <\(symbol.name)\(offset > 0 ? "+\(Figure.hex(offset))" : "")>"
    }

    private static func vcpu(_ number: Int) -> String { "vCPU \(number)" }

    private static func words(_ reason: Stop.Reason) -> String {
        switch reason {
        case .instruction: "one instruction"
        case .until: "the condition holds"
        case .pause: "paused"
        case .ended: "debug exit"
        default: reason.rawValue
        }
    }

    private static func words(_ end: RunEnd) -> String {
        switch end.why {
        case .hlt: "the guest halted"
        case .exit: "debug exit with code \(end.code)"
        case .shutdown: "the guest shut down"
        case .limit: "the limit of exits is reached"
        case .timeout: "the time is up"
        case .bios: "interrupt 0x\(String(end.code, radix: 16)) had no handler"
        case .error: "an error, code \(end.code)"
        }
    }

    private static func nothing(_ model: Model) -> Line {
        if let reason = model.environment.kvmUnavailable, model.timeline.end == 0 { return Line(reason, .warning) }
        let first = model.timeline.first
        let before =
            first > 0 ? "the past that memory keeps begins here, with event \(first)" : "before the first event"
        return Line(model.isLive ? "nothing has happened yet" : before, .dim)
    }
}
