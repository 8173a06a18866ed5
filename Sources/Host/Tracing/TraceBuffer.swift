import CTraceFS
import Glibc

/// Reads the raw ring buffer of one processor, page by page, without waiting.
///
/// A class, because an array holds no owners that cannot be copied.
final class TraceBuffer {
    private let file: OpenFile
    private let processor: UInt16
    private let statistics: String
    /// Records lost before the next one that is handed on.
    private var pendingLoss: UInt64 = 0

    /// nil where the buffer cannot be opened.
    init?(_ directory: String, processor: Int) {
        let folder = "\(directory)/per_cpu/cpu\(processor)"
        let path = folder + "/trace_pipe_raw"
        statistics = folder + "/stats"
        guard let file = try? OpenFile(path, flags: O_RDONLY | O_NONBLOCK) else { return nil }
        self.file = file
        self.processor = UInt16(clamping: processor)
    }

    /// Records that lie in the buffer, as the kernel counts them; nil where it does not say.
    func unread(_ files: any HostFiles) -> Int? {
        let text = (try? files.bytes(statistics, at: 0, count: 4096)).map { String(decoding: $0, as: UTF8.self) }
        let line = text?.split(separator: "\n").first { $0.hasPrefix("entries:") }
        return line.flatMap { Int($0.dropFirst("entries:".count).filter { $0 != " " }) }
    }

    /// Appends the records of these threads and returns how many were lost.
    ///
    /// - Parameters:
    ///   - until: reading ends with the page that reaches this moment, however fast more records come.
    ///   - pages: the most to read.
    func read(
        into run: inout KernelRecordRun, _ formats: TraceFormats, _ threads: [Int32], until: UInt64, pages: Int
    ) -> UInt64 {
        // The count of lost records may stand behind a page's last record: room for it, however full the page.
        withUnsafeTemporaryAllocation(byteCount: formats.pageSize + 16, alignment: 16) { page in
            guard let start = page.baseAddress else { return 0 }
            var reader: TracePage?
            var lost: UInt64 = 0
            for _ in 0..<pages {
                let count = unbroken { Glibc.read(file.fd, start, formats.pageSize) }
                // EAGAIN: nothing more now. Other errors end this processor's part too; the rest goes on.
                guard count > 0 else { break }
                let filled = UnsafeMutableRawBufferPointer(rebasing: page[..<count])
                if reader == nil { reader = TracePage() }
                let missed = reader?.read(filled, processor, formats.threadOffset, threads, &pendingLoss, &run) ?? 0
                lost &+= missed
                if let last = run.entries.last, last.cpu == processor, last.nanoseconds >= until { break }
            }
            return lost
        }
    }
}

/// Owns libtraceevent's reader of one page of a ring buffer.
struct TracePage: ~Copyable {
    private let buffer: OpaquePointer

    init?() {
        guard let buffer = kbuffer_alloc(KBUFFER_LSIZE_SAME_AS_HOST, KBUFFER_ENDIAN_SAME_AS_HOST) else { return nil }
        self.buffer = buffer
    }

    deinit { kbuffer_free(buffer) }

    /// Appends the records of these threads and returns how many the kernel lost before the page.
    func read(
        _ page: UnsafeMutableRawBufferPointer, _ processor: UInt16, _ threadOffset: Int, _ threads: [Int32],
        _ pendingLoss: inout UInt64, _ run: inout KernelRecordRun
    ) -> UInt64 {
        // Time stamp and length stand before the records. The length's high bits are flags.
        guard page.count > 16,
            Int(page.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & 0x7FF_FFFF) <= page.count - 16,
            kbuffer_load_subbuffer(buffer, page.baseAddress) == 0
        else { return 0 }
        var lost: UInt64 = 0
        var nanoseconds: UInt64 = 0
        let missed = kbuffer_missed_events(buffer)
        if missed != 0 {
            // Negative where the kernel had no room to say how many.
            lost = missed > 0 ? UInt64(missed) : 1
            pendingLoss &+= lost
        }
        while let data = kbuffer_read_event(buffer, &nanoseconds) {
            let record = UnsafeRawBufferPointer(start: data, count: Int(max(kbuffer_event_size(buffer), 0)))
            if record.count >= threadOffset + 4 {
                let thread = record.loadUnaligned(fromByteOffset: threadOffset, as: Int32.self)
                if threads.contains(thread) {
                    run.append(
                        record, nanoseconds, thread: thread, processor: processor,
                        lostBefore: UInt32(clamping: pendingLoss))
                    pendingLoss = 0
                }
            }
            _ = kbuffer_next_event(buffer, nil)
        }
        return lost
    }
}
