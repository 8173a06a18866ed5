internal import Command

extension Command {
    /// Whether the command can bring the machine to where the lesson does not expect it.
    ///
    /// Looking, moving the cursor and arranging panes do not; choosing another vCPU does, since the lesson's next
    /// `step` would step that one.
    var movesMachine: Bool {
        switch self {
        case .step(.event, _), .step(.level, _): false
        case .step, .run, .pause, .toggleRun, .until, .breakAt, .watch, .deleteBreak, .build, .reset, .createVCPU,
            .slot, .ioctl, .vcpu, .nextVCPU, .skip, .gate, .poke, .set, .resume, .branch:
            true
        default: false
        }
    }

    /// Whether it puts another walk in the place of the one of which the lesson may go on to speak.
    var walks: Bool {
        switch self {
        case .walk, .walkPhysical, .walkHere: true
        default: false
        }
    }

    /// Whether it only arranges panes or fills them, so that it means nothing where there is no screen.
    var isForTheScreen: Bool {
        switch self {
        case .show, .hide, .focus, .focusNext, .focusPrevious, .zoom, .unzoom, .move, .choose, .memory, .disassemble,
            .branches, .compare, .walkHere:
            true
        default: false
        }
    }
}

extension Command {
    /// Whether it leads to another level of a walk or another moment of the run, where the reader wants to look about
    /// before going on.
    fileprivate var leadsOn: Bool {
        switch self {
        case .step(.level, _), .step(.event, _), .back, .goTo, .whoWrote: true
        default: false
        }
    }
}

extension Lesson.Script {
    /// Whether it only looks and checks, so that it needs no key from the reader.
    public var isQuiet: Bool { !commands.contains { $0.command.movesMachine || $0.command.leadsOn } }
}
