import Glibc
public import Timeline

/// The threads of this process as /proc/self/task shows them.
public enum ThreadTable {
    /// All threads, the main one first; a thread that ends during the reading is left out.
    ///
    /// - Parameter roles: what the caller knows of its threads, by tid. The main thread needs no entry.
    /// The result is empty only when /proc cannot be read.
    public static func read(roles: [Int32: HostThread.Role] = [:]) -> [HostThread] {
        read(directory: "/proc/self/task", process: getpid(), roles: roles)
    }

    static func read(directory path: String, process: Int32, roles: [Int32: HostThread.Role]) -> [HostThread] {
        var table: [HostThread] = []
        table.reserveCapacity(8)
        guard let directory = NumberedDirectory(path) else { return table }
        let own = directory.fd
        withUnsafeTemporaryAllocation(byteCount: bufferSize, alignment: 8) { buffer in
            directory.forEachNumber { id, name in
                guard let stat = contents(own, name, "/stat", buffer),
                    var thread = parse(stat: stat, role: roles[id] ?? (id == process ? .main : .other)),
                    let status = contents(own, name, "/status", buffer)
                else { return }
                (thread.voluntarySwitches, thread.involuntarySwitches) = switches(status: status)
                table.append(thread)
            }
        }
        return table
    }

    /// `status` has lines that grow with the machine and with the user's groups; what is needed stands at its end,
    /// so of a file larger than this the end is kept.
    static let bufferSize = 16384

    /// Reads `<name><suffix>` below a directory; nil when the thread is gone.
    private static func contents(
        _ directory: Int32, _ name: UnsafePointer<CChar>, _ suffix: StaticString,
        _ buffer: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer? {
        guard let start = buffer.baseAddress else { return nil }
        let length = strlen(name)
        guard length + suffix.utf8CodeUnitCount + 1 <= buffer.count else { return nil }
        // The buffer serves for the path first and for the contents after the open.
        memcpy(start, name, length)
        memcpy(start + length, suffix.utf8Start, suffix.utf8CodeUnitCount + 1)
        let fd = unbroken { openat(directory, start.assumingMemoryBound(to: CChar.self), O_RDONLY | O_CLOEXEC) }
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        var filled = 0
        while true {
            if filled == buffer.count {
                let kept = buffer.count / 2
                memmove(start, start + (filled - kept), kept)
                filled = kept
            }
            let count = unbroken { Glibc.read(fd, start + filled, buffer.count - filled) }
            // ESRCH: the thread ended between the open and the read.
            if count < 0 { return nil }
            if count == 0 { break }
            filled += count
        }
        return filled > 0 ? UnsafeRawBufferPointer(rebasing: buffer[..<filled]) : nil
    }

    /// One line of /proc/<pid>/task/<tid>/stat; nil when it is not one.
    ///
    /// The name stands in parentheses and may itself hold parentheses, spaces and newlines, hence the last `)`.
    /// Fields and their numbers: proc(5), /proc/pid/stat.
    static func parse(stat: UnsafeRawBufferPointer, role: HostThread.Role) -> HostThread? {
        guard let open = stat.firstIndex(of: UInt8(ascii: "(")), let close = stat.lastIndex(of: UInt8(ascii: ")")),
            open < close
        else { return nil }
        var head = DecimalFields(stat, from: 0)
        guard let id = Int32(exactly: head.next()) else { return nil }
        let name = String(decoding: UnsafeRawBufferPointer(rebasing: stat[(open + 1)..<close]), as: UTF8.self)
        guard close + 2 < stat.count else { return nil }
        var thread = HostThread(id: id, name: name, role: role)
        thread.state = String(UnicodeScalar(stat[close + 2]))
        var fields = DecimalFields(stat, from: close + 3)
        // The next number is field 4.
        var number = 4
        while fields.hasMore, number <= 43 {
            let value = fields.next()
            switch number {
            case 14: thread.userTime = value.multipliedReportingOverflow(by: nanosecondsPerTick).partialValue
            case 15: thread.systemTime = value.multipliedReportingOverflow(by: nanosecondsPerTick).partialValue
            case 39: thread.lastCPU = Int(clamping: value)
            case 43: thread.guestTime = value.multipliedReportingOverflow(by: nanosecondsPerTick).partialValue
            default: break
            }
            number += 1
        }
        return thread
    }

    /// The voluntary and involuntary switches in /proc/<pid>/task/<tid>/status.
    static func switches(status: UnsafeRawBufferPointer) -> (voluntary: UInt64, involuntary: UInt64) {
        var result: (voluntary: UInt64, involuntary: UInt64) = (0, 0)
        guard let start = status.baseAddress else { return result }
        // The first line is the name, or, where only the end was kept, a piece. The kernel escapes a newline in the
        // name, so a name cannot play a label.
        var index = 0
        while let newline = memchr(start + index, 0x0A, status.count - index) {
            index = UnsafeRawPointer(newline) - start + 1
            if let value = number(after: "voluntary_ctxt_switches:", in: status, at: index) { result.voluntary = value }
            if let value = number(after: "nonvoluntary_ctxt_switches:", in: status, at: index) {
                result.involuntary = value
            }
        }
        return result
    }

    private static func number(after label: StaticString, in text: UnsafeRawBufferPointer, at index: Int) -> UInt64? {
        let length = label.utf8CodeUnitCount
        guard let start = text.baseAddress, text.count - index > length,
            memcmp(start + index, label.utf8Start, length) == 0
        else { return nil }
        var fields = DecimalFields(text, from: index + length)
        return fields.next()
    }

    private static let nanosecondsPerTick: UInt64 = {
        let ticks = sysconf(Int32(_SC_CLK_TCK))
        return ticks > 0 ? 1_000_000_000 / UInt64(ticks) : 10_000_000
    }()
}

/// Numbers in a text of the kernel, one after the other, without a String for any of them.
struct DecimalFields {
    private let text: UnsafeRawBufferPointer
    private var index: Int

    init(_ text: UnsafeRawBufferPointer, from index: Int) {
        self.text = text
        self.index = index
    }

    var hasMore: Bool { index < text.count }

    /// The next run of digits; what else stands in a field, such as a minus sign, is passed over.
    mutating func next() -> UInt64 {
        while index < text.count, text[index] <= 0x20 { index += 1 }
        var value: UInt64 = 0
        while index < text.count, text[index] > 0x20 {
            let digit = text[index] &- 48
            if digit < 10 { value = value &* 10 &+ UInt64(digit) }
            index += 1
        }
        return value
    }
}
