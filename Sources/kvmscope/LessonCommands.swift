internal import ArgumentParser
internal import Command
internal import Lesson
internal import Machine
internal import Recording
internal import Session
internal import Terminal

struct MenuCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "menu", abstract: "Open the menu of lessons (the default).",
        discussion: "EXAMPLE\n  kvmscope")

    @OptionGroup var screen: ScreenOptions
    @OptionGroup var machine: LessonMachineOptions

    func run() throws {
        try withScreen(screen, machine.stage) { $0.showMenu() }
    }
}

/// On what lessons are opened.
struct LessonMachineOptions: ParsableArguments {
    @Option(help: ArgumentHelp("KVM's device.", valueName: "path"), completion: .file())
    var device = DevicePath.standard

    @Flag(help: "Open lessons from their recordings, as where there is no KVM.")
    var replay = false

    var stage: GuestStage { GuestStage(device: device, replays: replay) }
}

struct LessonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lesson", abstract: "Open a lesson.",
        discussion: """
            With --plain a lesson can be played to its end without a screen: by -e, or line by line with -e -, where an \
            empty line reads on.

            EXAMPLE
              kvmscope lesson 02-enter-exit
              kvmscope lesson 02 --plain -e -
            """)

    @Argument(help: "The lesson's name or number.", completion: .lessons)
    var name: String

    @OptionGroup var screen: ScreenOptions
    @OptionGroup var script: ScriptOptions
    @OptionGroup var machine: LessonMachineOptions

    func run() throws {
        let script = try script.script(for: screen)
        let stage = machine.stage
        do throws(LessonRefusal) {
            _ = try stage.lesson(named: name)
        } catch {
            printError(error.text)
            throw Status.failed
        }
        try withScreen(screen, stage) { program in
            program.open(lesson: name)
            program.play(script)
        }
    }
}

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Open any guest on the screen.",
        discussion: "EXAMPLE\n  kvmscope run guest.S --vcpus 2 -e 'step exit'")

    @OptionGroup var guest: GuestOptions
    @OptionGroup var screen: ScreenOptions
    @OptionGroup var script: ScriptOptions

    func run() throws {
        let script = try script.script(for: screen)
        let configuration: SessionConfiguration
        do throws(MachineError) {
            configuration = try guest.sessionConfiguration()
        } catch {
            throw error.report()
        }
        // On the screen a person can see what is wrong and go on; printed, there would be a screen without a machine.
        if screen.printing != nil, let obstacle = ScreenOptions.obstacle(device: guest.device) {
            printError(obstacle)
            throw Status.cannot
        }
        try withScreen(screen, GuestStage(device: guest.device)) { program in
            program.open(configuration)
            program.play(script)
        }
    }
}

/// Opens the screen, lets it begin, and runs it until the person quits; the terminal is given back in every case.
///
/// - Throws: `Status.failed` where the screen was printed and a command of its script failed.
func withScreen(
    _ options: ScreenOptions, _ stage: GuestStage, _ begin: (inout ScreenProgram) -> Void
) throws {
    let signal: Int32?
    var hasFailed = false
    do throws(TerminalError) {
        var program = try ScreenProgram(options, stage: stage)
        begin(&program)
        program.run()
        signal = program.endingSignal
        hasFailed = options.printing != nil && program.script.hasFailed
    } catch {
        printError(error.description)
        throw Status.cannot
    }
    if let signal { throw Status.ended(by: signal) }
    if hasFailed { throw Status.failed }
}
