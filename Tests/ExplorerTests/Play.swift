import Command
import Lesson
import Screen
import Timeline

@testable import Explorer

/// Presses keys and gives messages, and keeps what was asked of the program.
struct Play {
    var model: Model
    var effects: [Effect] = []

    init(_ timeline: Timeline = SampleRun.halted(), width: Int = 120, height: Int = 40, lesson: Lesson? = nil) {
        model = Model(timeline: timeline, width: width, height: height)
        if let lesson { give(.lessonOpened(lesson, LessonProgress())) }
    }

    init(menu listings: [LessonListing], width: Int = 120, height: Int = 40) {
        model = .menu(width: width, height: height)
        give(.lessonsLoaded(listings))
    }

    mutating func give(_ message: Message) { effects += update(&model, message) }

    /// Each character is a key.
    mutating func type(_ keys: String) {
        for character in keys { press(character == "\n" ? .enter : .character(character)) }
    }

    mutating func press(_ keys: Key...) { for key in keys { give(.input(.key(key))) } }

    /// Opens the command line and enters a line.
    mutating func enter(_ line: String) { type(":" + line + "\n") }

    mutating func click(_ x: Int, _ y: Int) { give(.input(.mouse(Mouse(x: x, y: y, .press(1))))) }

    /// The commands handed to the program, as text.
    var performed: [String] {
        effects.compactMap { if case .perform(let command, _, _) = $0 { "\(command)" } else { nil } }
    }

    var hasQuit: Bool { effects.contains { if case .quit = $0 { true } else { false } } }

    func row(_ y: Int) -> String {
        let rows = model.grid.text.split(separator: "\n", omittingEmptySubsequences: false)
        return y < rows.count ? String(rows[y]) : ""
    }

    var text: String { model.grid.text }
    var headerRow: String { row(model.layout.header.y) }
    var statusRow: String { row(model.layout.status.y) }
    var noticeRow: String { row(model.layout.notice.y) }
    var footerRow: String { row(model.layout.footer.y) }
}

/// A lesson with prose, a script, a prediction and a task.
func madeUpLesson() throws -> Lesson {
    try Lesson.parse(
        """
        ---
        title: Enter and exit
        summary: The smallest guest, and who does what for it.
        minutes: 15
        guest: guest.S
        ---

        ## The first exit

        A guest runs **natively** until it does something that needs the VMM.

        ```kvmscope
        step exit
        ```

        Now look at the flowchart.

        ```ask
        question: What does the guest do next?
        choice: It halts
          when exit.reason == hlt
        choice: It writes to a port
          when exit.reason == io
        then:
          step exit
        because: The last instruction is `hlt`.
        ```

        ## Over

        ```task
        # Go on until the guest has ended.
        goal: end.why == hlt
        hint: Press `s`.
        solution:
          step exit
        because: That was all.
        ```
        """, directory: "Lessons/02-enter-exit")
}
