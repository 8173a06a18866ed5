internal import ArgumentParser
internal import Glibc
internal import Session
internal import Terminal
internal import Timeline

/// The program's entry: like the parser's own, but a wrong command line ends with status 2, as usage errors do here.
@main
enum Start {
    static func main() {
        Terminal.quitPlainly()
        do {
            var command = try Program.parseAsRoot()
            try checkEnvironment()
            try command.run()
        } catch {
            if Program.exitCode(for: error) == .validationFailure {
                let text = Array((Program.fullMessage(for: error) + "\n").utf8)
                _ = text.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
                exit(Status.usage.rawValue)
            }
            Program.exit(withError: error)
        }
    }

    private static func checkEnvironment() throws {
        let limit = SessionConfiguration.environmentLimit
        guard let text = limit.text, limit.level == nil else { return }
        let levels = KernelSight.Level.allCases.reversed().map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\(SessionConfiguration.kernelLimitVariable) takes \(levels), not '\(text)'")
    }
}
