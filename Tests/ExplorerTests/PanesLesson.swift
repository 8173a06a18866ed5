import Command
import Lesson

@testable import Explorer

/// A lesson played as far as a picture needs it; the facts are made up.
enum PaneLesson {
    struct Facts: FactSource {
        var values: [String: Value]
        func value(of fact: FactReference) -> Value { values["\(fact)"] ?? .unknown("nobody said so") }
        func address(ofSymbol name: String) -> UInt64? { nil }
    }

    static let text = """
        ---
        title: Enter and exit
        summary: Who does what in which of the three columns.
        minutes: 10
        guest: digit.S
        ---
        A guest of *six* instructions, and **one** byte that leaves it.

        ## The first exit

        ```kvmscope
        show flowchart
        expect timeline.live
        ```

        The VMM calls `ioctl(KVM_RUN)`. The kernel enters the guest, which adds two numbers without asking anybody.

        - In *user mode* the VMM waits.
        - In *guest mode* the guest executes natively, until an instruction needs something that lies outside of the
          processor.

        ```asm
        _start: mov $5, %eax
                add $3, %eax
        ```

        ```ask
        question: Which instruction comes out to user space first?
        choice: The `add`, since KVM must watch what a guest computes
          when exit.reason == mmio
        choice: The `out` to port 0x3f8
          when exit.reason == io
        then:
          step exit
        because: Only what needs a device leaves the guest.
        ```

        > What the processor can do by itself, it does.

        ```task
        # Bring the guest to its `hlt`.
        goal: exit.reason == hlt
        hint: One more step to the next exit.
        solution:
          step exit
        ```

        ## The end

        1. It halted.
        2. You saw it.
        """

    /// How far the reader has come.
    enum Stage: String, CaseIterable { case asking, wrong, right, hint, done, end }

    static func scene(_ stage: Stage) throws -> LessonScene {
        var player = LessonPlayer(lesson: try Lesson.parse(text, directory: "02-enter-exit"))
        let start = ["timeline.live": Value.boolean(true), "exit.reason": .text("none")]
        func give(_ input: LessonPlayer.Input, _ reason: String) {
            var inputs = [input]
            while let next = inputs.first {
                inputs.removeFirst()
                let facts = Facts(values: start.merging(["exit.reason": .text(reason)]) { $1 })
                for effect in player.handle(next, facts: facts) {
                    switch effect {
                    case .open, .perform: inputs.append(.commandFinished(.done))
                    case .say, .save: break
                    }
                }
            }
        }
        give(.resume, "none")
        if stage == .asking { return LessonScene(player) }
        give(.answer(stage == .wrong ? 1 : 2), "io")
        if stage == .wrong || stage == .right { return LessonScene(player) }
        give(.hint, "io")
        if stage == .hint { return LessonScene(player) }
        give(.factsChanged, "hlt")
        if stage == .done { return LessonScene(player) }
        give(.next, "hlt")
        return LessonScene(player)
    }
}
