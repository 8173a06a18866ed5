internal import ArgumentParser
internal import Glibc
internal import Machine
internal import Screen
internal import Timeline

/// Exit statuses of the program.
enum Status {
    static let done = ExitCode(0)
    /// The guest, a file or a check failed.
    static let failed = ExitCode(1)
    static let usage = ExitCode(2)
    /// This machine cannot: no KVM, no permission, not enough memory.
    static let cannot = ExitCode(3)
}

enum DevicePath {
    /// /dev/kvm, or what KVMSCOPE_DEVICE names.
    static var standard: String { getenv("KVMSCOPE_DEVICE").map { String(cString: $0) } ?? "/dev/kvm" }
}

/// Says why something could not be done; in one line, unless a tool that was called says it in several.
func printError(_ text: String, lines: Bool = false) {
    StandardError.print("kvmscope: " + (lines ? text : Text.sanitised(text)))
}

extension MachineError {
    /// Tells the person, and gives the status with which the program ends.
    func report() -> ExitCode {
        if case .toolchain = self { printError(description, lines: true) } else { printError(description) }
        switch self {
        case .image, .toolchain, .address: return Status.failed
        case .tooManyVCPUs, .noVCPU, .slot: return Status.usage
        case .kvm, .memory, .version, .thread, .snapshot: return Status.cannot
        }
    }
}

extension RunEnd {
    /// A guest that halts, ends itself with 0, or comes to a limit that was asked for is done.
    var status: ExitCode {
        switch why {
        case .hlt, .limit, .timeout: Status.done
        case .exit: code == 0 ? Status.done : Status.failed
        case .shutdown, .error, .bios: Status.failed
        }
    }

    /// The same, where a signal may have ended the run.
    func status(after interruption: Interruption) -> ExitCode {
        guard why == .error, code == Int(EINTR), let signal = interruption.signal else { return status }
        return Status.ended(by: signal)
    }
}
