internal import Command
internal import Explorer
internal import Facts
internal import Lesson
internal import Machine
internal import Session
internal import Timeline

/// Why a lesson cannot be opened, in one line.
struct LessonRefusal: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
}

/// The lessons on this machine and what is needed to open their guests.
struct GuestStage {
    var library: LessonLibrary
    var progress: ProgressStore?
    private var hasSaidThatNothingIsKept = false
    var device: String
    /// Lessons are opened from their recordings, also where a machine could be had.
    var replays = false

    init(device: String, replays: Bool = false) {
        self.replays = replays
        library = LessonLibrary(directories: LessonLibrary.standardDirectories())
        progress = ProgressStore.defaultDirectory().map { ProgressStore(directory: $0) }
        self.device = device
    }

    /// What has to be said, once, of the folder in which progress is kept.
    mutating func untoldOfProgress() -> String? {
        if progress != nil { return progress?.untold() }
        defer { hasSaidThatNothingIsKept = true }
        return hasSaidThatNothingIsKept
            ? nil : "progress is not kept: neither XDG_STATE_HOME nor HOME names a folder; set one of them"
    }

    func lesson(named name: String) throws(LessonRefusal) -> Lesson {
        do {
            return try library.entry(named: name).load()
        } catch {
            throw LessonRefusal(text: "\(error)")
        }
    }

    /// - Parameter replays: whether lessons are opened from their recordings here.
    func listings(replays: Bool) -> [LessonListing] {
        library.entries.map { entry in
            do throws(LessonError) {
                let lesson = try entry.load()
                var obstacle: String?
                if replays {
                    do throws(LessonRefusal) { _ = try LessonRecordings.open(lesson) } catch { obstacle = error.text }
                }
                var listing = LessonListing(
                    lesson, progress: progress?[entry.name] ?? LessonProgress(), obstacle: obstacle)
                listing.isReplay = replays
                return listing
            } catch {
                return LessonListing(name: entry.name, title: entry.name, obstacle: error.description)
            }
        }
    }

    /// The lesson's guest, built from its source.
    func configuration(for lesson: Lesson) throws(MachineError) -> SessionConfiguration {
        let mode = StartMode(rawValue: lesson.machine.mode.rawValue) ?? .long
        var image = try Guest(path: lesson.guestFile, mode: mode, confinedTo: lesson.directory).image()
        // As the lesson names it: where its folder lies on this machine is nothing to keep in a recording.
        image.name = lesson.machine.guest
        var configuration = SessionConfiguration(
            image: image, vcpus: lesson.machine.vcpus,
            memorySize: lesson.machine.memory, devicePath: device)
        configuration.slots = lesson.machine.slots
        return configuration
    }
}

/// A real machine on which lessons are checked.
struct LiveStage: LessonStage {
    private let guests: GuestStage
    private var session: Session?
    private var look = ScreenLook()
    /// Where the lesson looks; nil at the present.
    private var past: Int?

    init(_ guests: GuestStage) { self.guests = guests }

    mutating func open(_ lesson: Lesson) throws {
        session?.close()
        session = nil
        let new = Session(try guests.configuration(for: lesson))
        session = new
        look = ScreenLook()
        past = nil
        guard lesson.machine.start == .ready else { return new.lookAround() }
        if case .refused(let text) = new.perform(.build) { throw LessonRefusal(text: text) }
    }

    mutating func perform(_ command: Command) throws -> LessonPlayer.Outcome {
        switch command {
        // Where a person looks changes nothing that a check could see.
        case .back(.level, _): break
        case .show, .hide, .focus, .zoom, .unzoom, .memory, .disassemble: return .done
        case .step(.transition, _), .goTo, .back, .whoWrote: return moveCursor(command)
        default: break
        }
        guard let session else { return .failed("no machine is open") }
        var command = command
        if command == .resume(nil) { command = .resume(past ?? session.timeline.end) }
        // A change in the past is made in a branch that begins there, as on the screen.
        if let past, command.isChange, case .refused(let text) = session.performAndWait(.resume(past)) {
            return .failed(text)
        }
        past = nil
        // `continue` is over when it has begun; every other command when the machine stands again.
        if command == .run {
            let outcome = session.perform(command)
            session.letRun()
            return outcome.forLesson
        }
        return session.performAndWait(command).forLesson
    }

    /// What happened since the lesson was opened.
    var timeline: Timeline? { session?.timeline }

    /// Moves the cursor over what was recorded, as the screen does; the guest runs on where it would there.
    private mutating func moveCursor(_ command: Command) -> LessonPlayer.Outcome {
        guard let session else { return .failed("no machine is open") }
        session.pump()
        let moved = look(command, session.timeline, past, vcpu: session.vcpu) {
            session.performAndWait($0).forLesson
        }
        switch moved {
        case .success(let cursor): past = cursor
        case .failure(let refusal): return .failed(refusal.text)
        }
        return .done
    }

    var facts: any FactSource {
        session?.pump()
        if let past, let session {
            return WorldFacts(session.timeline, at: past, vcpu: session.vcpu)
        }
        return session?.facts ?? WorldFacts(Timeline(), vcpu: 0)
    }

    mutating func close() {
        past = nil
        session?.close()
        session = nil
    }
}

extension Command {
    /// Whether it changes the machine where it stands, and in the past begins a branch.
    fileprivate var isChange: Bool {
        switch self {
        case .skip, .poke, .set: true
        default: false
        }
    }
}
