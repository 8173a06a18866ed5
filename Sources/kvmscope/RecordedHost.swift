internal import Explorer
internal import Glibc
internal import Host
internal import Recording

/// What a recording says of the machine on which it was made, and what a replay makes of it.
struct RecordedHost {
    private(set) var about: [String: String]

    /// This machine, for a recording that begins.
    init(device: String) {
        let tracing = TracingLevel.read(hasStatistics: true)
        about = [
            "program": "kvmscope \(Program.version)", "made": Self.moment, "kernel": Self.kernel,
            "tracing": tracing.kind == .tracepoints ? "tracepoints" : "boundary", "tracing.reason": tracing.reason,
        ]
        about["kvm"] = HostReport.read(device: device).kind?.moduleName
    }

    init(_ recording: RecordingReader) { about = recording.about }

    /// What the screen has to know of a host that is not this one.
    func environment(isASCII: Bool) -> Environment {
        var environment = Environment(isASCII: isASCII, isReplay: true, version: Program.version)
        environment.kvm = about["kvm"]
        environment.tracing = .init(
            level: about["tracing"].flatMap(Environment.Tracing.Level.init) ?? .boundary,
            reason: about["tracing.reason"] ?? "the recording has no kernel events")
        return environment
    }

    /// Coordinated universal time as `2026-11-22T20:00:00Z`.
    private static var moment: String {
        var (now, parts) = (time(nil), tm())
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Name and release of the kernel; uname(2).
    private static var kernel: String {
        var names = utsname()
        guard uname(&names) == 0 else { return "" }
        return withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
