internal import Host
internal import Machine
internal import Synchronization

/// The tracepoints on their way: opening them takes some 50 ms, nearly all of it asleep, on a thread of its own.
///
/// `@unchecked Sendable` is sound because the thread writes the result and ends, and it is read after the join alone.
final class KernelOpening: @unchecked Sendable {
    private var result: Result<KernelTrace, KernelTraceFailure>?
    private var thread: KernelThread?
    private let done = Atomic<Bool>(false)

    /// Whether `take` would answer at once.
    var isDone: Bool { done.load(ordering: .acquiring) }

    /// - Parameter wake: called on that thread when the result is there.
    init(wake: @escaping @Sendable () -> Void) {
        thread = try? KernelThread(name: "tracing") { [self] in
            open()
            wake()
        }
        // Without a thread the caller waits.
        if thread == nil { open() }
    }

    private func open() {
        do throws(KernelTraceFailure) {
            result = .success(try KernelTrace())
        } catch {
            result = .failure(error)
        }
        done.store(true, ordering: .releasing)
    }

    /// Waits for the end and hands over what was opened; to be called once.
    func take() -> Result<KernelTrace, KernelTraceFailure>? {
        thread?.join()
        thread = nil
        defer { result = nil }
        return result
    }
}
