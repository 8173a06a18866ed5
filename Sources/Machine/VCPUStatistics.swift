internal import KVM

/// One vCPU's binary statistics, held open: readable from any thread at any time, also while the vCPU runs.
///
/// The descriptor keeps the VM alive: drop it before the machine is closed. KVM API document, KVM_GET_STATS_FD.
public final class VCPUStatistics: Sendable {
    private let file: StatisticsFile

    init(_ file: consuming StatisticsFile) { self.file = file }

    public var fd: Int32 { file.fd }
}
