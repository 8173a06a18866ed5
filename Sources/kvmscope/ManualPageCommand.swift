internal import ArgumentParser

/// What `make install` asks for; no person needs it, so that `--help` does not list it.
struct ManualPageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual-page", abstract: "Print the page for man.", shouldDisplay: false)

    func run() throws {
        do {
            _ = try Program.parseAsRoot(["--experimental-dump-help"])
        } catch {
            let description = Program.fullMessage(for: error)
            if let page = ManualPage.text(ofDescription: description, version: Program.version) {
                StandardOutput.print(page, terminator: "")
                return
            }
        }
        printError("the page cannot be written: the command line's description has another form than is known")
        throw Status.failed
    }
}
