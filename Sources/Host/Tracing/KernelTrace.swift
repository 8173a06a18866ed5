import CTraceFS
import Glibc

/// Owns a trace instance in which KVM's tracepoints are recorded for our vCPU threads, and reads it.
///
/// One thread drives it; it is not Sendable. The kernel writes into a ring buffer for each processor, which costs a
/// vCPU 0.1 to 0.3 µs an event; nothing of ours runs on the vCPU's thread. Only threads given to `follow` are traced.
/// The instance is removed by `close` or with the owner; what a killed process left is removed by the next `init`.
/// Linux, Documentation/trace/ftrace.rst and Documentation/trace/events.rst.
public final class KernelTrace {
    /// A part of the path of every file that an instance of this program has open.
    public static let pathMark = "/instances/" + TraceInstance.prefix

    /// The instance's path in tracefs.
    public let directory: String
    /// Tracepoints that were asked for and that this kernel does not have, or that refused to be enabled.
    public private(set) var missing: [KernelTracepoint]
    /// Bytes of the ring buffer of each processor; when it is full the oldest records give way.
    public let bufferSize: Int
    /// Instances of ended processes that were found and removed, by name.
    public let removedStale: [String]
    /// Threads that are traced now.
    public private(set) var threads: [Int32] = []
    /// What was asked for with `setOn`; nothing is recorded while no thread is followed.
    public private(set) var isOn = true
    /// Records that the kernel wrote over before anybody read them, since the start; at least so many.
    public private(set) var lost: UInt64 = 0

    private var instance: TraceInstance?
    private let events: [KernelTracepoint]
    private var formats: TraceFormats
    private var buffers: [TraceBuffer] = []
    /// Every thread that was ever followed: a record may be read after its thread was let go.
    private var known: [Int32] = []
    private var counts: [UInt64] = []
    private var isAbandoned = false
    /// Records that were too young for the last drain.
    private var carry = KernelRecordRun()

    /// Makes the instance and enables the tracepoints in it; nothing is recorded until `follow` names threads.
    ///
    /// Takes some 40 ms, nearly all of it asleep: the kernel waits for its own readers when the clock is set.
    /// - Parameter bufferSize: bytes for each processor; nil divides 64 MiB among them, each 256 KiB to 8 MiB.
    public init(
        events wanted: [KernelTracepoint] = KernelTracepoint.innerLoop, bufferSize: Int? = nil
    ) throws(KernelTraceFailure) {
        let files = RootedFiles()
        let mount = try TracingLevel.tracefs(HostSurvey(files: files, device: "/dev/kvm").tracing())
        removedStale = TraceInstance.removeStale(below: mount, files: files)
        formats = TraceFormats(wanted, below: mount, files: files)
        missing = formats.missing
        let found = wanted.filter { [missing = formats.missing] in !missing.contains($0) }
        guard !found.isEmpty else {
            throw KernelTraceFailure(
                .events, "this kernel has none of the tracepoints asked for", remedy: "load KVM's module first")
        }
        let instance = try TraceInstance()
        directory = instance.directory
        // Off until there is a thread to limit it to: without one the kernel would record every thread.
        try instance.write("tracing_on", "0")
        try instance.write("trace_clock", "mono")
        let processors = max(Int(sysconf(Int32(_SC_NPROCESSORS_CONF))), 1)
        let size = bufferSize ?? min(max((64 << 20) / processors, 256 << 10), 8 << 20)
        self.bufferSize = min(max(size, 4096), 1 << 30)
        try instance.write("buffer_size_kb", String(self.bufferSize / 1024))
        var enabled: [KernelTracepoint] = []
        for event in found {
            do throws(KernelTraceFailure) {
                try instance.write(event.directory + "/enable", "1")
                enabled.append(event)
            } catch {
                missing.append(event)
            }
        }
        events = enabled
        for number in Self.processors(instance.directory, files) {
            // A processor that is offline has no buffer to open.
            if let buffer = TraceBuffer(instance.directory, processor: number) { buffers.append(buffer) }
        }
        self.instance = consume instance
        guard !enabled.isEmpty, !buffers.isEmpty else {
            throw KernelTraceFailure(.setting, "the tracepoints could not be enabled", remedy: "run as root (sudo)")
        }
    }

    deinit { close() }

    /// Ends the tracing and removes the instance; what was not drained is gone. Further calls do nothing.
    ///
    /// The kernel waits for its own readers meanwhile: some 60 ms.
    public func close() {
        // It would wait once for each event if they were still enabled.
        try? setOn(false)
        // The kernel removes no instance of which a file is open.
        buffers = []
        instance = nil
        carry = KernelRecordRun()
    }

    /// Says which threads to trace, by the numbers that `gettid` gives them; call it whenever a vCPU thread comes.
    ///
    /// Adding leaves no gap in the tracing of the others; taking one away switches it off for the moment.
    public func follow(_ wanted: [Int32]) throws(KernelTraceFailure) {
        guard instance != nil else { return }
        let added = wanted.filter { !threads.contains($0) }
        let keepsAll = threads.allSatisfy { wanted.contains($0) }
        guard !added.isEmpty || !keepsAll else { return }
        if keepsAll, !threads.isEmpty {
            try instance?.append("set_event_pid", Self.list(added))
        } else {
            // An empty list, which a rewrite begins with, means all threads.
            try instance?.write("tracing_on", "0")
            if !wanted.isEmpty { try instance?.write("set_event_pid", Self.list(wanted)) }
        }
        threads = wanted
        for thread in added where !known.contains(thread) { known.append(thread) }
        try record()
    }

    /// Switches the tracing off or on while guests run.
    ///
    /// Off disables the tracepoints themselves, so that a vCPU passes them at no cost; the kernel takes some
    /// milliseconds for either. What was recorded before can still be drained.
    public func setOn(_ on: Bool) throws(KernelTraceFailure) {
        guard instance != nil, on != isOn else { return }
        isOn = on
        try record()
        for event in events { try instance?.write(event.directory + "/enable", on ? "1" : "0") }
    }

    /// Stops recording for good and says how many records nobody has read; they are gone.
    public func abandon() -> Int {
        try? instance?.write("tracing_on", "0")
        let files = RootedFiles()
        let unread = buffers.reduce(0) { $0 + ($1.unread(files) ?? 0) } + carry.entries.count
        carry = KernelRecordRun()
        isAbandoned = true
        return unread
    }

    private func record() throws(KernelTraceFailure) {
        try instance?.write("tracing_on", isOn && !threads.isEmpty ? "1" : "0")
    }

    private static func list(_ threads: [Int32]) -> String { threads.map { "\($0)\n" }.joined(separator: " ") }

    private static func processors(_ directory: String, _ files: any HostFiles) -> [Int] {
        let names = (try? files.names(in: directory + "/per_cpu")) ?? []
        return names.compactMap { $0.hasPrefix("cpu") ? Int($0.dropFirst(3)) : nil }.sorted()
    }

    /// How often each event was drained so far, by name: one that never fires on this host is not there.
    public var fired: [String: UInt64] {
        var result: [String: UInt64] = [:]
        for (id, count) in counts.enumerated() where count > 0 {
            if let format = formats.byID[id] { result[format.name, default: 0] += count }
        }
        return result
    }

    /// All records up to the moment of the call, of all processors, in the order of their time; never waits.
    ///
    /// Also over several calls the order holds: what fires while the buffers are read comes with the next call. A vCPU
    /// that stands has all its records in.
    public func drain() -> [KernelRecord] {
        guard instance != nil, !isAbandoned else { return [] }
        let now = Self.monotonicNow()
        var run = carry
        carry = KernelRecordRun()
        var pieces = run.isEmpty ? 0 : 1
        for buffer in buffers {
            let before = run.entries.count
            lost &+= buffer.read(into: &run, formats, known, until: now, pages: 2 * (bufferSize / formats.pageSize + 1))
            if run.entries.count > before { pieces += 1 }
        }
        // Each processor's records are in order already.
        if pieces > 1 { run.sort() }
        carry = run.split(from: now)
        return run.entries.map { entry in
            let format = formats.format(entry.format)
            if format.id >= counts.count { counts += Array(repeating: 0, count: format.id + 1 - counts.count) }
            counts[format.id] += 1
            return KernelRecord(entry, format: format, bytes: run.bytes)
        }
    }

    private static func monotonicNow() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
