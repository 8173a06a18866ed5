internal import Glibc
internal import KVM
internal import Machine

/// Where vCPU threads leave what happened, in one order, until the main thread takes it.
///
/// One lock gives all threads one order. When the log is full a vCPU waits for the reader instead of losing an exit,
/// so memory stays bounded whatever the guest does.
///
/// `@unchecked Sendable` is sound because everything mutable is touched under the mutex alone.
final class RunLog: MachineObserver, @unchecked Sendable {
    enum Entry {
        /// A call waits at the gate.
        case waiting(IoctlCall, thread: Int32)
        case call(IoctlRecord)
        case ran(RunRecord)
        case exit(ExitEntry)
        case thread(isStart: Bool, id: Int32, name: String, vcpu: Int?, at: UInt64)
        case stop(VCPUStop)
        /// The builder thread is done.
        case built(Result<Machine, MachineError>)
    }

    /// An exit without its registers, which lie beside it only when they were wanted.
    struct ExitEntry {
        var vcpu: Int
        var thread: Int32
        var at: UInt64
        var exit: Exit
        var handling: ExitHandling
        var rip: UInt64?
        /// Index into the batch's registers; -1 for none.
        var registers: Int32
        /// Index into the batch's special registers; -1 where they are as at the exit before.
        var system: Int32
    }

    /// What was logged since the last taking.
    struct Batch {
        var entries: [Entry] = []
        var registers: [Registers] = []
        var systems: [SpecialRegisters] = []

        mutating func removeAll() {
            entries.removeAll(keepingCapacity: true)
            registers.removeAll(keepingCapacity: true)
            systems.removeAll(keepingCapacity: true)
        }
    }

    /// Entries after which a vCPU waits for the reader.
    private static let capacity = 16384
    /// Entries after which the reader is woken without waiting for a stop.
    private static let wakeAt = 4096

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let drained: UnsafeMutablePointer<pthread_cond_t>
    private let gateOpened: UnsafeMutablePointer<pthread_cond_t>
    private var batch = Batch()
    private var lastEnd: [UInt64] = []
    private var lastSystem: [SpecialRegisters?] = []
    /// Calls that may pass the closed gate.
    private var tokens = 0
    private var isGateClosed = false
    private var wroteWake = false
    /// Readable when there is something to take.
    let wakeDescriptor: Int32
    private let wakeEnd: Int32
    private let mainThread: Int32

    init() {
        mutex = .allocate(capacity: 1)
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
    }

    // MARK: Writers

    func willCall(_ call: IoctlCall) {
        // What the program asks only in order to look must not wait for the person who looks.
        guard call.purpose == .operation, ThisThread.id != mainThread else { return }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard isGateClosed else { return }
        batch.entries.append(.waiting(call, thread: ThisThread.id))
        wake()
        while isGateClosed && tokens == 0 { pthread_cond_wait(gateOpened, mutex) }
        if isGateClosed { tokens -= 1 }
    }

    func didCall(_ record: IoctlRecord) {
        pthread_mutex_lock(mutex)
        batch.entries.append(.call(record))
        pthread_mutex_unlock(mutex)
    }

    func didRun(_ record: RunRecord) {
        pthread_mutex_lock(mutex)
        waitForRoom()
        batch.entries.append(.ran(record))
        while lastEnd.count <= record.vcpu { lastEnd.append(0) }
        lastEnd[record.vcpu] = record.end
        pthread_mutex_unlock(mutex)
    }

    func didExit(_ record: ExitRecord) {
        pthread_mutex_lock(mutex)
        waitForRoom()
        var entry = ExitEntry(
            vcpu: record.vcpu, thread: record.thread,
            at: record.vcpu < lastEnd.count ? lastEnd[record.vcpu] : 0, exit: record.exit, handling: record.handling,
            rip: record.registers?.rip, registers: -1, system: -1)
        if let system = record.system, let registers = record.registers {
            entry.registers = Int32(batch.registers.count)
            batch.registers.append(registers)
            while lastSystem.count <= record.vcpu { lastSystem.append(nil) }
            if lastSystem[record.vcpu] != system {
                lastSystem[record.vcpu] = system
                entry.system = Int32(batch.systems.count)
                batch.systems.append(system)
            }
        }
        batch.entries.append(.exit(entry))
        if batch.entries.count >= Self.wakeAt { wake() }
        pthread_mutex_unlock(mutex)
    }

    func threadDidChange(isStart: Bool, thread: Int32, name: String, vcpu: Int?) {
        pthread_mutex_lock(mutex)
        batch.entries.append(.thread(isStart: isStart, id: thread, name: name, vcpu: vcpu, at: monotonicNow()))
        pthread_mutex_unlock(mutex)
    }

    func didStop(_ stop: VCPUStop) {
        pthread_mutex_lock(mutex)
        batch.entries.append(.stop(stop))
        wake()
        pthread_mutex_unlock(mutex)
    }

    func didBuild(_ result: Result<Machine, MachineError>) {
        pthread_mutex_lock(mutex)
        batch.entries.append(.built(result))
        wake()
        pthread_mutex_unlock(mutex)
    }

    private func waitForRoom() {
        while batch.entries.count >= Self.capacity {
            wake()
            pthread_cond_wait(drained, mutex)
        }
    }

    private func wake() {
        guard !wroteWake else { return }
        wroteWake = true
        var one: UInt8 = 1
        _ = write(wakeEnd, &one, 1)
    }

    // MARK: The reader

    /// Exchanges what was logged with an empty batch.
    func take(into other: inout Batch) {
        other.removeAll()
        pthread_mutex_lock(mutex)
        swap(&batch, &other)
        if wroteWake {
            wroteWake = false
            var byte: UInt8 = 0
            _ = read(wakeDescriptor, &byte, 1)
        }
        pthread_cond_broadcast(drained)
        pthread_mutex_unlock(mutex)
    }

    /// The system registers are told again with the next exit: after they were set from outside, or for a new machine.
    func forgetSystemRegisters() {
        pthread_mutex_lock(mutex)
        lastSystem.removeAll()
        pthread_mutex_unlock(mutex)
    }

    func closeGate() {
        pthread_mutex_lock(mutex)
        isGateClosed = true
        tokens = 0
        pthread_mutex_unlock(mutex)
    }

    func openGate() {
        pthread_mutex_lock(mutex)
        isGateClosed = false
        tokens = 0
        pthread_cond_broadcast(gateOpened)
        pthread_mutex_unlock(mutex)
    }

    /// Lets one call through the closed gate.
    func releaseOne() {
        pthread_mutex_lock(mutex)
        tokens += 1
        pthread_cond_signal(gateOpened)
        pthread_mutex_unlock(mutex)
    }
}

/// Nanoseconds of CLOCK_MONOTONIC, the clock of the ioctl door.
func monotonicNow() -> UInt64 { MonotonicClock.nanoseconds }
