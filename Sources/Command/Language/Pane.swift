/// A part of the screen, by its name in the language.
public enum Pane: String, CaseIterable, Hashable, Sendable {
    case lesson, flowchart, descriptors, threads, ioctls, code, memory, console, map, translation, statistics, events

    /// What stands over the pane.
    public var title: String {
        switch self {
        case .lesson: "Lesson"
        case .flowchart: "Flowchart"
        case .descriptors: "Descriptors"
        case .threads: "Threads"
        case .ioctls: "Ioctls"
        case .code: "Code"
        case .memory: "Memory"
        case .console: "Console"
        case .map: "Map"
        case .translation: "Translation"
        case .statistics: "Statistics"
        case .events: "Events"
        }
    }

    /// One line: what the pane shows.
    public var summary: String {
        switch self {
        case .lesson: "the text, questions and tasks of the lesson"
        case .flowchart: "where each vCPU is: in the VMM, in KVM or in the guest"
        case .descriptors: "the process's file descriptors, KVM's told apart"
        case .threads: "the process's threads and which vCPU each one runs"
        case .ioctls: "every ioctl with its argument, result and the road it takes"
        case .code: "disassembly, source line, registers and the vCPU's record"
        case .memory: "memory slots and a view of bytes"
        case .console: "what the guest wrote to its console"
        case .map: "host, VMM and guest, and what goes between them"
        case .translation: "an address on its way from the guest to the host, level by level"
        case .statistics: "exits by reason and the time they take"
        case .events: "every event of the timeline, one a line"
        }
    }

    /// The digit that focuses the pane.
    public var digit: Character? {
        switch self {
        case .lesson: "1"
        case .flowchart: "2"
        case .descriptors: "3"
        case .threads: "4"
        case .ioctls: "5"
        case .code: "6"
        case .memory: "7"
        case .console: "8"
        case .map: "9"
        case .translation: "0"
        case .statistics, .events: nil
        }
    }

    /// Whether its own cursor can be on an address that a walk can follow.
    public var hasAddresses: Bool {
        switch self {
        case .code, .memory, .events: true
        default: false
        }
    }
}
