import Command
import Lesson

/// A world of facts that a test makes up; what is not in it is unknown.
struct MadeUpFacts: FactSource {
    var values: [String: Value] = [:]
    var symbols: [String: UInt64] = [:]

    func value(of fact: FactReference) -> Value { values["\(fact)"] ?? .unknown("nobody said so") }
    func address(ofSymbol name: String) -> UInt64? { symbols[name] }
}

/// A machine that counts its exits: the second is an io exit, the third and all after it hlt.
struct MadeUpStage: LessonStage {
    var exits = 0
    var log: [String] = []
    var refuses: String?
    var opens = true
    var isLive = true
    /// Claims that hold whatever the facts are.
    var holds: Set<String> = []
    var symbols: [String: UInt64] = ["message": 0x5000]

    struct Refusal: Error, CustomStringConvertible {
        var description: String { "no such machine" }
    }

    mutating func open(_ lesson: Lesson) throws {
        guard opens else { throw Refusal() }
        log.append("open")
        exits = 0
    }

    mutating func perform(_ command: Command) throws -> LessonPlayer.Outcome {
        log.append("\(command)")
        if "\(command)" == refuses { return .failed("refused") }
        if case .step(.exit, let count) = command { exits += count }
        if command == .goTo(.end) { isLive = true }
        return .done
    }

    var facts: any FactSource {
        let reason = exits == 0 ? "none" : exits == 2 ? "io" : exits > 2 ? "hlt" : "mmio"
        return MadeUpFacts(
            values: [
                "exit.number": .integer(UInt64(exits)), "exit.reason": .text(reason), "timeline.live": .boolean(isLive),
                "exit.port": exits == 2 ? .integer(0x3f8) : .unknown("no io exit"),
            ], symbols: symbols)
    }
}

/// The text of a lesson around steps that a test gives.
func lessonText(_ steps: String, matter: String = "") -> String {
    """
    ---
    title: A test
    summary: A lesson for tests.
    minutes: 1
    guest: guest.S
    \(matter.isEmpty ? "vcpus: 1" : matter)
    ---
    Before the steps.

    \(steps)
    """
}

func lesson(_ steps: String, matter: String = "") throws -> Lesson {
    try Lesson.parse(lessonText(steps, matter: matter), directory: "lessons/07-test")
}

/// Fences stand indented by nothing in a lesson; here they are written as `~~~` so that they stand out from Swift's own.
let goodSteps = """
    ## First step

    Some *prose*.

    ~~~kvmscope
    step exit
    expect exit.number == 1
    ~~~

    More prose.

    ~~~ask
    question: Why does it come back?
    choice: A port
      when exit.reason == io
    choice: It halts
      when exit.reason == hlt
    then:
      step exit
    because: The guest wrote to `0x3f8`.
    ~~~

    After the ask.

    ## Second step

    ~~~task
    # Go on to the `hlt`.
    goal: exit.reason == hlt
    hint: Press `s`.
    hint: You are at a port.
      when exit.port == 0x3f8
    solution:
      step exit
    because: It halts.
    ~~~

    The end.
    """
