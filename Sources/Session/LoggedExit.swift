internal import KVM
internal import Machine

/// An exit of one of the common kinds in the log, with the KVM_RUN that it ended: plain bits and no references.
///
/// A vCPU writes a hundred thousand of these a second and more, and another core reads them: an entry of the log is to
/// fill one cache line and no more.
struct LoggedExit {
    enum Kind: UInt8 {
        case portRead, portWrite, memoryRead, memoryWrite, debug, hlt, interrupted
    }

    /// When KVM_RUN was called; 0 where the door did not record it.
    private(set) var begin: UInt64 = 0
    /// Nanoseconds that it took.
    private var duration: UInt32 = 0
    private var result: Int32 = 0
    /// -1 where the door did not record the KVM_RUN.
    private var fd: Int32 = -1
    let thread: Int32
    /// Port, guest physical address, or the debug exit's linear address.
    private(set) var address: UInt64 = 0
    /// What was written or read; DR6 of a debug exit.
    private(set) var data: UInt64 = 0
    private var ripOrZero: UInt64 = 0
    /// The address of the device's name; of a debug exit the exception, and below it DR7.
    private var more: UInt64 = 0
    /// Index into the batch's registers; -1 for none.
    var registers: Int32 = -1
    /// KVM gives a VM some thousand vCPUs at most.
    let vcpu: UInt16
    let kind: Kind
    /// Bytes of the access, and the two flags.
    private var bits: UInt8 = 0

    private static let console: UInt8 = 0x80
    private static let position: UInt8 = 0x40

    /// nil where a KVM_RUN took longer than 4 s.
    @inline(__always)
    init?(_ record: borrowing AccessRecord, run: RunRecord?) {
        thread = record.thread
        vcpu = UInt16(truncatingIfNeeded: record.vcpu)
        let access = record.access
        switch access.space {
        case .port: kind = access.isWrite ? .portWrite : .portRead
        case .memory: kind = access.isWrite ? .memoryWrite : .memoryRead
        }
        bits = access.size
        address = access.address
        data = access.isWrite ? access.value : record.answer.value
        if case .console = record.answer.effect { bits |= Self.console }
        if let device = record.answer.device { more = UInt64(UInt(bitPattern: device.utf8Start)) }
        guard note(record.rip, run) else { return nil }
    }

    /// nil for an exit that carries more than fits here.
    init?(_ record: ExitRecord, run: RunRecord?) {
        thread = record.thread
        vcpu = UInt16(truncatingIfNeeded: record.vcpu)
        switch record.exit {
        case .debug(let debug):
            // The upper half of DR7 is reserved.
            guard debug.dr7 >> 32 == 0 else { return nil }
            kind = .debug
            (address, data, more) = (debug.pc, debug.dr6, UInt64(debug.exception) << 32 | debug.dr7)
        case .hlt: kind = .hlt
        case .intr: kind = .interrupted
        default: return nil
        }
        guard note(record.rip, run) else { return nil }
    }

    @inline(__always)
    private mutating func note(_ rip: UInt64?, _ run: RunRecord?) -> Bool {
        if let rip {
            bits |= Self.position
            ripOrZero = rip
        }
        guard let run else { return true }
        (begin, result, fd) = (run.begin, Int32(truncatingIfNeeded: run.result), run.fd)
        let took = run.end &- run.begin
        duration = UInt32(truncatingIfNeeded: took)
        return took >> 32 == 0
    }

    /// Bytes of the access.
    var size: UInt8 { bits & 0x0F }

    /// The lowest byte of `data` went to the console.
    var isConsole: Bool { bits & Self.console != 0 }

    var rip: UInt64? { bits & Self.position != 0 ? ripOrZero : nil }

    /// When KVM_RUN returned; 0 where the door did not record it.
    var end: UInt64 { begin &+ UInt64(duration) }

    /// Who served the access; nil where nobody did.
    var device: String? {
        guard kind != .debug, let name = UnsafePointer<UInt8>(bitPattern: UInt(more)) else { return nil }
        // The name is a StaticString's, which lies in the program for ever and ends with a zero.
        return String(cString: name)
    }

    /// Of a debug exit.
    var exception: UInt32 { UInt32(truncatingIfNeeded: more >> 32) }
    var dr7: UInt64 { more & 0xFFFF_FFFF }

    /// The KVM_RUN as the door told it.
    var run: RunRecord? {
        guard fd >= 0 else { return nil }
        return RunRecord(fd: fd, vcpu: Int(vcpu), begin: begin, end: end, result: Int(result), thread: thread)
    }
}
