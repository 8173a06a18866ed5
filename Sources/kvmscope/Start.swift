internal import ArgumentParser
internal import Glibc
internal import Lesson
internal import Session
internal import Terminal
internal import Timeline

/// The program's entry: like the parser's own, but a wrong command line ends with status 2, as usage errors do here.
@main
enum Start {
    static func main() {
        Terminal.quitPlainly()
        StandardOutput.prepare()
        var status = run()
        if let problem = StandardOutput.problem {
            printError(problem)
            if status == Status.done { status = Status.failed }
        }
        exit(status.rawValue)
    }

    /// Carries out the command line, and gives the status with which the program ends.
    private static func run() -> ExitCode {
        if let status = answerByName(Array(CommandLine.arguments.dropFirst())) { return status }
        do {
            var command = try Program.parseAsRoot()
            try checkEnvironment()
            try command.run()
            return Status.done
        } catch {
            let status = Program.exitCode(for: error)
            let text = Program.fullMessage(for: error)
            if status == .success {
                // Help and the version are answers, not errors.
                if !text.isEmpty { StandardOutput.print(text) }
                return status
            }
            if !text.isEmpty { StandardError.print(text) }
            return status == .validationFailure ? Status.usage : status
        }
    }

    /// Answers `help NAME`, and a first word that is no command, which the parser would take for a fault in `menu`.
    private static func answerByName(_ words: [String]) -> ExitCode? {
        guard let first = words.first else { return nil }
        lazy var library = LessonLibrary(directories: LessonLibrary.standardDirectories())
        if first == "help", let answer = HelpLookup.answer(Array(words.dropFirst()), library: library) {
            switch answer {
            case .text(let text):
                StandardOutput.print(text, terminator: "")
                return Status.done
            case .unknown(let text):
                printError(text)
                return Status.usage
            }
        }
        let correction = CommandNames.correction(
            of: first, isFile: { access($0, F_OK) == 0 }, lesson: { try? library.entry(named: $0).name })
        if let correction {
            printError(correction)
            return Status.usage
        }
        return nil
    }

    private static func checkEnvironment() throws {
        let limit = SessionConfiguration.environmentLimit
        guard let text = limit.text, limit.level == nil else { return }
        let levels = KernelSight.Level.allCases.reversed().map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\(SessionConfiguration.kernelLimitVariable) takes \(levels), not '\(text)'")
    }
}
