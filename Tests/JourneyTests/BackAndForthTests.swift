import Command
import Explorer
import Glibc
import Lesson
import Machine
import Screen
import Session
import Testing
import Timeline

/// Steps through every lesson's guest on a real machine, and looks at the whole screen at each place.
@Suite("Back and forth", .serialized, .enabled(if: access("/dev/kvm", R_OK | W_OK) == 0, "needs a usable /dev/kvm"))
struct BackAndForthTests {
    static let lessons = LessonLibrary(directories: LessonLibrary.standardDirectories()).entries.compactMap {
        try? $0.load()
    }

    static let exits = 12

    private static func session(_ lesson: Lesson) throws -> Session {
        let mode = StartMode(rawValue: lesson.machine.mode.rawValue) ?? .long
        return Session(
            SessionConfiguration(
                image: try Guest(path: lesson.guestFile, mode: mode).image(), vcpus: lesson.machine.vcpus,
                memorySize: lesson.machine.memory))
    }

    /// What lies between the header and the strip: all panes.
    private static func panes(_ model: Model) -> [Substring] {
        let rows = model.grid.text.split(separator: "\n", omittingEmptySubsequences: false)
        return Array(rows[1..<max(1, rows.count - 6)])
    }

    @Test("n exits forward and n back give the same screens, cell for cell", arguments: lessons.map(\.name))
    func sameScreens(name: String) throws {
        let lesson = try #require(Self.lessons.first { $0.name == name })
        let session = try Self.session(lesson)
        defer { session.close() }
        _ = session.performAndWait(.build)
        var model = Model(timeline: session.timeline, width: 120, height: 40)
        func give(_ command: Command) { _ = update(&model, .command(command)) }
        var live: [(cursor: Int, panes: [Substring])] = []
        for _ in 0..<Self.exits where session.timeline.live.end == nil {
            // A vCPU that halted alone steps no further.
            guard case .done = session.performAndWait(.step(.exit)) else { break }
            _ = update(&model, .timelineChanged)
            live.append((model.cursor, Self.panes(model)))
        }
        // Back: what the panes showed when the machine stood there is what they show of the past.
        var past: [Int: Grid] = [:]
        for (cursor, panes) in live.dropLast().reversed() {
            give(.back(.exit))
            #expect(model.cursor == cursor)
            past[cursor] = model.grid
            for (row, (then, now)) in zip(panes, Self.panes(model)).enumerated() {
                #expect(then == now, "\(name), event \(cursor), row \(row)")
            }
        }
        // Forth, over the recorded future.
        for (cursor, _) in live.dropLast().dropFirst() {
            give(.step(.exit))
            #expect(model.cursor == cursor)
            #expect(model.grid == past[cursor])
        }
    }
}
