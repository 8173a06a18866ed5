internal import ArgumentParser
internal import Glibc

/// Ctrl-C, SIGTERM and SIGHUP, kept from killing the program so that what it writes gets its end.
final class Interruption {
    private var signals = sigset_t()
    /// The one that came first.
    private(set) var signal: Int32?

    init() {
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Whether one of them is pending or was.
    var hasCome: Bool {
        var none = timespec()
        if signal == nil {
            let number = sigtimedwait(&signals, nil, &none)
            if number > 0 { signal = number }
        }
        return signal != nil
    }
}

extension Status {
    /// What a shell gives for a program that a signal ended.
    static func ended(by signal: Int32) -> ExitCode { ExitCode(128 + signal) }
}
