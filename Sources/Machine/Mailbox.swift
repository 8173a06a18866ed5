internal import Glibc
internal import KVM

/// A queue between threads whose reader sleeps while it is empty.
///
/// `@unchecked Sendable` is sound because `items` is touched under the mutex alone.
final class Mailbox<Item: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var items: [Item] = []

    init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func put(_ item: Item) {
        pthread_mutex_lock(mutex)
        items.append(item)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    func take() -> Item {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while items.isEmpty { pthread_cond_wait(condition, mutex) }
        return items.removeFirst()
    }
}

/// A thread of the kernel with a name that `ps -L` shows; joined by its owner, or left alone when that is dropped.
///
/// `@unchecked Sendable` is sound because the handle is written once, before the thread is shared.
public final class KernelThread: @unchecked Sendable {
    private var handle: pthread_t = 0
    private var isJoined = false

    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// - Parameter name: at most 15 bytes, the kernel's limit; cut there.
    public init(name: String, _ run: @escaping @Sendable () -> Void) throws(MachineError) {
        let body = Unmanaged.passRetained(Body(name: String(name.prefix(15)), run: run))
        let code = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                ThisThread.setName(body.name)
                body.run()
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            // There is no thread that the deinit could let go.
            isJoined = true
            body.release()
            throw .thread(errno: code)
        }
    }

    deinit {
        if !isJoined { pthread_detach(handle) }
    }

    /// Returns when the thread has ended.
    public func join() {
        guard !isJoined else { return }
        isJoined = true
        pthread_join(handle, nil)
    }
}
