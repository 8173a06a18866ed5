internal import ArgumentParser
internal import Command

/// Commands that are carried out as soon as the screen is there.
struct ScriptOptions: ParsableArguments {
    @Option(
        name: [.customShort("e"), .customLong("execute")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Commands to begin with, separated by ;. With --plain or --json, - reads them from standard input, a line "
                + "at a time.", valueName: "commands"))
    var script: [String] = []

    @Option(
        help: ArgumentHelp(
            "How long each of these commands is waited for. One that takes longer is ended by a pause.",
            valueName: "seconds"))
    var timeout = 60.0

    func validate() throws {
        guard timeout > 0, timeout <= 1_000_000 else {
            throw ValidationError("--timeout takes seconds above 0, not \(timeout)")
        }
        guard script.count(where: { $0 == Self.standardInput }) < 2 else {
            throw ValidationError("-e - reads all of standard input; give it once")
        }
    }

    private static let standardInput = "-"

    /// What is to be carried out, in order; standard input is read only where the screen is printed.
    func script(for screen: ScreenOptions) throws -> Script {
        var script = Script(bound: .seconds(timeout))
        for text in self.script {
            guard text != Self.standardInput else {
                guard screen.printing != nil else {
                    throw ValidationError("-e - reads lines where nothing is drawn: give --plain or --json with it")
                }
                script.parts.append(.standardInput)
                continue
            }
            do throws(Command.ScriptError) {
                script.parts += try Command.script(text).map { .command($0.command) }
            } catch {
                throw ValidationError("-e: \(error)")
            }
        }
        return script
    }
}

/// Commands that are given one after the other, each when the one before has ended.
struct Script {
    enum Part {
        case command(Command)
        /// Lines, until there are no more.
        case standardInput
    }

    /// What one command came to.
    struct Result {
        var command: String
        var text: String
        /// It was not carried out, or what it claims does not hold.
        var hasFailed: Bool
    }

    var parts: [Part] = []
    /// How long each command is waited for.
    var bound = Duration.seconds(60)
    var results: [Result] = []

    var hasFailed: Bool { results.contains { $0.hasFailed } }
}
