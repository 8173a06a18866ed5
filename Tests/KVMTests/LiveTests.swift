import CKVM
import Foundation
import TestSupport
import Testing

@testable import KVM

extension Tag {
    @Tag static var live: Self
}

@Suite(
    "On this machine's /dev/kvm", .enabled(if: LiveHost.hasKVM, LiveHost.kvmReason), .tags(.live), .serialized,
    .timeLimit(.minutes(1)))
struct LiveTests {
    /// Adds two numbers, writes the digit to the console port, halts.
    static let addAndPrint: [UInt8] = [
        0xB0, 0x02,  // mov al, 2
        0x04, 0x35,  // add al, '5'
        0xBA, 0xF8, 0x03,  // mov dx, 0x3f8
        0xEE,  // out dx, al
        0xF4,  // hlt
    ]

    /// Counts in memory for ever.
    static let countForever: [UInt8] = [
        0xFE, 0x06, 0x00, 0x20,  // inc byte [0x2000]
        0xEB, 0xFA,  // jmp -6
    ]

    @Test func theSmallestGuestAddsWritesADigitAndHalts() throws {
        let machine = try SmallMachine(code: Self.addAndPrint)
        #expect(machine.vcpu.run() == .exit)
        guard case .io(let io) = machine.vcpu.runPage.exit() else {
            Issue.record("no io exit: \(machine.vcpu.runPage.exit())")
            return
        }
        #expect(io.direction == .output)
        #expect(io.port == 0x3F8)
        #expect(io.size == 1 && io.count == 1)
        #expect(io.data.hex == "37")
        #expect(machine.vcpu.run() == .exit)
        #expect(machine.vcpu.runPage.exit() == .hlt)
        #expect(try machine.vcpu.registers().rax == 0x37)
    }

    @Test func inputAndMMIOReadsReachTheGuest() throws {
        let machine = try SmallMachine(code: [
            0xE4, 0x10,  // in al, 0x10
            0xB9, 0x00, 0xF0,  // mov cx, 0xf000
            0x8E, 0xD9,  // mov ds, cx
            0x8A, 0x26, 0x00, 0x20,  // mov ah, [0x2000]    0xf2000 is no memory
            0xF4,  // hlt
        ])
        _ = machine.vcpu.run()
        guard case .io(let io) = machine.vcpu.runPage.exit() else {
            Issue.record("no io exit")
            return
        }
        #expect(io.direction == .input && io.port == 0x10 && io.data.isEmpty)
        machine.vcpu.runPage.answer(io, with: [0x5A])
        _ = machine.vcpu.run()
        guard case .mmio(let mmio) = machine.vcpu.runPage.exit() else {
            Issue.record("no mmio exit: \(machine.vcpu.runPage.exit())")
            return
        }
        #expect(mmio == MMIOExit(address: 0xF2000, isWrite: false, length: 1))
        machine.vcpu.runPage.answer(mmio, with: [0xC3])
        _ = machine.vcpu.run()
        #expect(machine.vcpu.runPage.exit() == .hlt)
        #expect(try machine.vcpu.registers().rax & 0xFFFF == 0xC35A)
    }

    @Test func askingForAVCPUNumberTwiceIsEEXIST() throws {
        let machine = try SmallMachine(code: Self.addAndPrint)
        let size = try machine.system.runPageSize()
        #expect {
            _ = try machine.vm.createVCPU(0, runPageSize: size).fd
        } throws: { error in
            guard let error = error as? KVMError else { return false }
            return error.errno == .exists && error.call == "KVM_CREATE_VCPU" && error.detail == "vCPU number 0"
                && error.description.contains("give each vCPU its own number")
        }
    }

    @Test func overlappingSlotsAreRefusedWithTheCause() throws {
        let machine = try SmallMachine(code: Self.addAndPrint)
        #expect {
            try machine.vm.setMemoryRegion(
                MemoryRegion(slot: 1, guestAddress: 0x1000, size: 0x1000, hostAddress: machine.memory.address))
        } throws: { error in
            (error as? KVMError)?.errno == .exists && "\(error)".contains("overlap")
        }
    }

    @Test func buildingAMachineIsSeenCallByCall() throws {
        let recorder = Recorder()
        let door = IoctlDoor(observer: recorder, level: .record)
        do {
            let machine = try SmallMachine(code: Self.addAndPrint, door: door)
            _ = machine.vcpu.run()
        }
        #expect(
            recorder.names.prefix(6) == [
                "system open", "system KVM_CREATE_VM", "vm KVM_SET_USER_MEMORY_REGION",
                "system KVM_GET_VCPU_MMAP_SIZE", "vm KVM_CREATE_VCPU", "vcpu mmap",
            ])
        #expect(recorder.names.dropFirst(6).prefix(3).allSatisfy { $0.hasPrefix("vcpu KVM_") })
        #expect(Set(recorder.names.suffix(4)) == ["vcpu munmap", "vcpu close", "vm close", "system close"])
        #expect(recorder.records.allSatisfy { $0.errno == nil && $0.end >= $0.begin })
        #expect(recorder.runs.count == 1)
        #expect(recorder.runs.first?.vcpu == 0)
        let created = recorder.records.compactMap(\.created)
        #expect(created.map(\.kind) == [.system, .vm, .vcpu])
        let region = try #require(recorder.records.first { $0.call.request == ckvm_KVM_SET_USER_MEMORY_REGION })
        #expect(region.fields.contains(IoctlField("memory_size", "65536", "64 KiB")))
    }

    @Test func everyDescriptorAndMappingIsGoneAtTheEnd() throws {
        do {
            let machine = try SmallMachine(code: Self.addAndPrint)
            _ = machine.vcpu.run()
            #expect(
                Set(Self.openKVMFiles()).isSuperset(of: ["/dev/kvm", "anon_inode:kvm-vcpu:0", "anon_inode:kvm-vm"]))
            #expect(Self.runPagesMapped() >= 1)
        }
        let before = (Self.openKVMFiles().count, Self.runPagesMapped())
        for _ in 0..<Self.many { _ = try SmallMachine(code: Self.addAndPrint).vcpu.run() }
        // Other suites of this process hold a few machines at any time; what leaks would be one more for each of these.
        #expect(Self.openKVMFiles().count - before.0 < Self.many)
        #expect(Self.runPagesMapped() - before.1 < Self.many)
    }

    static let many = 60

    @Test func aFailureHalfwayLeavesNothingOpen() throws {
        let door = IoctlDoor()
        door.inject(DoorFault(.map, errno: .outOfMemory))
        let before = Self.openKVMFiles().count
        for _ in 0..<Self.many {
            #expect(throws: KVMError.self) { _ = try SmallMachine(code: [], door: door).memory }
        }
        #expect(Self.openKVMFiles().count - before < Self.many)
    }

    @Test func aKickGetsAnEndlessGuestBack() throws {
        let machine = try SmallMachine(code: Self.countForever)
        let kick = machine.vcpu.kick
        let counter = machine.memory
        kick.attachThread()
        // The counter moves only while the guest runs, so this kick meets a vCPU that is inside KVM_RUN.
        let kicker = Thread {
            while !counter.hasMoved(at: 0x2000) { sched_yield() }
            kick()
        }
        kicker.start()
        #expect(machine.vcpu.run() == .interrupted)
        #expect(machine.vcpu.runPage.exit() == .intr)
        let isStillSet = machine.vcpu.runPage.immediateExit
        #expect(isStillSet)
        machine.vcpu.runPage.immediateExit = false
        kick.detachThread()
    }

    @Test func aKickBeforeTheRunIsNotLost() throws {
        let machine = try SmallMachine(code: Self.countForever)
        machine.vcpu.kick()
        #expect(machine.vcpu.run() == .interrupted)
        #expect(!machine.memory.hasMoved(at: 0x2000), "the guest was not entered")
    }

    @Test func aKickAfterTheEndDoesNothing() throws {
        var kick: Kick?
        do {
            let machine = try SmallMachine(code: Self.countForever)
            machine.vcpu.kick.attachThread()
            kick = machine.vcpu.kick
        }
        kick?()
    }

    @Test func sharedRegistersSayWhatTheIoctlsSay() throws {
        let machine = try SmallMachine(code: Self.addAndPrint)
        let offered = try machine.vm.checkExtension(.syncRegisters)
        guard offered & 7 == 7 else { return }
        machine.vcpu.runPage.sharedRegisters = .all
        _ = machine.vcpu.run()
        #expect(machine.vcpu.runPage.registers == (try machine.vcpu.registers()))
        #expect(machine.vcpu.runPage.rip == (try machine.vcpu.registers().rip))
        #expect(machine.vcpu.runPage.specialRegisters.cs == (try machine.vcpu.specialRegisters().cs))
        var changed = machine.vcpu.runPage.registers
        changed.rbx = 0x1234
        machine.vcpu.runPage.registers = changed
        #expect(machine.vcpu.runPage.dirtyRegisters == .general)
        _ = machine.vcpu.run()
        #expect(machine.vcpu.runPage.exit() == .hlt)
        #expect(try machine.vcpu.registers().rbx == 0x1234)
    }

    @Test func singleSteppingStopsAfterEachInstruction() throws {
        let machine = try SmallMachine(code: Self.addAndPrint)
        try machine.vcpu.setGuestDebug(.singleStep)
        var places: [UInt64] = []
        for _ in 0..<3 {
            _ = machine.vcpu.run()
            guard case .debug(let debug) = machine.vcpu.runPage.exit() else {
                Issue.record("no debug exit: \(machine.vcpu.runPage.exit())")
                return
            }
            places.append(debug.pc)
        }
        #expect(places == [0x1002, 0x1004, 0x1007])
    }

    @Test func theHostsCPUIDCanBeGivenToAGuest() throws {
        let machine = try SmallMachine(code: Self.addAndPrint)
        let leaves = try machine.system.supportedCPUID()
        #expect(leaves.contains { $0.function == 0 } && leaves.contains { $0.function == 1 })
        try machine.vcpu.setCPUID(leaves)
        #expect(try machine.vcpu.cpuid().count == leaves.count)
    }

    @Test func theHostListsItsMSRs() throws {
        let system = try System.open()
        #expect(try system.apiVersion() == System.stableAPIVersion)
        let list = try system.msrIndexList()
        #expect(list.contains(0x10), "the time-stamp counter is always in it")
    }

    @Test func stateCanBeReadAndWrittenBack() throws {
        let machine = try SmallMachine(code: Self.addAndPrint)
        let vcpu = machine.vcpu.fd
        #expect(vcpu >= 0)
        try machine.vcpu.setEvents(try machine.vcpu.events())
        try machine.vcpu.setFloatingPoint(try machine.vcpu.floatingPoint())
        try machine.vcpu.setDebugRegisters(try machine.vcpu.debugRegisters())
        try machine.vcpu.setXSAVE(try machine.vcpu.xsave())
        try machine.vcpu.setExtendedControlRegisters(try machine.vcpu.extendedControlRegisters())
        #expect(try machine.vcpu.mpState() == .runnable)
        #expect(try machine.vcpu.setMSRs([MSREntry(index: 0x174, value: 8)]) == 1)
        #expect(try machine.vcpu.msrs([0x174]) == [MSREntry(index: 0x174, value: 8)])
        let translated = try machine.vcpu.translate(0x1234)
        #expect(translated.valid && translated.physical == 0x1234)
        #expect(machine.vcpu.run() == .exit)
        #expect(machine.vcpu.runPage.exit().name == "io")
    }

    @Test func writtenPagesAppearInTheDirtyLog() throws {
        let machine = try SmallMachine(code: [
            0xC6, 0x06, 0x00, 0x30, 0x07,  // mov byte [0x3000], 7
            0xF4,  // hlt
        ])
        try machine.vm.setMemoryRegion(
            MemoryRegion(
                slot: 0, guestAddress: 0, size: UInt64(machine.memory.bytes.count),
                hostAddress: machine.memory.address, flags: .logDirtyPages))
        _ = machine.vcpu.run()
        #expect(machine.vcpu.runPage.exit() == .hlt)
        var log: [UInt64] = []
        try machine.vm.getDirtyLog(slot: 0, pageCount: 16, into: &log)
        #expect(log.count == 1)
        #expect(log[0] & (1 << 3) != 0, "page 3 was written")
        #expect(log[0] & (1 << 5) == 0, "page 5 was not")
        #expect(machine.memory.bytes[0x3000] == 7)
    }

    @Test func aWriteTiedToAnEventfdSignalsInsteadOfExiting() throws {
        let machine = try SmallMachine(code: Self.addAndPrint)
        let written = try EventDescriptor()
        try machine.vm.signalOnWrite(eventfd: written.fd, address: 0x3F8, size: 1, portIO: true)
        #expect(machine.vcpu.run() == .exit)
        #expect(machine.vcpu.runPage.exit() == .hlt, "the out before it did not come to user space")
        let count = written.take()
        #expect(count == 1)
    }

    @Test func aRefusedRequestIsAnErrorNotATrap() throws {
        let machine = try SmallMachine(code: Self.addAndPrint)
        #expect(throws: KVMError.self) { try machine.vcpu.interrupt(vector: 4096) }
        #expect(throws: KVMError.self) { _ = try machine.vm.createDevice(type: 9999) }
        #expect(throws: KVMError.self) { try machine.vm.enable(Capability(rawValue: 60000)) }
    }

    private static func openKVMFiles() -> [String] {
        let folder = "/proc/self/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
            .filter { $0.contains("kvm") && ($0.hasPrefix("/dev/") || $0.hasPrefix("anon_inode")) }.sorted()
    }

    private static func runPagesMapped() -> Int {
        // Read to the end: procfs hands out a page at a time, and a single read would be cut.
        let data = FileHandle(forReadingAtPath: "/proc/self/maps")?.readDataToEndOfFile() ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").count { $0.contains("anon_inode:kvm-vcpu") }
    }
}
