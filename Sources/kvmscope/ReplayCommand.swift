internal import ArgumentParser
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

    @Argument(help: "The recording.", completion: .file(extensions: ["kvmscope"]))
    var file: String

    @OptionGroup var screen: ScreenOptions
    @OptionGroup var script: ScriptOptions

    func run() throws {
        let script = try script.script(for: screen)
        let recording: RecordingReader
        do throws(RecordingError) {
            recording = try RecordingReader(path: file)
        } catch {
            printError(error.description)
            throw Status.failed
        }
        try withScreen(screen, GuestStage(device: DevicePath.standard)) { program in
            program.open(recording)
            program.play(script)
        }
    }
}
