internal import ArgumentParser
internal import Command

/// Commands that are carried out as soon as the screen is there.
struct ScriptOptions: ParsableArguments {
    @Option(
        name: [.customShort("e"), .customLong("execute")],
        help: ArgumentHelp("Commands to begin with, separated by ;", valueName: "commands"))
    var script: [String] = []

    func commands() throws -> [Command] {
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
}
