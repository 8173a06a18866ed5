/// The words that a command starts with; the only place where they are spelt.
public enum Verb: String, CaseIterable, Hashable, Sendable {
    case step, back
    case run = "continue"
    case pause
    case toggleRun = "toggle"
    case until
    case breakAt = "break"
    case watch
    case deleteBreak = "delete"

    case build, reset
    case createVCPU = "create vcpu"
    case ioctl, slot
    case vcpu
    case nextVCPU = "vcpu next"
    case skip, gate, observe
    case traceRoad = "trace road"

    case memory, disassemble, walk
    case walkPhysical = "walk physical"
    case walkHere = "walk here"
    case print, expect
    case poke8, poke16, poke32, poke64
    case set

    case show, hide, focus
    case focusNext = "focus next"
    case focusPrevious = "focus previous"
    case zoom
    case unzoom = "zoom off"
    case move, choose

    case goTo = "goto"
    case goToExit = "goto exit"
    case goToStart = "goto start"
    case goToEnd = "goto end"
    case goToMark = "goto mark"
    case mark, marks, search
    case searchNext = "search next"
    case searchPrevious = "search previous"
    case resume, branches, branch
    case nameBranch = "branch name"
    case compare
    case whoWrote = "who wrote"
    case record

    case lesson
    case lessonMenu = "lesson menu"
    case lessonNext = "lesson next"
    case lessonPrevious = "lesson previous"
    case lessonResume = "lesson resume"
    case lessonRetry = "lesson retry"
    case lessonHint = "lesson hint"
    case lessonSolution = "lesson solution"
    case lessonAnswer = "lesson answer"

    case palette, mouse, help, redraw, quit, cancel

    /// The words one by one.
    var words: [String] { rawValue.split(separator: " ").map(String.init) }
}

extension Command {
    /// The words that the command starts with, by which the table knows it.
    public var verb: Verb {
        switch self {
        case .step: .step
        case .back: .back
        case .run: .run
        case .pause: .pause
        case .toggleRun: .toggleRun
        case .until: .until
        case .breakAt: .breakAt
        case .watch: .watch
        case .deleteBreak: .deleteBreak
        case .build: .build
        case .reset: .reset
        case .createVCPU: .createVCPU
        case .ioctl: .ioctl
        case .slot: .slot
        case .vcpu: .vcpu
        case .nextVCPU: .nextVCPU
        case .skip: .skip
        case .gate: .gate
        case .observe: .observe
        case .traceRoad: .traceRoad
        case .memory: .memory
        case .disassemble: .disassemble
        case .walk: .walk
        case .walkPhysical: .walkPhysical
        case .walkHere: .walkHere
        case .print: .print
        case .expect: .expect
        case .poke(_, _, let size):
            switch size {
            case 2: .poke16
            case 4: .poke32
            case 8: .poke64
            default: .poke8
            }
        case .set: .set
        case .show: .show
        case .hide: .hide
        case .focus: .focus
        case .focusNext: .focusNext
        case .focusPrevious: .focusPrevious
        case .zoom: .zoom
        case .unzoom: .unzoom
        case .move: .move
        case .choose: .choose
        case .goTo(let place):
            switch place {
            case .event: .goTo
            case .exit: .goToExit
            case .start: .goToStart
            case .end: .goToEnd
            case .mark: .goToMark
            }
        case .mark: .mark
        case .marks: .marks
        case .search: .search
        case .searchNext: .searchNext
        case .searchPrevious: .searchPrevious
        case .resume: .resume
        case .branches: .branches
        case .branch: .branch
        case .nameBranch: .nameBranch
        case .compare: .compare
        case .whoWrote: .whoWrote
        case .record: .record
        case .lesson(let command):
            switch command {
            case .open: .lesson
            case .menu: .lessonMenu
            case .next: .lessonNext
            case .previous: .lessonPrevious
            case .resume: .lessonResume
            case .retry: .lessonRetry
            case .hint: .lessonHint
            case .solution: .lessonSolution
            case .answer: .lessonAnswer
            }
        case .palette: .palette
        case .mouse: .mouse
        case .help: .help
        case .redraw: .redraw
        case .quit: .quit
        case .cancel: .cancel
        }
    }
}
