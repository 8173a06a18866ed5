/// Two branches side by side: the exits of each from the last that they share, and the first that differs.
public struct BranchComparison: Sendable {
    /// One exit of a branch that the guest caused.
    public struct Step: Sendable, Equatable {
        /// The exit's number in its run, from 1.
        public let number: Int
        /// The exit's position in its timeline.
        public let position: Int
        public let exit: Exit
    }

    /// What the branches did one after the other; a side is nil where its branch ends before.
    public struct Row: Sendable {
        public let left: Step?
        public let right: Step?
        /// What differs, in a few words; empty where nothing does.
        public let differences: [String]
    }

    public struct Difference: Sendable, Equatable {
        /// Place among the rows.
        public let row: Int
        /// One clause.
        public let text: String
    }

    public let left: Branch
    public let right: Branch
    /// Events that both have.
    public let sharedEvents: Int
    /// Exits that both have.
    public let sharedExits: Int
    public private(set) var rows: [Row] = []
    public private(set) var difference: Difference?
    /// Whether rows were left out beyond the limit.
    public private(set) var isCut = false

    /// Holds the branch in view, on the left, against another.
    /// - Parameters:
    ///   - exits: rows at most.
    public init?(_ timeline: Timeline, with other: Int, exits limit: Int = 1000) {
        guard let left = timeline.branch(timeline.branch), let right = timeline.branch(other),
            let otherTimeline = timeline.timeline(ofBranch: other)
        else { return nil }
        self.left = left
        self.right = right
        sharedEvents = timeline.sharedEvents(of: left.id, and: right.id)
        sharedExits = timeline.world(at: sharedEvents).exitCount
        let a = Self.steps(of: timeline, from: sharedEvents, after: sharedExits, limit + 1)
        let b = Self.steps(of: otherTimeline, from: sharedEvents, after: sharedExits, limit + 1)
        isCut = max(a.count, b.count) > limit
        for index in 0..<min(max(a.count, b.count), limit) {
            let (first, second) = (index < a.count ? a[index] : nil, index < b.count ? b[index] : nil)
            var differences = Self.differences(first?.exit, second?.exit)
            // A run that may still go on has not gone another way.
            if first == nil, left.runEnd != nil { differences = ["branch \(left.id) has ended"] }
            if second == nil, right.runEnd != nil { differences = ["branch \(right.id) has ended"] }
            rows.append(Row(left: first, right: second, differences: differences))
            guard difference == nil, !differences.isEmpty else { continue }
            difference = Difference(
                row: index,
                text: "exit \((first ?? second)?.number ?? sharedExits): \(differences.joined(separator: ", "))")
        }
    }

    private static func steps(of timeline: Timeline, from start: Int, after number: Int, _ limit: Int) -> [Step] {
        var steps: [Step] = []
        var (position, number) = (start, number)
        while steps.count < limit, let next = timeline.next(from: position, where: \.isExitOrStart) {
            // A machine that was begun anew has exits of its own.
            guard case .exit(let exit)? = timeline[next]?.body else { break }
            number += 1
            position = next + 1
            // A step or a breakpoint is the person's doing, and a signal that of whoever sent it.
            if exit.reason != "debug", exit.reason != "intr" {
                steps.append(Step(number: number, position: next, exit: exit))
            }
        }
        return steps
    }

    /// What two exits have not in common, the most telling first.
    static func differences(_ a: Exit?, _ b: Exit?) -> [String] {
        guard let a, let b else { return [] }
        var differences: [String] = []
        if a.vcpu != b.vcpu { differences.append("vCPU \(a.vcpu) and \(b.vcpu)") }
        if a.reason != b.reason { differences.append("\(a.reason) and \(b.reason)") }
        if a.reason == b.reason, a.detail != b.detail { differences.append(detail(a.detail, b.detail)) }
        if a.rip != b.rip, let first = a.rip, let second = b.rip {
            differences.append("rip 0x\(hexadecimal(first)) and 0x\(hexadecimal(second))")
        }
        guard let first = a.registers?.general, let second = b.registers?.general, first != second else {
            return differences
        }
        for name in GeneralRegisters.names where name != "rip" {
            guard let one = first[name], let other = second[name], one != other else { continue }
            differences.append("\(name) 0x\(hexadecimal(one)) and 0x\(hexadecimal(other))")
        }
        return differences
    }

    private static func detail(_ a: Exit.Detail, _ b: Exit.Detail) -> String {
        switch (a, b) {
        case (.io(let first), .io(let second)):
            if first.port != second.port {
                return "port 0x\(hexadecimal(UInt64(first.port))) and 0x\(hexadecimal(UInt64(second.port)))"
            }
            if first.data != second.data { return "data \(first.data.hex) and \(second.data.hex)" }
            return "another access"
        case (.mmio(let first), .mmio(let second)):
            if first.address != second.address {
                return "address 0x\(hexadecimal(first.address)) and 0x\(hexadecimal(second.address))"
            }
            if first.data != second.data { return "data \(first.data.hex) and \(second.data.hex)" }
            return "another access"
        case (.debug(_, let first, _, _), .debug(_, let second, _, _)) where first != second:
            return "at 0x\(hexadecimal(first)) and 0x\(hexadecimal(second))"
        default: return "other details"
        }
    }
}

extension Event {
    fileprivate var isExitOrStart: Bool {
        switch body {
        case .exit, .start: true
        default: false
        }
    }
}
