public import Command
public import Timeline

/// Answers facts from the world at a cursor: the one bridge between the command language and the timeline.
///
/// A module of its own because both sides need it: Session for `until` and `expect`, Lesson for goals and predictions.
public struct WorldFacts: FactSource {
    public var world: World
    /// The vCPU that facts without a number speak of.
    public var vcpu: Int
    /// Events in the whole timeline, those ahead of the cursor included.
    public let timelineCount: Int
    /// The guest's symbols; known before the machine is begun to those who have the image.
    public var symbols: [Symbol]
    /// A walk that is looked at instead of the timeline's, as in a recording; nil for the timeline's own.
    public var walk: WalkQuestion?

    /// The branch in view, and how many there are.
    public let branch: Int
    public let branches: Int
    /// Asked where a fact needs more than one moment of it.
    let timeline: Timeline
    /// Memory was read just now, whether an event tells of it or nothing had changed.
    public var isMemoryCurrent = false

    /// - Parameter cursor: where in the timeline one looks; nil for its end.
    public init(_ timeline: Timeline, at cursor: Int? = nil, vcpu: Int) {
        self.timeline = timeline
        world = cursor.map { timeline.world(at: $0) } ?? timeline.live
        branch = timeline.branch
        branches = timeline.branches.count
        symbols = world.start?.symbols ?? []
        self.vcpu = vcpu
        timelineCount = timeline.end
    }

    public func address(ofSymbol name: String) -> UInt64? {
        symbols.first { $0.name == name }?.address
    }

    /// Only the newest part of a long console text is kept.
    public func isOnlyTheEnd(_ fact: FactReference) -> Bool { fact.id == .console && !world.console.isWhole }

    public func value(of fact: FactReference) -> Value {
        if let problem = FactTable.problem(withWordOf: fact, seen: world.seenWords) { return .unknown("\(problem)") }
        return answer(fact)
    }

    private func answer(_ fact: FactReference) -> Value {
        switch fact.id {
        case .exitReason, .exitNumber, .exitCount, .exitVCPU, .exitPort, .exitDirection, .exitSize, .exitRepeat,
            .exitData, .exitAddress, .exitSuberror, .exitInterrupted:
            exitFact(fact)
        case .register, .vcpuCount, .vcpuCurrent, .vcpuReason, .vcpuExits, .vcpuMode, .vcpuCPL, .vcpuState:
            vcpuFact(fact)
        case .mem8, .mem16, .mem32, .mem64: memory(fact)
        case .fdCount, .fdLast, .threadCount: hostFact(fact)
        case .ioctlCount, .ioctlLast, .ioctlClass, .ioctlResult, .ioctlErrno: ioctlFact(fact)
        case .ioctlRequest, .ioctlDirection, .ioctlType, .ioctlNumber, .ioctlSize, .ioctlArgument, .ioctlRoad:
            requestFact(fact)
        case .console: .text(world.console.text)
        case .consoleLength: number(world.console.total)
        case .flowNode: withVCPU(fact) { .text($0.node.rawValue) }
        case .flowCount: flowCount(fact)
        case .machineState: .text(world.phase.rawValue)
        case .stopReason: .text(world.lastStop?.reason.rawValue ?? "none")
        case .endWhy: .text(world.end?.why.rawValue ?? "none")
        case .endCode: world.end.map { number($0.code) } ?? .unknown("the guest has not ended")
        case .timelineCount: number(timelineCount)
        case .timelineCursor: number(world.position)
        case .branchCurrent: number(branch)
        case .branchCount: number(branches)
        case .branchDifference: branchDifference(fact)
        case .timelineLive: .boolean(world.position == timelineCount)
        case .walkResult, .walkAddress, .walkPaging, .walkLevel, .walkPageSize, .walkGPA, .walkFault, .walkErrorCode,
            .walkSlot, .walkAgrees, .walkHVA, .walkPage, .walkHPA:
            walkFact(fact)
        case .kernelCount: kernelCount(fact)
        case .statisticsCount: statisticsCount(fact)
        case .kernelSight: world.sight.map { .text($0.level.rawValue) } ?? .unknown("no machine has stood yet")
        case .hostKVM: world.host.map { .text($0.module ?? "unknown") } ?? unknownHost
        case .hostPaging: world.host.map { .text($0.paging?.rawValue ?? "unknown") } ?? unknownHost
        case .hostIsGuest:
            world.host.map { host in
                host.isGuest.map { .boolean($0) } ?? .unknown("nothing on this host says whether it is one")
            } ?? unknownHost
        }
    }

    func number(_ value: Int) -> Value { .signed(Int64(value)) }

    func withVCPU(_ fact: FactReference, _ body: (World.VCPU) -> Value) -> Value {
        let index = fact.vcpu ?? vcpu
        guard world.vcpus.indices.contains(index) else {
            return .unknown("there is no vCPU \(index) yet")
        }
        return body(world.vcpus[index])
    }

    /// What `compare` marks: a matter of two branches as a whole, wherever the cursor stands.
    private func branchDifference(_ fact: FactReference) -> Value {
        guard let other = fact.number else { return .unknown("the branch's number is missing") }
        guard let comparison = BranchComparison(timeline, with: other) else {
            return .unknown("there is no branch \(other)")
        }
        if let difference = comparison.difference { return number(comparison.sharedExits + difference.row + 1) }
        return comparison.isCut
            ? .unknown("the next \(comparison.rows.count) exits do not differ, and no more are compared") : number(0)
    }

    private func memory(_ fact: FactReference) -> Value {
        guard case .address(let address) = fact.argument, let size = fact.id.memoryBytes else {
            return .unknown("the address is missing")
        }
        if let unknownMemory { return .unknown(unknownMemory) }
        let ranges = world.physicalRanges(of: address, count: size, on: vcpu)
        let reached = ranges.reduce(0, { $0 + $1.count })
        if reached < size, let obstacle = world.obstacle(to: address &+ UInt64(reached), on: vcpu) {
            return .unknown(obstacle)
        }
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for range in ranges {
            guard let part = world.memory.word(at: range.address, size: range.count) else {
                let place = "guest physical address 0x\(hexadecimal(range.address))"
                switch world.memory.gap(in: range.address, count: range.count) {
                case .leftOut: return .unknown("more pages changed than are read, and the one at \(place) was left out")
                case .damaged: return .unknown("the page at \(place) is damaged in the recording")
                default: return .unknown("no memory slot holds the \(range.count) bytes at \(place)")
                }
            }
            value |= part << shift
            shift += UInt64(range.count) * 8
        }
        return .integer(value)
    }

    private func hostFact(_ fact: FactReference) -> Value {
        switch fact.id {
        case .fdCount:
            guard let word = fact.word else { return number(world.descriptors.count) }
            return number(world.descriptors.filter { Self.word(for: $0.kind) == word }.count)
        case .fdLast:
            let newest = world.descriptors.filter { $0.openedBy != nil && $0.kind != .statistics }.max { $0.fd < $1.fd }
            return newest.map { .text(Self.word(for: $0.kind)) } ?? .unknown("nothing was opened yet")
        default:
            guard let word = fact.word else { return number(world.threads.count) }
            return number(world.threads.filter { Self.word(for: $0.role) == word }.count)
        }
    }

    private static func word(for kind: Descriptor.Kind) -> String {
        switch kind {
        case .system: "kvm"
        case .vm: "kvm-vm"
        case .vcpu: "kvm-vcpu"
        case .device: "kvm-device"
        case .statistics: "kvm-stats"
        case .own: "own"
        case .other: "other"
        }
    }

    private static func word(for role: HostThread.Role) -> String {
        switch role {
        case .main: "main"
        case .vcpu: "vcpu"
        case .builder: "builder"
        case .other: "other"
        }
    }

    private func ioctlFact(_ fact: FactReference) -> Value {
        if fact.id == .ioctlCount {
            guard let word = fact.word else { return number(world.ioctlCount) }
            return number(world.ioctlCounts[word] ?? 0)
        }
        guard let call = world.lastIoctl else { return .unknown("no ioctl was made yet") }
        switch fact.id {
        case .ioctlLast: return .text(call.name)
        case .ioctlClass: return .text(call.kind.rawValue)
        case .ioctlResult: return .signed(call.result)
        default: return .text(call.errno == 0 ? "none" : call.errnoName)
        }
    }

    private func requestFact(_ fact: FactReference) -> Value {
        guard let call = world.lastIoctl else { return .unknown("no ioctl was made yet") }
        let code = call.requestParts
        switch fact.id {
        case .ioctlRequest: return .integer(UInt64(call.request))
        case .ioctlDirection: return .text(code.direction)
        case .ioctlType: return number(code.type)
        case .ioctlNumber: return number(code.number)
        case .ioctlSize: return number(code.size)
        case .ioctlArgument: return .integer(call.argument)
        default:
            guard let guide = world.guide(for: call), !guide.road.isEmpty else {
                return .unknown("the catalog knows no road for \(call.name)")
            }
            return .text(guide.road.map(\.function).joined(separator: " "))
        }
    }

    /// Zero is a count only where somebody listened.
    private func kernelCount(_ fact: FactReference) -> Value {
        let counts = world.kernelCounts
        guard !counts.isEmpty || world.sight?.level == .tracepoints else {
            return .unknown("the kernel's tracepoints told nothing up to here" + whyNotMore)
        }
        guard let word = fact.word else { return .unknown("the tracepoint's name is missing") }
        return number(counts[word] ?? 0)
    }

    private func statisticsCount(_ fact: FactReference) -> Value {
        guard let word = fact.word else { return .unknown("the statistic's name is missing") }
        if let value = world.statistic(word) { return .integer(value) }
        return .unknown(
            world.vcpus.contains { !$0.statistics.isEmpty }
                ? "this host's KVM has no statistic \(word)" : "KVM's statistics were not read up to here" + whyNotMore)
    }

    private var whyNotMore: String {
        guard let sight = world.sight, !sight.reason.isEmpty else { return "" }
        return ": " + sight.reason + (sight.remedy.isEmpty ? "" : "; " + sight.remedy)
    }

    private var unknownHost: Value { .unknown("the run does not say which KVM made it") }

    private func flowCount(_ fact: FactReference) -> Value {
        guard let word = fact.word, let arrow = FlowArrow(rawValue: word) else {
            return .unknown("the flowchart has no such arrow")
        }
        switch arrow {
        case .enter, .exit, .ioNo, .signalNo:
            return withVCPU(fact) {
                if $0.seesGuestMode { return .integer($0.arrows[arrow]) }
                return .unknown(
                    $0.kernelCounts.isEmpty
                        ? "only the kernel sees this arrow, and its tracepoints told nothing up to here"
                        : "only the kernel sees this arrow, and of its tracepoints kvm_entry and kvm_exit did not fire")
            }
        case .run, .ioYes, .otherYes, .signalYes, .again:
            return withVCPU(fact) { .integer($0.arrows[arrow]) }
        }
    }
}
