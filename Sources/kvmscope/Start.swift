internal import ArgumentParser
internal import Glibc
internal import Session
internal import Timeline

/// The program's entry: like the parser's own, but a wrong command line ends with status 2, as usage errors do here.
@main
enum Start {
    static func main() {
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
            if !text.isEmpty {
                let line = Array((text + "\n").utf8)
                _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
            }
            return status == .validationFailure ? Status.usage : status
        }
    }

    private static func checkEnvironment() throws {
        let limit = SessionConfiguration.environmentLimit
        guard let text = limit.text, limit.level == nil else { return }
        let levels = KernelSight.Level.allCases.reversed().map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\(SessionConfiguration.kernelLimitVariable) takes \(levels), not '\(text)'")
    }
}
