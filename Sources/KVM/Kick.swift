private import CKVM
private import Glibc
import Synchronization

/// The way to get a vCPU out of `KVM_RUN` from another thread: `immediate_exit` in the run page, then a signal.
///
/// The flag catches a vCPU that is about to enter, the signal one that is inside; each alone would leave a gap.
/// Source: KVM API document, 5 "The kvm_run structure", `immediate_exit`.
public final class Kick: Sendable {
    private struct State {
        /// The run page, while it is mapped. An address, since pointers are not Sendable; only used under the lock.
        var page: UInt
        /// The thread that runs the vCPU, while there is one.
        var thread: pthread_t?
    }

    private let state: Mutex<State>

    init(page: UnsafeMutableRawPointer) {
        state = Mutex(State(page: UInt(bitPattern: page), thread: nil))
    }

    /// The signal's number, as `strace` and `/proc` show it.
    public static var signal: Int32 { ckvm_kick_signal() }

    /// Called by the thread that will run the vCPU, before its first run. Without it a kick sets the flag alone.
    ///
    /// Installs the process-wide handler, which does nothing, and lets the signal through to this thread.
    public func attachThread() {
        _ = ckvm_install_kick_handler()
        _ = ckvm_unblock_kick()
        state.withLock { $0.thread = pthread_self() }
    }

    /// Called by that thread before it ends, so that no signal goes to a thread that is gone.
    public func detachThread() {
        state.withLock { $0.thread = nil }
    }

    /// Makes the present or next `KVM_RUN` end with `RunResult.interrupted`. From any thread, at any time.
    ///
    /// The flag stays set until the vCPU's thread clears `RunPage.immediateExit`.
    public func callAsFunction() {
        state.withLock { state in
            // Sound: the page stays mapped while the lock is held, since `pageIsGone` takes it before the unmap.
            guard let page = UnsafeMutableRawPointer(bitPattern: state.page) else { return }
            ckvm_set_immediate_exit(page.assumingMemoryBound(to: kvm_run.self), 1)
            if let thread = state.thread { _ = ckvm_send_kick(thread) }
        }
    }

    func pageIsGone() {
        state.withLock { $0 = State(page: 0, thread: nil) }
    }
}
