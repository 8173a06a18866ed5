internal import ArgumentParser
internal import Session

/// The options of the commands that run a guest to its end without a screen.
struct TraceOptions: ParsableArguments {
    @Flag(help: "Each tracepoint of KVM too, with what it says; most hosts permit it to root alone.")
    var kernel = false

    @Option(help: ArgumentHelp("End after so many exits.", valueName: "n"))
    var maxExits: Int?

    @Option(help: ArgumentHelp("End after so many seconds; a guest that never exits is kicked.", valueName: "seconds"))
    var timeout: Double?

    func validate() throws {
        if let maxExits, maxExits < 1 { throw ValidationError("--max-exits takes 1 or more, not \(maxExits)") }
        if let timeout, !(timeout > 0 && timeout <= 1e9) {
            throw ValidationError("--timeout takes seconds above 0, not \(timeout)")
        }
    }

    var limits: TraceLimits { TraceLimits(exits: maxExits, seconds: timeout) }
}

extension Session {
    /// Why the tracepoints that were asked for are missing, on standard error.
    func reportKernelView() {
        if case .refused(let reason, let remedy) = kernelView {
            printError("no kernel events: \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)"))
        }
    }
}
