import KVM
import TestSupport
import Testing

@testable import Machine

extension Live {
    @Suite("Snapshots") struct SnapshotTests {
        /// Computes, stores, reads a device and asks a port, over and over; what it does depends on all it did before.
        static let busy = """
            mov $0xd0000000, %r8
            mov $0x200000, %r9
            mov $0x9e3779b97f4a7c15, %r10
            mov $1, %rbx
            1: imul %r10, %rbx
            mov 4(%r8), %ecx
            add %rcx, %rbx
            mov %rbx, %rax
            and $0x7ff8, %eax
            mov %rbx, (%r9,%rax)
            mov %ebx, 8(%r8)
            mov %rbx, %rax
            mov $0x80, %dx
            out %eax, %dx
            in $0x3d, %al
            jmp 1b
            """

        private static func seen(_ exits: ArraySlice<ExitRecord>) -> [String] {
            exits.map { "\($0.exit) \($0.rip ?? 0) \($0.registers.map { "\($0)" } ?? "-") \($0.handling.answer)" }
        }

        @Test("a machine that is set back makes the same 800 exits again, registers, devices and memory included")
        func sameExits() throws {
            let live = try LiveMachine(assembled(Self.busy), logsDirtyPages: true)
            _ = live.run(.exits(37))
            let snapshot = try live.machine.snapshot()
            let start = live.watcher.exits.count
            _ = live.run(.exits(800))
            let first = Self.seen(live.watcher.exits[start...])
            let end = try live.machine.snapshot()
            let restoration = try live.machine.restore(snapshot)
            #expect(!restoration.frames.isEmpty)
            let atStart = try live.machine.snapshot().differences(from: snapshot)
            #expect(atStart.isEmpty)
            let again = live.watcher.exits.count
            _ = live.run(.exits(800))
            #expect(Self.seen(live.watcher.exits[again...]) == first)
            #expect(first.count >= 800)
            let atEnd = try live.machine.snapshot().differences(from: end)
            #expect(atEnd.isEmpty)
            #expect(!end.isSameState(as: snapshot))
        }

        @Test("it is set forward too, and as often as one likes")
        func forward() throws {
            let live = try LiveMachine(assembled(Self.busy), logsDirtyPages: true)
            var snapshots: [MachineSnapshot] = []
            for _ in 0..<5 {
                _ = live.run(.exits(3))
                snapshots.append(try live.machine.snapshot())
            }
            for index in [0, 4, 2, 3, 1, 4] {
                _ = try live.machine.restore(snapshots[index])
                let atPlace = try live.machine.snapshot().differences(from: snapshots[index])
                #expect(atPlace.isEmpty, "snapshot \(index)")
            }
        }

        @Test("a snapshot at an access does not change how a single step looks")
        func stepAfterSnapshot() throws {
            let text = "mov $5, %ebx; s1: out %al, $0x80; in $0x3d, %al; mov $7, %ecx; nop; nop; hlt"
            var places: [[UInt64?]] = []
            for takesSnapshots in [false, true] {
                let live = try LiveMachine(assembled(text), logsDirtyPages: true)
                var list = [live.run(.exits(1)).registers?.rip]
                for extent in [RunOrder.Extent.instructions(1), .exits(1), .instructions(1), .instructions(1)] {
                    if takesSnapshots { _ = try live.machine.snapshot() }
                    list.append(live.run(extent).registers?.rip)
                }
                places.append(list)
            }
            #expect(places[0] == places[1])
        }

        @Test("a halt that a step left behind is none of the state that comes after it")
        func haltBehind() throws {
            let live = try LiveMachine(
                assembled("nop; out %al, $0x80; hlt; 1: out %al, $0x81; jmp 1b"), logsDirtyPages: true)
            _ = live.run(.instructions(1))
            let snapshot = try live.machine.snapshot()
            #expect(live.run(.instructions(1)).cause == .instruction)
            #expect(live.run(.instructions(1)).cause == .halted)
            _ = try live.machine.restore(snapshot)
            #expect(live.run(.exits(1)).cause == .exit)
            #expect(live.written(to: 0x80).count == 2)
            #expect(live.run(.exits(1)).cause == .halted)
            _ = try live.machine.restore(snapshot)
            #expect(live.run(.instructions(1)).cause == .instruction)
            let atPlace = try live.machine.snapshot()
            #expect(live.run(.instructions(1)).cause == .halted)
            _ = try live.machine.restore(atPlace)
            #expect(live.run(.instructions(1)).cause == .halted)
            #expect(live.written(to: 0x81).isEmpty)
        }

        @Test("pages are shared between snapshots, and a page of zeros is none")
        func sharing() throws {
            let live = try LiveMachine(
                assembled(
                    """
                    movq $1, 0x300000
                    out %al, $0x80
                    movq $2, 0x400000
                    out %al, $0x80
                    movq $0, 0x300000
                    out %al, $0x80
                    hlt
                    """), logsDirtyPages: true)
            var snapshots: [MachineSnapshot] = []
            for _ in 0..<3 {
                _ = live.run(.exits(1))
                snapshots.append(try live.machine.snapshot())
            }
            // Low frames hold page tables, in which the processor marks what was accessed.
            #expect(snapshots[0].pages.frames(differingFrom: snapshots[1].pages).filter { $0 > 0x200 } == [0x400])
            #expect(snapshots[1].pages.frames(differingFrom: snapshots[2].pages).filter { $0 > 0x200 } == [0x300])
            #expect(snapshots[2].pages[0x300] == nil)
            #expect(snapshots[0].pages[0x300] === snapshots[1].pages[0x300])
        }

        @Test("page tables that come back with a snapshot are the ones that the guest then has")
        func pageTables() throws {
            // The table's entry for the second 2 MiB is turned to the third and back by nobody but the snapshot.
            let live = try LiveMachine(
                assembled(
                    """
                    movb $0x11, 0x200000
                    movb $0x22, 0x400000
                    mov 0x200000, %al
                    out %al, $0x80
                    mov %cr3, %rsi
                    mov (%rsi), %rsi
                    and $~0xfff, %rsi
                    mov (%rsi), %rsi
                    and $~0xfff, %rsi
                    1: mov 16(%rsi), %rax
                    mov %rax, 8(%rsi)
                    mov %cr3, %rax
                    mov %rax, %cr3
                    mov 0x200000, %al
                    out %al, $0x80
                    jmp 1b
                    """), logsDirtyPages: true)
            _ = live.run(.exits(1))
            let before = try live.machine.snapshot()
            _ = live.run(.exits(1))
            #expect(live.written(to: 0x80) == [0x11, 0x22])
            _ = try live.machine.restore(before)
            #expect(try live.machine.translate(0x200000, on: 0).physical == 0x200000)
            _ = live.run(.exits(1))
            #expect(live.written(to: 0x80) == [0x11, 0x22, 0x22])
        }

        @Test("a machine is set back to the slots of the snapshot, each at its place, with the bytes that it held")
        func slots() throws {
            let live = try LiveMachine(
                assembled("movabs $0x10000000, %rbx; 1: incl (%rbx); out %al, $0x80; jmp 1b"),
                slots: [.init(start: 0x1000_0000, size: 8192)], logsDirtyPages: true)
            let machine = live.machine
            _ = live.run(.exits(2))
            let both = try machine.snapshot()
            let regions = machine.slots
            try machine.setSlot(1, start: 0x1000_0000, size: 0, isReadOnly: false)
            try machine.setSlot(2, start: 0x2000_0000, size: 4096, isReadOnly: false)
            try machine.write([9], at: 0x2000_0000)
            let other = try machine.snapshot()
            #expect(!other.isSameState(as: both))
            _ = live.run(.exits(1))
            guard case .mmio? = live.watcher.exits.last?.exit else {
                Issue.record("the slot is gone, and the guest's access to it was no MMIO")
                return
            }
            _ = try machine.restore(both)
            #expect(machine.slots == regions)
            #expect(try machine.read(1, at: 0x1000_0000) == [2])
            #expect(throws: MachineError.self) { try machine.read(1, at: 0x2000_0000) }
            _ = live.run(.exits(3))
            #expect(try machine.read(1, at: 0x1000_0000) == [5])
            _ = try machine.restore(other)
            #expect(machine.slots.map(\.guestAddress) == [0, 0x2000_0000])
            #expect(try machine.read(2, at: 0x2000_0000) == [9, 0])
            let differences = try machine.snapshot().differences(from: other)
            #expect(differences.isEmpty)
        }

        @Test("what a slot held is not found in one that comes after it")
        func freshSlot() throws {
            let live = try LiveMachine(assembled("hlt"), logsDirtyPages: true)
            for value in [7, 0] as [UInt8] {
                try live.machine.setSlot(1, start: 0x1000_0000, size: 4096, isReadOnly: false)
                if value > 0 { try live.machine.write([value], at: 0x1000_0000) }
                #expect(try live.machine.snapshot().pages[0x10000]?.bytes.first ?? 0 == value)
                try live.machine.setSlot(1, start: 0x1000_0000, size: 0, isReadOnly: false)
                #expect(try live.machine.snapshot().pages[0x10000] == nil)
            }
        }

        @Test("a machine without a dirty log says that it cannot")
        func withoutLog() throws {
            let live = try LiveMachine(assembled("hlt"))
            #expect(throws: MachineError.self) { try live.machine.snapshot() }
        }

        @Test("more pages in use than may be held is an error, not half a snapshot")
        func tooLarge() throws {
            let live = try LiveMachine(
                assembled("mov $0x200000, %rdi; 1: movb $1, (%rdi); add $4096, %rdi; cmp $0x280000, %rdi; jb 1b; hlt"),
                logsDirtyPages: true)
            _ = live.run(.free)
            #expect(throws: MachineError.self) { try live.machine.snapshot(pageLimit: 20) }
        }
    }
}
