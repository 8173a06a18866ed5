import Command
import Explorer
import Foundation
import Glibc
import Lesson
import Machine
import Recording
import Screen
import Session
import TestSupport
import Testing
import Timeline

/// A real machine under a keyboard that is pressed at random, and the recording that comes of it.
@Suite(
    "A keyboard pressed at random", .serialized,
    .enabled(if: LiveHost.hasKVM, LiveHost.kvmReason), .enabled(if: LiveHost.hasToolchain, LiveHost.toolchainReason))
struct RandomKeysTests {
    private static let guest = """
        mov $0x3f8, %dx
        mov $0xd0000008, %ebx
        mov $40, %ecx
        1: mov %cl, %al
        add %al, 0x201000
        add $'0', %al
        out %al, %dx
        mov %ecx, (%rbx)
        loop 1b
        hlt
        """

    private static let keys: [Key] =
        "sssssSSSSiiiIIttTooOO>><<]]]] [[[[vwxfRBgGnNzm?jkhl0123456789".map { Key.character($0) }
        + [.enter, .escape, .escape, .tab, .backTab, .up, .down, .pageUp, .pageDown, .home, .end, .backspace]

    private static let lines = [
        "poke 0x201000 = 7", "set rsi = 3", "set rcx = 2", "until exit.count(io) == 5", "goto exit 2", "resume",
        "branch 1", "branch 2", "step exit 3", "gate on", "gate off", "gate off", "observe off", "observe on",
        "break reg.rip", "delete", "watch 0x201000", "mark a", "goto mark a", "walk 0x200000 write", "show memory",
        "show statistics", "zoom translation", "continue", "pause", "reset", "slot 1 0x10000000 64K",
        "who wrote 0x201000",
        "compare 1", "ioctl vm KVM_CHECK_EXTENSION 9", "print mem8[0x201000]", "search io", "step instruction 5",
        "back exit 2", "goto 0", "expect exit.number > 2", "branch name x",
    ]

    /// The screen and what carries out its commands, as the program joins them.
    private struct Desk {
        var model: Model
        let session: Session

        mutating func give(_ message: Message) {
            for effect in update(&model, message) { carryOut(effect) }
            var rounds = 0
            while model.isSearching, rounds < 1000 {
                _ = update(&model, .searchGoesOn)
                rounds += 1
            }
        }

        private mutating func carryOut(_ effect: Effect) {
            switch effect {
            case .perform(let command, let vcpu, let origin): perform(command, vcpu, origin)
            case .branch(let position, let command, let vcpu, let origin):
                guard case .done = session.performAndWait(.resume(position)) else {
                    return give(.commandFinished(.resume(position), .failed("no"), origin))
                }
                perform(command, vcpu, origin)
            case .keepMark(let name, let position):
                session.mark(name, at: position)
                give(.timelineChanged)
            default: break
            }
        }

        private mutating func perform(_ command: Command, _ vcpu: Int, _ origin: Origin) {
            if case .record = command { return give(.commandFinished(command, .failed("no"), origin)) }
            _ = session.perform(.vcpu(vcpu))
            let outcome: Session.Outcome
            if command == .run {
                outcome = session.perform(command)
                session.letRun(milliseconds: 3)
                session.pump()
            } else {
                outcome = session.performAndWait(command, milliseconds: 3000)
            }
            give(.timelineChanged)
            if case .refused(let text) = outcome {
                give(.commandFinished(command, .failed(text), origin))
            } else {
                give(.commandFinished(command, .done, origin))
            }
        }
    }

    /// What a moment is, apart from how it is drawn.
    private static func picture(_ world: World) -> String {
        let vcpus = world.vcpus.map {
            "\($0.exits) \($0.node) \($0.isRunning) \(String(describing: $0.lastStop?.reason)) \($0.registersAt) "
                + "\(String(describing: $0.registers?.general)) \($0.exitCounts.sorted { $0.key < $1.key })"
        }
        let bytes = [0x100000, 0x201000, 0x1000].map { world.memory.word(at: $0, size: 8) }
        return "\(world.position) \(world.phase) \(world.exitCount) \(world.ioctlCount) \(world.console.text) \(vcpus) "
            + "\(bytes) \(world.descriptors.map(\.fd)) \(world.marks.sorted { $0.key < $1.key }) "
            + "\(String(describing: world.end)) \(String(describing: world.walk)) \(world.memory.slots)"
    }

    private static func screen(_ timeline: Timeline, at position: Int) -> Grid {
        var model = Model(timeline: timeline, width: 160, height: 50, environment: .init(isReplay: true))
        _ = update(&model, .command(.goTo(.event(position))))
        return model.grid
    }

    @Test("whatever is pressed, the screen stands, and each event's moment is the recording's", arguments: [1, 7, 23])
    func pressed(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        let path = NSTemporaryDirectory() + "kvmscope-keys-\(UUID().uuidString).kvmscope"
        defer { unlink(path) }
        let session = Session(SessionConfiguration(image: try assembled(Self.guest), memorySize: 16 << 20))
        defer { session.close() }
        let recorder = try Recorder(path: path, after: session.timeline)
        session.recorder = recorder
        var desk = Desk(model: Model(timeline: session.timeline, width: 120, height: 40), session: session)
        desk.give(.command(.build))
        for round in 0..<300 {
            if random.once(in: 4) {
                let line = Self.lines[random.below(Self.lines.count)]
                desk.give(.command(try Command(parsing: line)))
            } else {
                desk.give(.input(.key(Self.keys[random.below(Self.keys.count)])))
            }
            if round % 20 == 0 { #expect(desk.model.grid.width == 120, "round \(round)") }
        }
        session.close()
        session.recorder = nil
        try recorder.finish()
        let (timeline, replay) = (session.timeline, Timeline(try RecordingReader(path: path)))
        #expect(timeline.end > 100 && timeline.first == 0)
        for branch in timeline.branches.map(\.id) {
            #expect((timeline.branch == branch || timeline.select(branch: branch)), "seed \(seed)")
            #expect((replay.branch == branch || replay.select(branch: branch)), "seed \(seed), branch \(branch)")
            try #require(timeline.end == replay.end)
            for position in stride(from: timeline.first, through: timeline.end, by: max(1, timeline.end / 500)) {
                let (then, now) = (Self.picture(timeline.world(at: position)), Self.picture(replay.world(at: position)))
                #expect(then == now, "seed \(seed), branch \(branch), event \(position)")
            }
            for position in stride(from: timeline.first, through: timeline.end, by: max(1, timeline.end / 12)) {
                let (then, now) = (Self.screen(timeline, at: position), Self.screen(replay, at: position))
                #expect(then == now, "seed \(seed), branch \(branch), screen of event \(position)")
            }
        }
    }
}
