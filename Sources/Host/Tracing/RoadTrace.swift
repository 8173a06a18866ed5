import CTraceFS
import Glibc
public import Timeline

/// Owns a trace instance in which the kernel's function_graph tracer follows threads of ours through KVM's functions.
///
/// One thread drives it. It costs what it traces dearly, so it is opened for one ioctl and closed behind it.
/// Linux, Documentation/trace/ftrace.rst, function_graph, set_ftrace_filter and set_ftrace_pid.
public final class RoadTrace {
    private var instance: TraceInstance?
    private let directory: String
    /// The most steps that one road keeps.
    static let limit = 400

    /// - Throws: why functions cannot be traced here, and what helps.
    public init() throws(KernelTraceFailure) {
        let files = RootedFiles()
        let mount = try TracingLevel.tracefs(HostSurvey(files: files, device: "/dev/kvm").tracing())
        let graph = FunctionGraph.probe(files: files)
        guard graph.isAvailable else {
            throw KernelTraceFailure(
                .functions, "the kernel's functions cannot be traced here: \(graph.item.value)",
                remedy: graph.item.remedy ?? "")
        }
        _ = TraceInstance.removeStale(below: mount, files: files)
        let instance = try TraceInstance()
        directory = instance.directory
        try instance.write("tracing_on", "0")
        let tracers = files.line(directory + "/available_tracers")?.split(separator: " ") ?? []
        guard tracers.contains("function_graph") else {
            throw KernelTraceFailure(
                .functions, "this kernel has function_graph for the whole machine alone, and not for one program",
                remedy: "boot Linux 6.12 or newer")
        }
        try instance.write("trace_clock", "mono")
        try instance.write("buffer_size_kb", "2048")
        // The beginning of a long road is what is wanted.
        try instance.write("options/overwrite", "0")
        try Self.filter(instance)
        try instance.write("current_tracer", "function_graph")
        for option in ["funcgraph-abstime", "funcgraph-proc"] { try instance.write("options/" + option, "1") }
        self.instance = consume instance
    }

    /// KVM's functions alone: those of its modules, or where it is built in those that are named like it.
    private static func filter(_ instance: borrowing TraceInstance) throws(KernelTraceFailure) {
        var isFiltered = false
        var last: KernelTraceFailure?
        for part in [":mod:kvm", ":mod:kvm_amd", ":mod:kvm_intel", ":mod:kvm_pvm"] {
            do throws(KernelTraceFailure) {
                try instance.append("set_ftrace_filter", part)
                isFiltered = true
            } catch { last = error }
        }
        if !isFiltered {
            for part in ["kvm_*", "svm_*", "vmx_*"] {
                do throws(KernelTraceFailure) {
                    try instance.append("set_ftrace_filter", part)
                    isFiltered = true
                } catch { last = error }
            }
        }
        if !isFiltered, let last { throw last }
    }

    /// Says which threads to follow, by the numbers that `gettid` gives them.
    public func follow(_ threads: [Int32]) throws(KernelTraceFailure) {
        try instance?.write("tracing_on", "0")
        guard !threads.isEmpty else { return }
        try instance?.write("set_ftrace_pid", threads.map { "\($0)" }.joined(separator: " "))
        try instance?.write("tracing_on", "1")
    }

    /// The road of a call that a followed thread made; nil where its handler was not seen.
    ///
    /// - Parameters:
    ///   - begin, end: of the call, in nanoseconds of CLOCK_MONOTONIC.
    ///   - depth: the deepest calls that are kept, the handler being 0.
    public func road(
        of name: String, vcpu: Int?, thread: Int32, begin: UInt64, end: UInt64, depth: Int
    ) -> TracedRoad? {
        guard instance != nil else { return nil }
        // What is read does not change meanwhile.
        try? instance?.write("tracing_on", "0")
        return Self.road(GraphText(text), of: name, vcpu, thread, begin, end, depth)
    }

    /// All that the tracer wrote, to a bound that its buffer cannot reach.
    private var text: String {
        guard let file = try? OpenFile(directory + "/trace", flags: O_RDONLY) else { return "" }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < 1 << 26 {
            let count = chunk.withUnsafeMutableBytes { chunk in
                unbroken { Glibc.read(file.fd, chunk.baseAddress, chunk.count) }
            }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func road(
        _ graph: GraphText, of name: String, _ vcpu: Int?, _ thread: Int32, _ begin: UInt64, _ end: UInt64, _ depth: Int
    ) -> TracedRoad? {
        let calls = graph.road(from: FunctionGraph.roots, thread: thread, between: begin, and: end)
        guard let root = calls.first else { return nil }
        let kept = calls.filter { $0.depth - root.depth <= depth }.prefix(Self.limit)
        return TracedRoad(
            name: name, vcpu: vcpu, depth: depth,
            steps: kept.map { .init(depth: $0.depth - root.depth, function: $0.function, duration: $0.duration) },
            omitted: calls.count - kept.count)
    }

    /// Removes the instance; further calls do nothing.
    public func close() {
        try? instance?.write("tracing_on", "0")
        instance = nil
    }

    deinit { close() }
}
