internal import Glibc
internal import Recording

extension Recorder {
    /// What a recording says of the machine on which it is made, beside its events.
    static var thisHost: [String: String] {
        ["program": "kvmscope \(Program.version)", "made": moment, "kernel": kernel]
    }

    /// A file's name that tells when it was made.
    static var freshName: String {
        "run-" + moment.filter { $0.isNumber || $0 == "T" } + ".kvmscope"
    }

    /// Coordinated universal time as `2026-11-22T20:00:00Z`.
    private static var moment: String {
        var (now, parts) = (time(nil), tm())
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Release of the kernel; uname(2).
    private static var kernel: String {
        var names = utsname()
        guard uname(&names) == 0 else { return "" }
        return withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
