import CCurses
import Glibc

/// What a signal asked for since one last looked.
struct PendingSignals: OptionSet {
    let rawValue: UInt32

    static let resize = PendingSignals(rawValue: UInt32(KVMSCOPE_PENDING_RESIZE))
    static let resumed = PendingSignals(rawValue: UInt32(KVMSCOPE_PENDING_CONTINUE))
    static let stop = PendingSignals(rawValue: UInt32(KVMSCOPE_PENDING_STOP))
    static let interrupt = PendingSignals(rawValue: UInt32(KVMSCOPE_PENDING_INTERRUPT))
    static let terminate = PendingSignals(rawValue: UInt32(KVMSCOPE_PENDING_TERMINATE))
    static let hangup = PendingSignals(rawValue: UInt32(KVMSCOPE_PENDING_HANGUP))
}

/// Gives the terminal back however the process ends: orderly, by `exit`, by a signal or by a trap.
///
/// The only file that calls the functions of `guard.h`, whose state exists once per calling file.
enum TerminalGuard {
    static var isArmed: Bool { kvmscope_guard_is_armed() != 0 }

    /// - Parameter restore: what the terminal must be sent to be as before; at most 512 bytes.
    static func arm(
        input: CInt, output: CInt, wake: CInt, saved: termios, restore: [UInt8], flushInput: Bool
    ) {
        var saved = saved
        restore.withUnsafeBytes { bytes in
            // The bytes are copied before the call returns; without any, nothing is read.
            guard let start = bytes.baseAddress else { return }
            kvmscope_guard_arm(
                input, output, wake, &saved, start.assumingMemoryBound(to: CChar.self), bytes.count, flushInput ? 1 : 0)
        }
    }

    static func disarm() { kvmscope_guard_disarm() }
    static func takePending() -> PendingSignals { PendingSignals(rawValue: UInt32(kvmscope_guard_take())) }
    static func forgive() { kvmscope_guard_forgive() }
    static func stop() { kvmscope_guard_stop() }
    static func quitPlainly() { kvmscope_guard_quit_plainly() }
}
