import Glibc
import Testing

@testable import Host

/// A statistics file as the KVM API document lays it out, at offsets that no kernel uses.
private struct MadeStatistics {
    var bytes = [UInt8]()

    mutating func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }

    mutating func name(_ text: String) {
        bytes += Array(text.utf8) + [UInt8](repeating: 0, count: 16 - text.utf8.count)
    }

    /// flags, exponent, size, offset, bucket size, name
    static let counters: [(UInt32, Int16, UInt16, UInt32, UInt32, String)] = [
        (0x000, 0, 1, 0, 0, "exits"),
        (0x041, 0, 1, 8, 0, "blocking"),
        (0x020, -9, 1, 16, 0, "halt_wait_ns"),
        (0x003, 0, 3, 24, 10, "linear"),
        (0x024, -9, 2, 48, 0, "log"),
        (0x112, 10, 1, 64, 0, "peak_pages"),
        (0x06F, 0, 1, 72, 0, "later"),
    ]

    init(_ values: [UInt64]) {
        let table = 24 + 8 + 16
        let data = table + Self.counters.count * 32 + 8
        for word in [0, 16, Self.counters.count, 32, table, data] { put(UInt32(word)) }
        put(UInt64(0))
        name("kvm-7/vcpu-0")
        for counter in Self.counters {
            put(counter.0)
            put(counter.1)
            put(counter.2)
            put(counter.3)
            put(counter.4)
            name(counter.5)
        }
        put(UInt64.max)
        for value in values { put(value) }
    }

    func read(_ buffer: UnsafeMutableRawBufferPointer, _ offset: UInt64) -> Int {
        let part = bytes.dropFirst(Int(offset)).prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }
}

@Suite struct KernelStatisticsTests {
    private let first = MadeStatistics([100, 1, 5000, 1, 2, 3, 7, 8, 64, 9])
    private let second = MadeStatistics([142, 0, 5000, 1, 4, 3, 7, 9, 64, 9])

    @Test func countersAreReadWithTheirKindAndUnit() throws {
        let statistics = try KernelStatistics(read: first.read)
        #expect(statistics.identifier == "kvm-7/vcpu-0")
        #expect(
            statistics.counters.map(\.name) == [
                "exits", "blocking", "halt_wait_ns", "linear", "log", "peak_pages", "later",
            ])
        #expect(
            statistics.counters.map(\.kind) == [
                .cumulative, .instant, .cumulative, .linearHistogram(width: 10), .logarithmicHistogram, .peak,
                .other(15),
            ])
        #expect(statistics.counters.map(\.unit) == ["", "yes or no", "ns", "", "ns", "bytes × 2^10", "unit 6"])
    }

    @Test func valuesAndDifferencesAreWhatTheFileSays() throws {
        let statistics = try KernelStatistics(read: first.read)
        let before = try statistics.reading(read: first.read)
        let after = try statistics.reading(read: second.read)
        #expect(before["exits"] == 100)
        #expect(before["nothing"] == nil)
        #expect(statistics.index(of: "linear").map(before.values) == [1, 2, 3])
        #expect(before.byName["log"] == 15)
        let changes = after.changes(since: before)
        #expect(changes.map(\.counter.name) == ["exits", "blocking", "linear", "log"])
        #expect(changes.map(\.difference) == [42, -1, 2, 1])
        #expect(after.changes(since: after).isEmpty)
        let other = try KernelStatistics(read: first.read).reading(read: first.read)
        #expect(after.changes(since: other).map(\.difference) == [42, -1, 2, 1])
    }

    @Test func aFileThatIsCutIsRefused() throws {
        for count in 0..<first.bytes.count {
            var cut = first
            cut.bytes = Array(first.bytes[..<count])
            #expect(throws: KernelStatisticsFailure.self) {
                try KernelStatistics(read: cut.read).reading(read: cut.read)
            }
        }
    }

    @Test func aFileThatIsNoStatisticsIsRefused() {
        var wild = first
        for index in 4..<12 { wild.bytes[index] = 0xFF }
        #expect(throws: KernelStatisticsFailure.self) { try KernelStatistics(read: wild.read) }
        #expect(throws: KernelStatisticsFailure(reason: "read statistics: EBADF")) { try KernelStatistics(fd: -1) }
    }

    @Test(.enabled(if: TinyGuest.isPossible, "no /dev/kvm")) func aLiveVCPUCountsWhatItsGuestDid() throws {
        let guest = try #require(TinyGuest())
        let fd = guest.statistics()
        try #require(fd >= 0)
        defer { close(fd) }
        let statistics = try KernelStatistics(fd: fd)
        #expect(statistics.identifier.hasPrefix("kvm-"))
        let before = try statistics.reading(fd: fd)
        #expect(guest.run() == TinyGuest.exits)
        let changes = try statistics.reading(fd: fd).changes(since: before)
        #expect(changes.contains { $0.counter.name == "exits" && $0.difference > 0 })
        #expect(changes.allSatisfy { $0.counter.kind != .cumulative || $0.difference > 0 })
    }
}
