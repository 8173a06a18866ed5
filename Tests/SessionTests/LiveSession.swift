import Command
import Facts
import Glibc
import KVM
import Machine
import TestSupport
import Testing
import Timeline

@testable import Session

/// All suites that run guests, one after the other.
@Suite(
    "On this machine's KVM", .serialized, .enabled(if: LiveHost.hasKVM, LiveHost.kvmReason),
    .enabled(if: LiveHost.hasToolchain, LiveHost.toolchainReason), .timeLimit(.minutes(2)))
enum Live {}

func session(_ text: String, _ mode: StartMode = .long, vcpus: Int = 1, memory: Int = 16 << 20) throws -> Session {
    Session(SessionConfiguration(image: try assembled(text, mode), vcpus: vcpus, memorySize: memory))
}

extension Session {
    /// Carries out a command as the palette would.
    @discardableResult
    func callAsFunction(_ line: String) throws -> Outcome { performAndWait(try Command(parsing: line)) }

    func fact(_ expression: String) throws -> Value { try Expression(parsing: expression).value(in: facts) }

    func holds(_ expression: String) throws -> Bool? { try Expression(parsing: expression).holds(in: facts) }

    var world: World { timeline.live }

    func count(where condition: (Event) -> Bool) -> Int {
        var count = 0
        _ = timeline.next(from: 0) {
            if condition($0) { count += 1 }
            return false
        }
        return count
    }

    /// Looks at what comes until the condition holds.
    func wait(until condition: () throws -> Bool) rethrows {
        while try !condition() {
            _ = waitForWork(milliseconds: 20)
            pump()
        }
    }
}

extension Session.Outcome {
    var refusal: String? { if case .refused(let text) = self { text } else { nil } }
    var isDone: Bool { if case .done = self { true } else { false } }
}
