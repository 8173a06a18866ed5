internal import Command
internal import Explorer
internal import Glibc
internal import Lesson
internal import Machine
internal import Recording
internal import Screen
internal import Session
internal import Terminal
internal import Timeline

/// The program with its screen: hands input to `update`, carries out what it returns, and shows the model.
struct ScreenProgram: ~Copyable {
    var model: Model
    /// None where the content is printed instead.
    private var terminal: Terminal?
    let printing: ((Model, [Script.Result]) -> String)?
    var session: Session?
    private var recorder: Recorder?
    private var stage: GuestStage
    /// What is known of this host; a replay shows another one.
    private let host: Explorer.Environment
    /// The recording in the place of a lesson's machine.
    private var replay: LessonReplay?
    var isOver = false
    /// The signal that ended the screen; nil where the person quit.
    private(set) var endingSignal: Int32?
    /// Who asked for the command that is under way, and which it was.
    var pending: [(command: Command, origin: Origin)] = []
    private var lastReading: UInt64 = 0
    /// Where entered lines are kept; nil where nothing is typed.
    private var history: HistoryFile?
    /// Commands to begin with, and what came of those that were given.
    var script = Script()
    /// When the command of a drawn screen's script has taken too long.
    var scriptDeadline: ContinuousClock.Instant?
    /// `continue` is waited for like every other command, as in a script.
    var waitsForRun = false
    /// Commands come line by line, and what they ask for is told at once.
    var readsLines = false
    /// The lesson's text as far as it was told.
    var toldLesson: [String] = []
    /// What is printed is read from the top, and not one object.
    let isLinear: Bool

    /// - Parameter guest: opens on this guest instead of the lesson menu.
    init(_ options: ScreenOptions, stage: GuestStage) throws(TerminalError) {
        var (width, height) = options.printedSize
        printing = options.printing
        isLinear = options.plain
        if printing != nil {
            terminal = nil
        } else {
            let opened = try Terminal(options.terminal)
            (width, height) = (opened.width, opened.height)
            terminal = consume opened
        }
        self.stage = stage
        host = options.environment(device: stage.device)
        model = Model.menu(width: width, height: height, environment: host)
        if printing == nil { history = HistoryFile.standard }
        tell(.historyLoaded(history?.lines() ?? []))
    }

    /// Opens a guest that has been read already.
    mutating func open(_ configuration: SessionConfiguration) {
        let new = Session(configuration)
        session = new
        show(new.timeline, model.environment)
        tell(.command(.build))
    }

    /// Opens a recording, where its newest machine stands ready.
    mutating func open(_ recording: RecordingReader) {
        show(Timeline(recording), .ofRecording(isASCII: host.isASCII))
        tell(.command(.goTo(.start)))
        let timeline = model.timeline
        let ready = timeline.last(before: timeline.end, of: [.phase]) { event in
            if case .phase(.ready) = event.body { true } else { false }
        }
        if let ready { tell(.command(.goTo(.event(ready + 1)))) }
        tellDamage(recording)
    }

    /// On a drawn screen the line stands there until the first key; what is printed has it before all else.
    private mutating func tellDamage(_ recording: RecordingReader) {
        guard let damage = recording.checkPages().text(of: recording.path) else { return }
        if printing == nil { tell(.recordingDamaged(damage)) } else { printError(damage) }
    }

    /// Begins with another timeline; what was typed before can still be called back.
    private mutating func show(_ timeline: Timeline, _ environment: Explorer.Environment) {
        let lines = model.history
        model = Model(timeline: timeline, width: model.width, height: model.height, environment: environment)
        tell(.historyLoaded(lines))
    }

    mutating func open(lesson name: String) { carryOut(.openLesson(name)) }

    mutating func showMenu() { carryOut(.loadLessons) }

    /// Runs until the person quits; without a terminal, prints what the screen would show and is done.
    mutating func run() {
        if let printing {
            settle()
            // Whoever reads line by line has asked for what is wanted.
            if !(readsLines && isLinear) {
                let text = printing(model, script.results)
                if isLinear {
                    StandardOutput.print(text, terminator: "")
                } else {
                    StandardOutput.write(Array(text.utf8))
                }
            }
            closeSession()
            return
        }
        terminal?.show(model.grid)
        while !isOver {
            let wake = session.map { [$0.wakeDescriptor] } ?? []
            _ = terminal?.wait(for: wake, timeout: patience)
            for event in terminal?.readEvents() ?? [] {
                if event == .interrupted { terminal?.forgiveInterrupt() }
                tell(.input(event))
                if isOver {
                    endingSignal = event.signal
                    break
                }
            }
            if model.isSearching { tell(.searchGoesOn) }
            pump()
            goOnWithScript()
            noteRecording()
            terminal?.show(model.grid)
        }
        closeSession()
    }

    /// How long nothing has to happen before the screen is looked after.
    private var patience: Duration? {
        if model.isSearching { return .zero }
        if !script.parts.isEmpty { return isUnderWay ? .milliseconds(100) : .zero }
        if model.timeline.live.phase == .running { return .milliseconds(100) }
        return recorder == nil ? nil : .milliseconds(500)
    }

    /// Takes the machine down; a recording of it holds that too, and is complete then.
    private mutating func closeSession() {
        session?.close()
        session = nil
        if recorder != nil { _ = endRecording() }
    }

    // MARK: Recording

    private mutating func record(into file: String?) -> Session.Outcome {
        if let recorder {
            return file == nil
                ? endRecording() : .refused("recording into \(recorder.path) already; `record` alone ends it")
        }
        guard let session else { return .refused("there is no run yet; build the machine first") }
        do throws(RecordingError) {
            let path = file ?? Recorder.freshName
            let new = try Recorder(path: path, after: session.timeline, about: Recorder.thisHost)
            recorder = new
            session.recorder = new
            session.timeline.readBack(from: new.source)
            session.unrecorded = Set(new.omitted)
            model.environment.isRecording = true
            model.environment.unrecorded = new.omitted
            let without = new.omitted.map { "\($0)" }.joined(separator: ", ")
            return .done(
                "recording into \(path); `record` alone ends it"
                    + (without.isEmpty ? "" : "; not in it, since their past is no longer kept: branches \(without)"))
        } catch {
            return .refused(error.description)
        }
    }

    private mutating func endRecording() -> Session.Outcome {
        guard let recorder else { return .done(nil) }
        self.recorder = nil
        session?.recorder = nil
        model.environment.isRecording = false
        model.environment.unrecorded = []
        do throws(RecordingError) {
            try recorder.finish()
            return .done("\(recorder.path) is complete: \(recorder.count) events; `kvmscope replay` opens it")
        } catch {
            return .refused("\(error); the recording ends with event \(recorder.count)")
        }
    }

    /// A disk that is full ends the recording; the guest and the screen go on.
    private mutating func noteRecording() {
        guard recorder?.problem != nil else { return }
        tell(.commandFinished(.record(nil), endRecording().forLesson, .person))
    }

    // MARK: Messages and effects

    mutating func tell(_ message: Message) {
        for effect in update(&model, message) { carryOut(effect) }
    }

    mutating func pump() {
        guard let session else { return }
        let before = session.timeline.end
        let notices = session.pump()
        refreshWhileRunning()
        if session.timeline.end != before { tell(.timelineChanged) }
        for case .finished(let command, let outcome) in notices { finish(command, outcome) }
    }

    /// Threads move while a guest runs; they are read a few times a second.
    private mutating func refreshWhileRunning() {
        guard let session, session.timeline.live.phase == .running else { return }
        let now = session.elapsed
        if now < lastReading || now - lastReading > 250_000_000 {
            lastReading = now
            session.readThreads()
        }
    }

    private mutating func finish(_ command: Command, _ outcome: Session.Outcome) {
        let origin: Origin
        if let index = pending.firstIndex(where: { $0.command == command }) {
            origin = pending.remove(at: index).origin
        } else {
            origin = .person
        }
        tell(.commandFinished(command, outcome.forLesson, origin, said: outcome.said))
    }

    private mutating func carryOut(_ effect: Effect) {
        switch effect {
        case .perform(let command, let vcpu, let origin): perform(command, vcpu, origin)
        case .branch(let position, let command, let vcpu, let origin):
            guard let session else { return perform(command, vcpu, origin) }
            let outcome = session.perform(.resume(position))
            if case .refused = outcome {
                pump()
                return tell(.commandFinished(.resume(position), outcome.forLesson, origin))
            }
            perform(command, vcpu, origin)
        case .prepareMachine(let lesson): prepare(lesson)
        case .openLesson(let name): openLesson(name)
        case .loadLessons:
            stage.progress?.reload()
            tell(.lessonsLoaded(stage.listings(replays: replays)))
            sayOfProgress()
        case .saveProgress(let name, let progress):
            stage.progress?.save(progress, of: name)
            sayOfProgress()
        case .closeMachine:
            closeSession()
            replay = nil
        case .keepMark(let name, let position):
            session?.mark(name, at: position)
            tell(.timelineChanged)
        case .setMouse(let on): terminal?.isMouseOn = on
        case .redraw: terminal?.redraw()
        case .keepLine(let line): history?.append(line)
        case .listFiles(let folder): tell(.filesListed(folder: folder, FolderListing.names(in: folder)))
        case .quit: isOver = true
        }
    }

    private mutating func perform(_ command: Command, _ vcpu: Int, _ origin: Origin) {
        if case .record(let file) = command {
            let answer = record(into: file)
            return tell(.commandFinished(command, answer.forLesson, origin, said: answer.said))
        }
        if replay != nil {
            let outcome = replay?.perform(command) ?? .done
            tell(.timelineChanged)
            return tell(.commandFinished(command, outcome, origin))
        }
        guard let session else {
            return tell(.commandFinished(command, .failed("no guest is open; `lesson NAME` opens one"), origin))
        }
        _ = session.perform(.vcpu(vcpu))
        let before = session.timeline.end
        let outcome = session.perform(command)
        if session.timeline.end != before { tell(.timelineChanged) }
        switch outcome {
        // The lesson goes on while the guest runs; what ends it is a pause.
        case .started where command == .run && !(waitsForRun && origin == .person):
            if origin == .lesson { session.letRun() }
            tell(.commandFinished(command, .done, origin))
        case .started:
            pending.append((command, origin))
        case .done, .refused:
            pump()
            tell(.commandFinished(command, outcome.forLesson, origin, said: outcome.said))
        }
    }

    /// A state folder that cannot be used is said once; lessons can be played all the same.
    private mutating func sayOfProgress() {
        if let note = stage.untoldOfProgress() { tell(.progressNotKept(note)) }
    }

    private mutating func openLesson(_ name: String) {
        do throws(LessonRefusal) {
            let lesson = try stage.lesson(named: name)
            closeSession()
            tell(.lessonOpened(lesson, stage.progress?.opened(lesson.name) ?? LessonProgress()))
            sayOfProgress()
        } catch {
            tell(.lessonRefused(name: name, error.text))
        }
    }

    /// Whether lessons open from their recordings.
    private var replays: Bool { stage.replays || host.kvmUnavailable != nil }

    /// Puts the lesson's recording in the place of its machine.
    private mutating func prepareReplay(_ lesson: Lesson) {
        do throws(LessonRefusal) {
            let (track, recording) = try LessonRecordings.open(lesson)
            model.environment = .ofRecording(isASCII: host.isASCII)
            model.environment.kvmUnavailable = host.kvmUnavailable
            model.environment.lessonReplay =
                host.kvmUnavailable ?? "without --replay there is a machine to try things on"
            replay = LessonReplay(track, recording, into: model.timeline)
            replay?.open()
            tell(.timelineChanged)
            tell(.machinePrepared(.done))
        } catch {
            tell(.machinePrepared(.failed(error.text)))
        }
    }

    private mutating func prepare(_ lesson: Lesson) {
        closeSession()
        replay = nil
        if replays { return prepareReplay(lesson) }
        model.environment = host
        do throws(MachineError) {
            let timeline = model.timeline
            timeline.clear()
            let new = Session(try stage.configuration(for: lesson), timeline: timeline)
            session = new
            var outcome = LessonPlayer.Outcome.done
            if lesson.machine.start == .ready {
                outcome = new.perform(.build).forLesson
            } else {
                new.lookAround()
            }
            tell(.timelineChanged)
            tell(.machinePrepared(outcome))
        } catch {
            tell(.machinePrepared(.failed(error.description)))
        }
    }
}

extension Explorer.Environment {
    /// A recording says in its events on which host it was made, and how far one could see there.
    static func ofRecording(isASCII: Bool = false) -> Self {
        Self(
            tracing: KernelSight(level: .boundary, reason: "the recording does not say"), isASCII: isASCII,
            isReplay: true, version: Program.version)
    }
}

extension Session.Outcome {
    /// What the machine has to say of a command that went well.
    var said: String? {
        if case .done(let text) = self { return text }
        return nil
    }

    var forLesson: LessonPlayer.Outcome {
        switch self {
        case .done, .started: .done
        case .refused(let text): .failed(text)
        }
    }
}

extension InputEvent {
    /// The signal that it stands for; a terminal that is gone is told as SIGHUP.
    fileprivate var signal: Int32? {
        switch self {
        case .interrupted: SIGINT
        case .terminated: SIGTERM
        case .hangup: SIGHUP
        default: nil
        }
    }
}
