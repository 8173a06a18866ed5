import Glibc
import KVM
import TestSupport
import Testing

@testable import Machine

@Suite("Which pages are known to differ") struct KnownPagesTests {
    private func differs(_ known: KnownPages, _ frame: UInt64, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { known.differs(frame, from: $0) }
    }

    @Test("a page differs when its bytes do, and zeros are what is known of a page that was never read")
    func differing() {
        var known = KnownPages(frames: 16)
        let zeros = [UInt8](repeating: 0, count: 4096)
        var written = zeros
        written[4095] = 1
        #expect(!differs(known, 3, zeros) && differs(known, 3, written))
        known.update([3], limit: 100) { _ in written }
        #expect(!differs(known, 3, written) && differs(known, 3, zeros))
    }

    @Test("a page that was left unread is not told of again and again")
    func unread() {
        var known = KnownPages(frames: 16)
        let written = [UInt8](repeating: 7, count: 4096)
        known.update([1, 2], limit: 1) { _ in written }
        #expect(known.unread == [2] && !differs(known, 2, written))
    }

    @Test("a page that nobody has touched is not there, and looking does not bring it")
    func present() throws {
        let mapping = try HostMapping(size: 64 << 12)
        (mapping.base + 5 * 4096).storeBytes(of: 1, as: UInt8.self)
        let present = PresentPages(mapping)
        #expect(present[5])
        // A host that gives large pages has brought the neighbours with it.
        let first = (0..<64).filter { present[$0] }
        #expect((0..<64).filter { PresentPages(mapping)[$0] } == first)
    }
}

extension Live {
    @Suite("Finding changed memory") struct MemoryTrackingTests {
        private static let guest = "movb $1, 0x9000; out %al, $0x80; movb $2, 0x9000; movb $1, 0x200000; hlt"

        @Test(
            "by comparison the pages that were written are found, and no call is made for it", .timeLimit(.minutes(1)))
        func comparison() throws {
            let live = try LiveMachine(assembled(Self.guest), tracking: .comparison)
            #expect(live.machine.slots.allSatisfy { !$0.flags.contains(.logDirtyPages) })
            #expect(Set(try live.machine.takeChangedPages().map(\.frame)).isSuperset(of: [1, 0x100]))
            #expect(try live.machine.takeChangedPages().isEmpty)
            #expect(live.run(.exits(1)).cause == .exit)
            #expect(try live.machine.takeChangedPages().map(\.frame).contains(9))
            #expect(live.run(.free).cause == .halted)
            try live.machine.memory.write([1], at: 0x30_0000)
            let changed = try live.machine.takeChangedPages()
            #expect(Set(changed.map(\.frame)).isSuperset(of: [9, 0x200, 0x300]))
            #expect(changed.first { $0.frame == 9 }?.page?.bytes.first == 2)
        }

        @Test("the way can be changed while the machine stands, and nothing that changed is missed")
        func changing() throws {
            let live = try LiveMachine(assembled(Self.guest), tracking: .comparison)
            _ = try live.machine.takeChangedPages()
            #expect(live.run(.exits(1)).cause == .exit)
            try live.machine.track(.dirtyLog)
            #expect(live.machine.slots.allSatisfy { $0.flags.contains(.logDirtyPages) })
            #expect(try live.machine.takeChangedPages().map(\.frame).contains(9))
            #expect(live.run(.free).cause == .halted)
            try live.machine.track(.comparison)
            #expect(live.machine.slots.allSatisfy { !$0.flags.contains(.logDirtyPages) })
            let changed = try live.machine.takeChangedPages()
            #expect(Set(changed.map(\.frame)).isSuperset(of: [9, 0x200]))
        }

        @Test("a snapshot taken by comparison sets the machine back to the byte")
        func snapshot() throws {
            let live = try LiveMachine(assembled(Self.guest), tracking: .comparison)
            #expect(live.run(.exits(1)).cause == .exit)
            let before = try live.machine.snapshot()
            #expect(live.run(.free).cause == .halted)
            #expect(try live.machine.read(1, at: 0x9000) == [2])
            _ = try live.machine.restore(before)
            #expect(try live.machine.read(1, at: 0x9000) == [1] && live.machine.read(1, at: 0x20_0000) == [0])
            #expect(try live.machine.snapshot().isSameState(as: before))
        }
    }
}
