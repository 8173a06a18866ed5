/// What a person, a lesson or a test asks the program to do: the one command language.
///
/// A key, the palette, a lesson's step and `run -e` all come to one of these. ``CommandTable`` says how each is
/// written, which keys give it and what it needs.
public enum Command: Hashable, Sendable {
    // Stepping. Counts are from 1.
    case step(StepUnit, count: Int = 1)
    case back(StepUnit, count: Int = 1)
    case run
    case pause
    /// Runs a machine that stands, pauses one that runs.
    case toggleRun
    case until(Expression)
    case breakAt(Expression)
    case watch(Expression)
    /// Without an address: all breakpoints and watches.
    case deleteBreak(Expression?)

    // The machine.
    case build
    case reset
    case createVCPU(Int)
    /// One ioctl, tried by hand on a descriptor of the machine; its argument is a number, or 0.
    case ioctl(IoctlTarget, IoctlRequest, argument: Expression?)
    /// Lays fresh memory under guest physical addresses, or takes it away where the size is 0.
    case slot(Int, start: Expression, size: Int, isReadOnly: Bool)
    case vcpu(Int)
    case nextVCPU
    case skip
    case gate(Bool)
    case observe(Bool)
    /// Traces the kernel's functions under the next ioctl, so many calls deep.
    case traceRoad(depth: Int)

    // Looking and changing.
    case memory(Expression)
    case disassemble(Expression)
    case walk(Expression, AccessKind = .read, user: Bool = false)
    /// Follows a guest physical address, which needs no page tables.
    case walkPhysical(Expression)
    /// Follows the address that the focused pane's own cursor is on.
    case walkHere
    case print(Expression)
    case expect(Expression)
    /// `size` is in bytes: 1, 2, 4 or 8.
    case poke(address: Expression, value: Expression, size: Int)
    case set(register: RegisterName, value: Expression)

    // Panes.
    case show(Pane)
    case hide(Pane)
    case focus(Pane)
    case focusNext
    case focusPrevious
    /// One pane over the whole screen; without a name the focused one.
    case zoom(Pane?)
    case unzoom
    case move(Direction)
    /// Acts on what the focused pane's own cursor is on.
    case choose

    // Time.
    case goTo(Place)
    case mark(String)
    /// Lists the marks.
    case marks
    case search(String)
    case searchNext
    case searchPrevious
    /// Sets the machine to what it was at an event, counted from 1; without one, at the cursor.
    case resume(Int?)
    case branches
    case branch(Int)
    case nameBranch(String)
    /// Holds the branch in view against another.
    case compare(Int)
    /// Goes back to where bytes were changed last.
    case whoWrote(Expression, bytes: Int = 8)
    /// Starts recording into a file; without a name one is chosen.
    case record(String?)

    case lesson(LessonCommand)

    // The program.
    /// Opens the command line with a text in it.
    case palette(String?)
    case mouse(Bool)
    case help(String?)
    /// Draws the screen anew, over what another program has left on it.
    case redraw
    case quit
    case cancel

    /// How deep a road is traced unless told otherwise.
    public static let usualRoadDepth = 4

    /// What a guest's access to memory wants to do.
    public enum AccessKind: String, CaseIterable, Hashable, Sendable {
        case read, write, execute
    }

    /// A place on the timeline.
    public enum Place: Hashable, Sendable {
        case start, end
        /// An event by its number, from 1.
        case event(Int)
        /// An exit by its number, from 1.
        case exit(Int)
        case mark(String)
    }

    /// Where the focused pane's own cursor goes.
    public enum Direction: String, CaseIterable, Hashable, Sendable {
        case left, right, up, down
        case pageUp = "page-up"
        case pageDown = "page-down"
    }

    /// What is asked of the lesson.
    public enum LessonCommand: Hashable, Sendable {
        case open(String)
        case menu, next, previous, resume, retry, hint, solution
        /// The choice's number, from 1.
        case answer(Int)
    }
}
