public import Command
internal import Foundation
public import Timeline

/// What a lesson's recording says beside its events: for which lesson and guest it was made, and where in it each
/// command that the lesson gives to its machine had done its work.
public struct LessonTrack: Sendable, Equatable, Codable {
    /// One command and what became of it.
    public struct Stop: Sendable, Equatable, Codable {
        /// As the lesson writes it.
        public var command: String
        /// How many events of the recording lay behind it when the next command was given.
        public var end: Int
        /// Why it was not carried out; nil where it was.
        public var failure: String?
        /// The branch to which it led; nil where it stayed.
        public var turn: BranchTurn?

        public init(command: String, end: Int, failure: String? = nil, turn: BranchTurn? = nil) {
            self.command = command
            self.end = end
            self.failure = failure
            self.turn = turn
        }
    }

    /// What the guest was made from: the file's name and a sum of its bytes.
    public private(set) var guest: String
    public private(set) var guestSum: String
    /// The machine as the lesson orders it.
    public private(set) var machine: String
    /// Events behind which the machine stood as the lesson opens it.
    public var opened = 0
    public var stops: [Stop] = []

    /// A track without stops, for the lesson as it is now.
    public init(_ lesson: Lesson) {
        guest = lesson.machine.guest
        guestSum = Self.sum(ofFile: lesson.guestFile)
        machine = Self.describe(lesson.machine)
    }

    /// Why the recording cannot stand in for the lesson's machine any more; empty where it fits.
    ///
    /// Prose, expectations, questions and hints may change: they are asked of what was recorded. The guest, its machine
    /// and what is done to it may not.
    public func misfits(_ lesson: Lesson) -> [String] {
        let now = LessonTrack(lesson)
        var misfits: [String] = []
        if now.guest != guest {
            misfits.append("the guest is \(now.guest), and \(guest) was recorded")
        } else if now.guestSum != guestSum {
            misfits.append("\(guest) has changed since it was recorded")
        }
        if now.machine != machine { misfits.append("the machine is \(now.machine), and \(machine) was recorded") }
        let commands = lesson.machineCommands
        let recorded = stops.map(\.command)
        if let different = zip(commands, recorded).first(where: { "\($0.command)" != $1 }) {
            misfits.append("line \(different.0.line) does '\(different.0.command)', and '\(different.1)' was recorded")
        } else if commands.count > recorded.count {
            let first = commands[recorded.count]
            misfits.append("line \(first.line) does '\(first.command)', which was not recorded")
        } else if recorded.count > commands.count {
            misfits.append("the lesson no longer does '\(recorded[commands.count])', which was recorded")
        }
        return misfits
    }

    private static func describe(_ machine: Lesson.Machine) -> String {
        "\(machine.mode.rawValue), \(machine.vcpus) vCPU, \(machine.memory) bytes, \(machine.start.rawValue)"
    }

    /// FNV-1a with 64 bits: tells a changed file, and need not withstand one who wants to deceive.
    private static func sum(ofFile path: String) -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else { return "" }
        let sum = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(sum, radix: 16)
    }

    // MARK: As text

    /// The track as it stands in the file, in JSON.
    public var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Nil for a text that is no track, or one that contradicts itself.
    public init?(text: String) {
        guard let track = try? JSONDecoder().decode(LessonTrack.self, from: Data(text.utf8)) else { return nil }
        let ends = [0, track.opened] + track.stops.flatMap { ($0.turn.map { [$0.position] } ?? []) + [$0.end] }
        guard zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 }) else { return nil }
        self = track
    }
}

extension Lesson {
    /// The file that stands in for the lesson's machine where none can be had.
    public var recordingFile: String { directory + "/recording.kvmscope" }

    /// All that the lesson does to its machine when everything in it is done its own way, in order.
    var machineCommands: [Script.Line] {
        steps.flatMap(\.parts).flatMap { $0.script?.commands ?? [] }.filter { $0.command.isForTheMachine }
    }
}

extension Command {
    /// Whether it asks something of the machine; the rest is about looking, and needs none.
    public var isForTheMachine: Bool {
        switch self {
        case .vcpu, .nextVCPU: false
        // A walk asks the machine for the page map.
        case .observe, .observeGently, .observeLog, .walk, .walkPhysical, .back(.level, _): true
        default: movesMachine
        }
    }
}
