import Testing

@testable import Host

/// A page of a ring buffer, made by the description in Linux, include/linux/ring_buffer.h: a time stamp, the length
/// with its flags, then entries with a length in words and the time since the last one.
private struct MadePage {
    private var page = [UInt8]()
    private let stamp: UInt64

    init(stamp: UInt64) { self.stamp = stamp }

    private mutating func word(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { page += $0 } }

    mutating func record(_ bytes: [UInt8], after delta: UInt32) {
        let padded = bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
        if padded.count <= 28 * 4 {
            word(UInt32(padded.count / 4) | delta << 5)
        } else {
            word(0 | delta << 5)
            word(UInt32(padded.count + 4))
        }
        page += padded
    }

    /// More time than 27 bits hold.
    mutating func timeExtend(_ delta: UInt64) {
        word(30 | UInt32(truncatingIfNeeded: delta & 0x7FF_FFFF) << 5)
        word(UInt32(truncatingIfNeeded: delta >> 27))
    }

    mutating func discarded(words: UInt32) {
        word(29 | 1 << 5)
        word(words * 4)
        for _ in 1..<words { word(0xDEAD_DEAD) }
    }

    /// - Parameter missed: 0 for none, negative for "some".
    func bytes(missed: Int64 = 0, size: Int = 4096) -> [UInt8] {
        var result = [UInt8]()
        var length = UInt64(page.count)
        if missed != 0 { length |= 1 << 31 }
        if missed > 0 { length |= 1 << 30 }
        withUnsafeBytes(of: stamp.littleEndian) { result += $0 }
        withUnsafeBytes(of: length.littleEndian) { result += $0 }
        result += page
        if missed > 0 { withUnsafeBytes(of: missed.littleEndian) { result += $0 } }
        return result + [UInt8](repeating: 0, count: max(size - result.count, 0))
    }
}

private struct OutOfMemory: Error {}

@Suite struct TracePageTests {
    private func read(
        _ page: [UInt8], threads: [Int32] = [77], pending: UInt64 = 0
    ) throws -> (run: KernelRecordRun, lost: UInt64) {
        var page = page
        guard let reader = TracePage() else { throw OutOfMemory() }
        var run = KernelRecordRun()
        var pending = pending
        let lost = page.withUnsafeMutableBytes { reader.read($0, 3, 4, threads, &pending, &run) }
        return (run, lost)
    }

    @Test func recordsHaveTheSumOfTheTimesBeforeThem() throws {
        var page = MadePage(stamp: 1_000_000_000_000)
        page.record(MadeRecord(id: 103, count: 32).bytes, after: 5)
        page.timeExtend(1 << 40 | 9)
        page.record(MadeRecord(id: 42, count: 16).bytes, after: 7)
        page.discarded(words: 3)
        page.record(MadeRecord(id: 9, count: 200).bytes, after: 1)
        let (run, lost) = try read(page.bytes())
        #expect(lost == 0)
        #expect(run.entries.map(\.format) == [103, 42, 9])
        let extended: UInt64 = 1 << 40
        // What was discarded took its time too.
        let expected: [UInt64] = [5, 5 + extended + 9 + 7, 5 + extended + 9 + 7 + 1 + 1]
        #expect(run.entries.map { $0.nanoseconds - 1_000_000_000_000 } == expected)
        #expect(run.entries.map(\.count) == [32, 16, 200])
        #expect(run.entries.allSatisfy { $0.thread == 77 && $0.cpu == 3 && $0.lostBefore == 0 })
    }

    @Test func recordsOfOtherThreadsAreLeftOut() throws {
        var page = MadePage(stamp: 0)
        for thread in [Int32(77), 78, 77, 1] {
            page.record(MadeRecord(id: 1, thread: thread, count: 12).bytes, after: 1)
        }
        let run = try read(page.bytes(), threads: [78, 1]).run
        #expect(run.entries.map(\.thread) == [78, 1])
        #expect(run.entries.map(\.nanoseconds) == [2, 4])
    }

    @Test(arguments: [(Int64(0), UInt64(0)), (12345, 12345), (-1, 1)])
    func lostRecordsAreCountedBeforeTheNext(missed: Int64, expected: UInt64) throws {
        var page = MadePage(stamp: 0)
        page.record(MadeRecord(id: 1, count: 12).bytes, after: 1)
        page.record(MadeRecord(id: 1, count: 12).bytes, after: 1)
        let (run, lost) = try read(page.bytes(missed: missed))
        #expect(lost == expected)
        #expect(run.entries.map(\.lostBefore) == [UInt32(expected), 0])
    }

    @Test func aPageThatSaysItIsLongerThanItIsHasNothing() throws {
        var page = MadePage(stamp: 0)
        page.record(MadeRecord(id: 1, count: 12).bytes, after: 1)
        var bytes = page.bytes(size: 64)
        bytes[9] = 0x10
        #expect(try read(bytes).run.isEmpty)
        #expect(try read([]).run.isEmpty)
        #expect(try read([UInt8](repeating: 0, count: 64)).run.isEmpty)
    }

    @Test func recordsOfSeveralProcessorsAreOrderedAndTheYoungWait() throws {
        var run = KernelRecordRun()
        func add(_ nanoseconds: UInt64, _ id: UInt16, _ processor: UInt16) {
            MadeRecord(id: id, count: 12).bytes.withUnsafeBytes {
                run.append($0, nanoseconds, thread: 77, processor: processor, lostBefore: 0)
            }
        }
        for (nanoseconds, id) in [(UInt64(10), UInt16(1)), (20, 2), (20, 3), (40, 4)] { add(nanoseconds, id, 0) }
        for (nanoseconds, id) in [(UInt64(5), UInt16(5)), (20, 6), (35, 7)] { add(nanoseconds, id, 1) }
        run.sort()
        #expect(run.entries.map(\.format) == [5, 1, 2, 3, 6, 7, 4])
        let younger = run.split(from: 35)
        #expect(run.entries.map(\.format) == [5, 1, 2, 3, 6])
        #expect(younger.entries.map(\.format) == [7, 4])
        #expect(younger.entries.map(\.nanoseconds) == [35, 40])
        #expect(younger.bytes == MadeRecord(id: 7, count: 12).bytes + MadeRecord(id: 4, count: 12).bytes)
        #expect(run.split(from: 36).isEmpty)
    }
}
