import Glibc

/// How much of the kernel's half can be seen here, and how to see more.
public struct TracingLevel: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Every transition with its time, from KVM's tracepoints.
        case tracepoints
        /// Counts only, from the vCPU's binary statistics.
        case statistics
        /// What user space sees: each KVM_RUN and its exit.
        case boundary
    }

    public var kind: Kind
    /// What was found, in one line.
    public var reason: String
    /// What to do to see more, in one line; nil at the highest level and where nothing helps.
    public var remedy: String?

    /// Decides from what this host says; makes nothing and changes nothing.
    ///
    /// - Parameters:
    ///   - hasStatistics: whether KVM_CAP_BINARY_STATS_FD is there; only the caller can ask KVM.
    ///   - inInitialPIDNamespace: nil asks this process.
    public static func read(
        files: any HostFiles = RootedFiles(), hasStatistics: Bool, inInitialPIDNamespace: Bool? = nil
    ) -> TracingLevel {
        do throws(KernelTraceFailure) {
            let items = HostSurvey(files: files, device: "/dev/kvm").tracing()
            _ = try tracefs(items, inInitialPIDNamespace: inInitialPIDNamespace)
            let events = items.first { $0.question == .kvmEvents }?.value ?? ""
            return TracingLevel(kind: .tracepoints, reason: events)
        } catch {
            return TracingLevel(without: error, hasStatistics: hasStatistics)
        }
    }

    /// The level that remains when the tracepoints were refused.
    public init(without failure: KernelTraceFailure, hasStatistics: Bool) {
        kind = hasStatistics ? .statistics : .boundary
        reason = failure.reason + (hasStatistics ? "" : "; and KVM has no binary statistics (Linux 5.14 has)")
        remedy = failure.remedy.isEmpty ? nil : failure.remedy
    }

    init(kind: Kind, reason: String, remedy: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.remedy = remedy
    }

    /// Where tracefs is mounted, if its items say that tracepoints can be had.
    static func tracefs(
        _ items: [HostReport.Item], inInitialPIDNamespace: Bool? = nil
    ) throws(KernelTraceFailure) -> String {
        let needed: [(HostReport.Question, KernelTraceFailure.Cause)] = [
            (.tracefs, .tracefs), (.kvmEvents, .events), (.traceInstance, .instance),
        ]
        for (question, cause) in needed {
            guard let item = items.first(where: { $0.question == question }), item.state != .yes,
                item.state != .limited
            else { continue }
            throw KernelTraceFailure(cause, "\(question.title): \(item.value)", remedy: item.remedy ?? "")
        }
        guard inInitialPIDNamespace ?? isInInitialPIDNamespace() else {
            throw KernelTraceFailure(
                .pidNamespace, "in a container tracefs knows our threads by other numbers",
                remedy: "start the container in the host's PID namespace (--pid=host)")
        }
        return items.first { $0.question == .tracefs }?.source ?? ""
    }

    /// The initial namespace's inode number is fixed: PROC_PID_INIT_INO in Linux, include/linux/proc_ns.h.
    private static func isInInitialPIDNamespace() -> Bool {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            guard let start = text.baseAddress else { return true }
            let count = readlink("/proc/self/ns/pid", start, text.count)
            // Where the kernel does not say, tracing is tried.
            guard count > 0 else { return true }
            let bytes = UnsafeRawBufferPointer(start: start, count: count)
            return String(decoding: bytes, as: UTF8.self) == "pid:[4026531836]"
        }
    }
}
