public import Command

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
    /// Whether it shows one more level of a walk, which wants to be looked at before the next.
    fileprivate var showsLevel: Bool {
        switch self {
        case .step(.level, _), .back(.level, _): true
        default: false
        }
    }
}

extension Lesson.Script {
    /// Whether it only looks and checks, so that it needs no key from the reader.
    public var isQuiet: Bool { !commands.contains { $0.command.movesMachine || $0.command.showsLevel } }
}
