internal import Glibc
internal import KVM
internal import Machine

/// Where vCPU threads leave what happened, in one order, until the main thread takes it.
///
/// One lock gives all threads one order. When the log is full a vCPU waits for the reader instead of losing an exit,
/// so memory stays bounded whatever the guest does.
///
/// `@unchecked Sendable` is sound because what is mutable is touched under the mutex alone, but for the open runs, of
/// which each belongs to one vCPU's thread.
final class RunLog: MachineObserver, @unchecked Sendable {
    /// What is rare lies in a box of its own, so that the array of entries stays small.
    enum Entry {
        case exit(LoggedExit)
        /// An exit that carries more than a `LoggedExit` holds.
        indirect case rareExit(ExitRecord, RunRecord?)
        /// The special registers of this vCPU from here on.
        indirect case specialRegisters(SpecialRegisters, vcpu: Int)
        /// A KVM_RUN that ended without an exit.
        indirect case ran(RunRecord)
        /// A call waits at the gate.
        indirect case waiting(IoctlCall, thread: Int32)
        indirect case call(IoctlRecord)
        indirect case thread(isStart: Bool, id: Int32, name: String, vcpu: Int?, at: UInt64)
        indirect case stop(VCPUStop)
        /// The builder thread is done.
        indirect case built(Result<Machine, MachineError>)
    }

    /// What was logged since the last taking.
    struct Batch {
        var entries: [Entry] = []
        var registers: [Registers] = []

        mutating func removeAll() {
            entries.removeAll(keepingCapacity: true)
            registers.removeAll(keepingCapacity: true)
        }
    }

    /// Entries after which a vCPU waits for the reader.
    static let capacity = 16384
    /// Entries after which the reader is woken without waiting for a stop: few enough to lie in the cache still.
    private static let wakeAt = 512
    /// vCPUs whose KVM_RUN is kept until its exit is told.
    private static let openRunCount = 64

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let drained: UnsafeMutablePointer<pthread_cond_t>
    private let gateOpened: UnsafeMutablePointer<pthread_cond_t>
    // Sound: the mutex excludes what the runtime would check at each access.
    @exclusivity(unchecked) private var batch = Batch()
    /// The newest KVM_RUN of each vCPU, until its exit follows or it is clear that none will. Each is touched by its
    /// vCPU's thread alone.
    private let openRuns: UnsafeMutablePointer<RunRecord?>
    /// Threads whose call may pass the closed gate.
    private var passes: Set<Int32> = []
    private var isGateClosed = false
    private var wroteWake = false
    /// Readable when there is something to take.
    let wakeDescriptor: Int32
    private let wakeEnd: Int32
    private let mainThread: Int32

    init() {
        mutex = .allocate(capacity: 1)
        openRuns = .allocate(capacity: Self.openRunCount)
        openRuns.initialize(repeating: nil, count: Self.openRunCount)
        drained = .allocate(capacity: 1)
        gateOpened = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(drained, nil)
        pthread_cond_init(gateOpened, nil)
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (wakeDescriptor, wakeEnd) = (ends[0], ends[1])
        mainThread = ThisThread.id
        batch.entries.reserveCapacity(Self.capacity + 64)
    }

    deinit {
        close(wakeDescriptor)
        close(wakeEnd)
        pthread_cond_destroy(gateOpened)
        pthread_cond_destroy(drained)
        pthread_mutex_destroy(mutex)
        gateOpened.deallocate()
        drained.deallocate()
        mutex.deallocate()
        openRuns.deallocate()
    }

    // MARK: Writers

    func willCall(_ call: IoctlCall) {
        // What the program asks only in order to look must not wait for the person who looks.
        guard call.purpose == .operation, ThisThread.id != mainThread else { return }
        closeRun(of: call.vcpu)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard isGateClosed else { return }
        let thread = ThisThread.id
        batch.entries.append(.waiting(call, thread: thread))
        wake()
        while isGateClosed && passes.remove(thread) == nil { pthread_cond_wait(gateOpened, mutex) }
    }

    func didCall(_ record: IoctlRecord) {
        closeRun(of: record.call.vcpu)
        log(.call(record))
    }

    func didRun(_ record: RunRecord) {
        closeRun(of: record.vcpu)
        if record.vcpu < Self.openRunCount { openRuns[record.vcpu] = record } else { log(.ran(record), bounded: true) }
    }

    func didAccess(_ record: AccessRecord) {
        let run = takeRun(of: record)
        log(LoggedExit(record, run: run), nil, or: record.exit(registers: nil), run)
    }

    func didAccess(_ record: AccessRecord, registers: Registers) {
        let run = takeRun(of: record)
        log(LoggedExit(record, run: run), registers, or: record.exit(registers: registers), run)
    }

    func didStep(_ record: StepRecord) {
        let run = takeRun(of: record.vcpu)
        log(LoggedExit(record, run: run), nil, or: record.exit(registers: nil), run)
    }

    func didStep(_ record: StepRecord, registers: Registers) {
        let run = takeRun(of: record.vcpu)
        log(LoggedExit(record, run: run), registers, or: record.exit(registers: registers), run)
    }

    func didExit(_ record: ExitRecord) {
        let run = takeRun(of: record.vcpu)
        log(LoggedExit(record, run: run), record.registers, or: record, run)
    }

    /// Logs an exit in the short form, or where it has none as a whole.
    @inline(__always)
    private func log(
        _ exit: LoggedExit?, _ registers: Registers?, or record: @autoclosure () -> ExitRecord, _ run: RunRecord?
    ) {
        guard let exit else { return log(.rareExit(record(), run), bounded: true) }
        if let registers { log(exit, registers) } else { log(exit) }
    }

    func specialRegistersAre(_ system: SpecialRegisters, vcpu: Int) {
        log(.specialRegisters(system, vcpu: vcpu), bounded: true)
    }

    /// The KVM_RUN that the access ended: told with it, or the one that is open.
    @inline(__always)
    private func takeRun(of record: AccessRecord) -> RunRecord? {
        guard let run = record.run else { return takeRun(of: record.vcpu) }
        closeRun(of: record.vcpu)
        return run
    }

    /// The KVM_RUN that ended in the exit which is being told.
    @inline(__always)
    private func takeRun(of vcpu: Int) -> RunRecord? {
        guard vcpu < Self.openRunCount else { return nil }
        defer { openRuns[vcpu] = nil }
        return openRuns[vcpu]
    }

    @inline(__always)
    private func log(_ exit: LoggedExit) {
        pthread_mutex_lock(mutex)
        if batch.entries.count >= Self.capacity { waitForRoom() }
        append(exit)
        pthread_mutex_unlock(mutex)
    }

    @inline(__always)
    private func log(_ exit: LoggedExit, _ registers: Registers) {
        var exit = exit
        pthread_mutex_lock(mutex)
        waitForRoom()
        exit.registers = Int32(truncatingIfNeeded: batch.registers.count)
        batch.registers.append(registers)
        append(exit)
        pthread_mutex_unlock(mutex)
    }

    @inline(__always)
    private func append(_ exit: LoggedExit) {
        batch.entries.append(.exit(exit))
        if batch.entries.count >= Self.wakeAt { wake() }
    }

    func threadDidChange(isStart: Bool, thread: Int32, name: String, vcpu: Int?) {
        closeRun(of: vcpu)
        log(.thread(isStart: isStart, id: thread, name: name, vcpu: vcpu, at: monotonicNow()))
    }

    func didStop(_ stop: VCPUStop) {
        closeRun(of: stop.vcpu)
        log(.stop(stop), wakes: true)
    }

    func didBuild(_ result: Result<Machine, MachineError>) { log(.built(result), wakes: true) }

    /// Logs the KVM_RUN that is kept for this vCPU, because no exit followed it. On the vCPU's own thread.
    @inline(__always)
    private func closeRun(of vcpu: Int?) {
        guard let vcpu, vcpu < Self.openRunCount, openRuns[vcpu] != nil else { return }
        logOpenRun(of: vcpu)
    }

    @inline(never)
    private func logOpenRun(of vcpu: Int) {
        guard let run = openRuns[vcpu] else { return }
        openRuns[vcpu] = nil
        log(.ran(run), bounded: true)
    }

    private func log(_ entry: Entry, wakes: Bool = false, bounded: Bool = false) {
        pthread_mutex_lock(mutex)
        if bounded { waitForRoom() }
        batch.entries.append(entry)
        if wakes || batch.entries.count >= Self.wakeAt { wake() }
        pthread_mutex_unlock(mutex)
    }

    @inline(never)
    private func waitForRoom() {
        while batch.entries.count >= Self.capacity {
            wake()
            pthread_cond_wait(drained, mutex)
        }
    }

    private func wake() {
        if !wroteWake { writeWake() }
    }

    @inline(never)
    private func writeWake() {
        wroteWake = true
        var one: UInt8 = 1
        _ = write(wakeEnd, &one, 1)
    }

    /// Wakes the reader for something that stands elsewhere than in the log.
    func wakeReader() {
        pthread_mutex_lock(mutex)
        wake()
        pthread_mutex_unlock(mutex)
    }

    /// Both ends of the pipe by which the reader is woken.
    var wakePipe: [Int32] { [wakeDescriptor, wakeEnd] }

    // MARK: The reader

    /// Exchanges what was logged with an empty batch.
    func take(into other: inout Batch) {
        other.removeAll()
        // Outside the lock, for which a vCPU may be waiting. A byte that comes in between costs one idle turn.
        var byte: UInt8 = 0
        _ = read(wakeDescriptor, &byte, 1)
        pthread_mutex_lock(mutex)
        swap(&batch, &other)
        wroteWake = false
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(drained)
    }

    /// How much waits to be taken.
    var entryCount: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return batch.entries.count
    }

    var isClosed: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return isGateClosed
    }

    func closeGate() {
        pthread_mutex_lock(mutex)
        isGateClosed = true
        pthread_mutex_unlock(mutex)
    }

    func openGate() {
        pthread_mutex_lock(mutex)
        isGateClosed = false
        passes.removeAll()
        pthread_cond_broadcast(gateOpened)
        pthread_mutex_unlock(mutex)
    }

    /// Lets the call with which a thread waits at the closed gate through.
    func release(_ thread: Int32) {
        pthread_mutex_lock(mutex)
        passes.insert(thread)
        pthread_cond_broadcast(gateOpened)
        pthread_mutex_unlock(mutex)
    }
}

/// Nanoseconds of CLOCK_MONOTONIC, the clock of the ioctl door.
func monotonicNow() -> UInt64 { MonotonicClock.nanoseconds }
