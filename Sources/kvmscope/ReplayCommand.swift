internal import ArgumentParser
internal import Command
internal import Recording

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Open a recording on the screen; no KVM is needed.",
        discussion: """
            Every pane shows what it showed then. Steps move over what was recorded, in both directions; what needs a \
            machine says so.

            EXAMPLE
              kvmscope replay run.kvmscope -e 'goto exit 3'
            """)

    @Argument(help: "The recording.")
    var file: String

    @OptionGroup var screen: ScreenOptions

    @Option(
        name: [.customShort("e"), .customLong("execute")],
        help: ArgumentHelp("Commands to begin with, separated by ;", valueName: "commands"))
    var script: [String] = []

    func run() throws {
        let commands = try scriptCommands(script)
        let recording: RecordingReader
        do throws(RecordingError) {
            recording = try RecordingReader(path: file)
        } catch {
            printError(error.description)
            throw Status.failed
        }
        try withScreen(screen, GuestStage(device: DevicePath.standard)) { program in
            program.open(recording)
            for command in commands { program.perform(command) }
        }
    }
}

/// The commands of `-e`.
func scriptCommands(_ script: [String]) throws -> [Command] {
    var commands: [Command] = []
    for text in script {
        do throws(Command.ScriptError) {
            commands += try Command.script(text).map(\.command)
        } catch {
            throw ValidationError("-e: \(error)")
        }
    }
    return commands
}
