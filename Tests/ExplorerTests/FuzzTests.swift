import Command
import Lesson
import Screen
import Testing
import Timeline

@testable import Explorer

/// Whatever comes in, the screen stands.
@Suite struct FuzzTests {
    @Test(arguments: 0..<24)
    func noSequenceOfMessagesTrapsAndEveryScreenCanBeDrawn(seed: Int) throws {
        var random = Random(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1)
        let timeline = seed % 3 == 0 ? Timeline() : SampleRun.ready(vcpus: 1 + seed % 3)
        let run = SampleRun.Writer(timeline)
        var play = seed % 4 == 1 ? Play(timeline, lesson: try madeUpLesson()) : Play(timeline)
        if seed % 4 == 2 { play = Play(menu: GoldenTests.listings) }
        for round in 0..<300 {
            let message = Self.message(&random, run)
            let before = play.effects.count
            play.give(message)
            // Half of what is asked of the program is answered, in one way or the other.
            for effect in play.effects[before...] where random.next() % 2 == 0 {
                switch effect {
                case .perform(let command, _, let origin):
                    play.give(.commandFinished(command, random.next() % 2 == 0 ? .done : .failed("no"), origin))
                case .prepareMachine: play.give(.machinePrepared(.done))
                case .openLesson: play.give(.lessonOpened(try madeUpLesson(), .init()))
                default: break
                }
            }
            guard round % 5 == 0 else { continue }
            let grid = play.model.grid
            #expect(grid.width == play.model.width && grid.height == play.model.height)
            if round % 50 == 0 { #expect(!play.model.content.text.isEmpty) }
        }
    }

    struct Random {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        mutating func pick<T>(_ items: [T]) -> T { items[Int(next() % UInt64(items.count))] }
        mutating func number(_ range: ClosedRange<Int>) -> Int {
            range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
        }
    }

    static func message(_ random: inout Random, _ run: SampleRun.Writer) -> Message {
        switch random.next() % 20 {
        case 0: return .input(.resize(width: random.number(0...260), height: random.number(0...90)))
        case 1: return .input(.paste(random.pick(["step", "\u{0}\n\t", "漢字 🇩🇪", String(repeating: "x", count: 9000)])))
        case 2, 3:
            let action = random.pick([Mouse.Action.press(1), .wheelUp, .wheelDown, .drag(1), .release, .press(3)])
            return .input(.mouse(Mouse(x: random.number(-5...260), y: random.number(-5...90), action)))
        case 4:
            switch random.next() % 6 {
            case 0: run.step(outOf: 0, rip: random.next(), rax: random.next())
            case 1: run.fail(0, rip: random.next())
            case 2: run.halt(random.number(0...3), rip: 0, rax: 0)
            case 3: run.refuse()
            case 4: run.append(.phase(random.pick(MachinePhase.allCases)))
            default: run.append(.exit(Exit(vcpu: random.number(-3...9), reason: "unknown:99", rip: .max)))
            }
            return .timelineChanged
        case 5: return .timelineChanged
        case 6:
            let lines = [
                "goto 3", "goto exit 1", "step event 1000000000", "back exit 1000000000", "memory 0xffffffffffffffff",
                "disassemble 0xfffffffffffffffe", "hide flowchart", "hide lesson", "zoom memory", "show events",
                "lesson menu", "help facts", "search e", "mark a", "goto mark a", "vcpu 1", "lesson retry", "mouse off",
                "memory 0", "print mem64[0xffffffffffffffff]", "lesson hint", "lesson solution", "reset", "observe on",
            ]
            guard let command = try? Command(parsing: random.pick(lines)) else { return .timelineChanged }
            return .command(command)
        case 7: return .lessonsLoaded(random.next() % 2 == 0 ? [] : GoldenTests.listings)
        case 8: return .lessonRefused(name: "x", "no")
        case 9: return .machinePrepared(.failed("no"))
        case 10: return .commandFinished(.step(.exit), .done, random.pick([.person, .lesson]))
        default:
            let keys: [Key] = [
                .enter, .escape, .tab, .backTab, .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .backspace,
                .delete, .function(1), .function(9), .control("a"), .alt("b"), .character("é"),
            ]
            if random.next() % 3 == 0 { return .input(.key(random.pick(keys))) }
            return .input(.key(.character(Character(Unicode.Scalar(UInt8(random.number(0x20...0x7e)))))))
        }
    }
}
