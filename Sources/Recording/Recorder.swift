internal import DequeModule
internal import Glibc
public import Timeline

/// Writes a run into a file while it goes on, on a thread of its own.
///
/// Events come in from one thread. They are in the file within a quarter of a second, in batches of which each is
/// there as a whole or not at all; a killed program loses no more than the last. When the disk is slower than the
/// guest, `append` waits, so that memory stays bounded; when it is full, recording ends and everything else goes on.
///
/// `@unchecked Sendable` is sound because what both threads touch is touched under the mutex alone.
public final class Recorder: EventSink, @unchecked Sendable {
    /// Events that may wait to be written.
    static let capacity = 1 << 16
    /// Events that are written as a whole or not at all.
    private static let batch = 1 << 13
    /// Events that are worth being written at once.
    private static let enough = 1 << 12
    /// Milliseconds for which events are gathered before they are written.
    private static let gathering = 250
    /// Seconds after which a disk that takes nothing is given up.
    private static let patience = 10

    public let path: String
    /// What is in the file already, to be read while more is written and when it is complete.
    public let source: any EventSource
    private let reader: RecordingReader
    /// Branches that were there before the recording and are not in it, because too little of their past was kept.
    public let omitted: [Int]
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    /// What comes before the newest events, in the order in which it is to be written.
    private var waiting: Deque<KeptBranches.Part> = []
    private var newest: [Event] = []
    private var isFinishing = false
    private var isOver = false
    private var failure: RecordingError?
    private var written = 0

    /// Begins a recording.
    ///
    /// - Parameters:
    ///   - path: where; the file appears there when it can be opened as a recording.
    ///   - replaces: whether a recording that is there already goes. Any other file stays in every case.
    ///   - timeline: what is recorded first, for a recording that begins late: all its branches, or those of which
    ///     enough is kept, the one in view at least.
    ///   - about: what else the file says of itself, such as the program's version.
    public init(
        path: String, replaces: Bool = false, after timeline: Timeline? = nil, about: [String: String] = [:]
    ) throws(RecordingError) {
        self.path = path
        let kept = timeline?.kept
        omitted = kept?.omitted ?? []
        let file = try RecordingFile.create(at: path, replaces: replaces, about: about)
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        // Waits are told in time that no clock's setting changes.
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        reader = RecordingReader(beingWritten: path, from: kept?.first ?? 0)
        source = reader
        waiting = Deque(kept?.parts ?? [])
        let writer = BatchWriter(file.queue, first: kept?.first ?? 0, before: kept?.before ?? World())
        let work = Work(recorder: self, file: file, writer: writer)
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Recorder.nameThread("recorder")
                Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(work).toOpaque())
        guard started == 0 else {
            isOver = true
            throw .unwritable(path, reason: "no thread for it: \(FileHeader.text(of: started))")
        }
        pthread_detach(thread)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
        changed.deallocate()
    }

    /// Why recording has ended before its time, in one line; nil while all is well.
    public var problem: RecordingError? { locked { failure } }

    /// Events that are in the file for certain.
    public var count: Int { locked { written } }

    public func append(_ event: Event) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isOver, !isFinishing, failure == nil else { return }
        if newest.count >= Self.capacity, !waitForRoom() { return }
        newest.append(event)
        if newest.count == 1 || newest.count == Self.enough { pthread_cond_broadcast(changed) }
    }

    public func turn(to branch: Branch, isNew: Bool, world: World) {
        locked {
            guard !isOver, !isFinishing, failure == nil else { return }
            passOn()
            waiting.append(.turn(branch, isNew: isNew, world))
            pthread_cond_broadcast(changed)
        }
    }

    /// With the mutex held: false where the disk takes nothing any more.
    private func waitForRoom() -> Bool {
        while newest.count >= Self.capacity, failure == nil, !isOver {
            let before = written
            var deadline = Self.moment(afterMilliseconds: Self.patience * 1000)
            if pthread_cond_timedwait(changed, mutex, &deadline) == ETIMEDOUT, written == before {
                failure = .unwritable(path, reason: "the disk took nothing for \(Self.patience) seconds")
            }
        }
        return failure == nil && !isOver
    }

    /// Writes what is left and closes the file; from then on it is complete in itself.
    public func finish() throws(RecordingError) {
        let failure = locked {
            isFinishing = true
            pthread_cond_broadcast(changed)
            while !isOver { pthread_cond_wait(changed, mutex) }
            return self.failure
        }
        if let failure { throw failure }
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    private static func moment(afterMilliseconds milliseconds: Int) -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let nanoseconds = now.tv_nsec + milliseconds % 1000 * 1_000_000
        return timespec(
            tv_sec: now.tv_sec + milliseconds / 1000 + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000
        )
    }

    /// Gives the calling thread the name by which the Threads pane shows it; proc(5), /proc/pid/comm.
    private static func nameThread(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = name.withCString { Glibc.write(file, $0, strlen($0)) }
        close(file)
    }

    // MARK: The recorder's thread

    /// What belongs to the recorder's thread alone; it keeps the recorder until the file is closed.
    private final class Work {
        let recorder: Recorder
        let file: RecordingFile
        let writer: BatchWriter

        init(recorder: Recorder, file: RecordingFile, writer: BatchWriter) {
            (self.recorder, self.file, self.writer) = (recorder, file, writer)
        }

        func run() {
            var failure: RecordingError?
            do {
                while let part = recorder.take() {
                    switch part {
                    case .events(let events):
                        recorder.reader.grow(by: try writer.write(events))
                        recorder.note(written: events.count)
                    case .turn(let branch, let isNew, let world):
                        try writer.turn(to: branch, isNew: isNew, world: world)
                    }
                }
                try writer.write([], isLast: true)
            } catch {
                failure = file.error(error)
            }
            // What was written before a failure stays readable.
            do {
                try recorder.reader.whileClosing(file.close)
            } catch {
                failure = failure ?? file.error(error)
            }
            recorder.end(failure)
        }
    }

    /// With the mutex held: what came last stands behind what waits.
    private func passOn() {
        guard !newest.isEmpty else { return }
        // In pieces, so that each batch tells that the disk goes on.
        for start in stride(from: 0, to: newest.count, by: Self.batch) {
            waiting.append(.events(Array(newest[start..<min(start + Self.batch, newest.count)])))
        }
        newest = []
    }

    /// What is to be written next; nil when there will be no more.
    private func take() -> KeptBranches.Part? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if waiting.isEmpty {
            while newest.isEmpty, waiting.isEmpty, !isFinishing { pthread_cond_wait(changed, mutex) }
            var deadline = Self.moment(afterMilliseconds: Self.gathering)
            while newest.count < Self.enough, waiting.isEmpty, !isFinishing {
                if pthread_cond_timedwait(changed, mutex, &deadline) != 0 { break }
            }
            passOn()
            pthread_cond_broadcast(changed)
        }
        return failure != nil ? nil : waiting.popFirst()
    }

    private func note(written more: Int) { locked { written += more } }

    private func end(_ failure: RecordingError?) {
        locked {
            self.failure = self.failure ?? failure
            isOver = true
            (waiting, newest) = ([], [])
            pthread_cond_broadcast(changed)
        }
    }
}
