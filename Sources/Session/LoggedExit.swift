internal import KVM
internal import Machine

/// An exit of one of the common kinds in the log, with the KVM_RUN that it ended: plain bits and no references.
///
/// A vCPU writes a hundred thousand of these a second and more, so that each byte of it counts.
struct LoggedExit {
    enum Kind: UInt8 {
        case portRead, portWrite, memoryRead, memoryWrite, debug, hlt, interrupted
    }

    /// When KVM_RUN was called and when it returned; both 0 where the door did not record it.
    var begin: UInt64 = 0
    var end: UInt64 = 0
    var result: Int32 = 0
    /// -1 where the door did not record the KVM_RUN.
    var fd: Int32 = -1
    var thread: Int32
    /// KVM gives a VM some thousand vCPUs at most.
    var vcpu: UInt16
    var kind: Kind
    /// Bytes of the access.
    var size: UInt8 = 0
    /// Port, guest physical address, or the debug exit's linear address.
    var address: UInt64 = 0
    /// What was written or read; DR6 of a debug exit.
    var data: UInt64 = 0
    /// DR7 of a debug exit.
    var dr7: UInt64 = 0
    /// Exception of a debug exit.
    var exception: UInt32 = 0
    /// The lowest byte of `data` went to the console.
    var isConsole = false
    var hasRIP = false
    var rip: UInt64 = 0
    var device: StaticString?
    /// Index into the batch's registers; -1 for none.
    var registers: Int32 = -1

    init(_ record: AccessRecord, run: RunRecord?) {
        thread = record.thread
        vcpu = UInt16(truncatingIfNeeded: record.vcpu)
        let access = record.access
        switch access.space {
        case .port: kind = access.isWrite ? .portWrite : .portRead
        case .memory: kind = access.isWrite ? .memoryWrite : .memoryRead
        }
        size = access.size
        address = access.address
        data = access.isWrite ? access.value : record.answer.value
        if case .console = record.answer.effect { isConsole = true }
        device = record.answer.device
        note(record.rip, run)
    }

    /// nil for an exit that carries more than fits here.
    init?(_ record: ExitRecord, run: RunRecord?) {
        thread = record.thread
        vcpu = UInt16(truncatingIfNeeded: record.vcpu)
        switch record.exit {
        case .debug(let debug):
            kind = .debug
            (address, data, dr7, exception) = (debug.pc, debug.dr6, debug.dr7, debug.exception)
        case .hlt: kind = .hlt
        case .intr: kind = .interrupted
        default: return nil
        }
        note(record.rip, run)
    }

    @inline(__always)
    private mutating func note(_ rip: UInt64?, _ run: RunRecord?) {
        if let rip {
            hasRIP = true
            self.rip = rip
        }
        guard let run else { return }
        (begin, end, result, fd) = (run.begin, run.end, Int32(truncatingIfNeeded: run.result), run.fd)
    }

    /// The KVM_RUN as the door told it.
    var run: RunRecord? {
        guard fd >= 0 else { return nil }
        return RunRecord(fd: fd, vcpu: Int(vcpu), begin: begin, end: end, result: Int(result), thread: thread)
    }
}
