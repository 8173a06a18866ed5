/// Records on their way from the ring buffers to the caller, and their bytes one after the other.
struct KernelRecordRun {
    private(set) var entries: [KernelRecordEntry] = []
    private(set) var bytes: [UInt8] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func append(
        _ record: UnsafeRawBufferPointer, _ nanoseconds: UInt64, thread: Int32, processor: UInt16, lostBefore: UInt32
    ) {
        guard record.count >= 2 else { return }
        entries.append(
            KernelRecordEntry(
                nanoseconds: nanoseconds, thread: thread, lostBefore: lostBefore, start: bytes.count,
                format: record.loadUnaligned(as: UInt16.self), cpu: processor, count: UInt16(clamping: record.count)))
        bytes.append(contentsOf: record)
    }

    /// By time; of one moment, in the order in which they were appended.
    mutating func sort() {
        entries.sort { $0.nanoseconds != $1.nanoseconds ? $0.nanoseconds < $1.nanoseconds : $0.start < $1.start }
    }

    /// Takes away and returns what fired at a moment or later; the run must be in order.
    mutating func split(from nanoseconds: UInt64) -> KernelRecordRun {
        var younger = KernelRecordRun()
        guard let last = entries.last, last.nanoseconds >= nanoseconds else { return younger }
        let first = entries.firstIndex { $0.nanoseconds >= nanoseconds } ?? entries.endIndex
        for entry in entries[first...] {
            bytes.withUnsafeBytes { all in
                let record = UnsafeRawBufferPointer(
                    rebasing: all[entry.start..<entry.start + Int(entry.count)])
                younger.append(
                    record, entry.nanoseconds, thread: entry.thread, processor: entry.cpu, lostBefore: entry.lostBefore)
            }
        }
        entries.removeSubrange(first...)
        return younger
    }
}
