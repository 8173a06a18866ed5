import CKVM
import Testing

@testable import KVM

@Suite("Exits from made-up run pages")
struct ExitTests {
    @Test func anOutByteCarriesItsByte() {
        let page = MadeUpPage().with(KVM_EXIT_IO) {
            $0.io.direction = UInt8(KVM_EXIT_IO_OUT)
            $0.io.port = 0x3F8
            $0.io.size = 1
            $0.io.count = 1
            $0.io.data_offset = 4096
        }
        page.memory[4096] = 0x41
        #expect(
            page.exit
                == .io(IOExit(direction: .output, port: 0x3F8, size: 1, data: ExitBytes([0x41]), dataOffset: 4096)))
    }

    @Test func stringOutputCarriesAllItsAccessesInOrder() {
        let page = MadeUpPage().with(KVM_EXIT_IO) {
            $0.io.direction = UInt8(KVM_EXIT_IO_OUT)
            $0.io.port = 0x10
            $0.io.size = 2
            $0.io.count = 6
            $0.io.data_offset = 4096
        }
        for n in 0..<12 { page.memory[4096 + n] = UInt8(n) }
        guard case .io(let io) = page.exit else {
            Issue.record("not io")
            return
        }
        #expect(io.byteCount == 12)
        #expect(io.data.hex == "000102030405060708090a0b")
    }

    @Test func inputIsAnsweredWhereTheKernelLooks() {
        let page = MadeUpPage().with(KVM_EXIT_IO) {
            $0.io.direction = UInt8(KVM_EXIT_IO_IN)
            $0.io.size = 4
            $0.io.count = 1
            $0.io.data_offset = 4096
        }
        page.memory[4096] = 0x99
        guard case .io(let io) = page.exit else {
            Issue.record("not io")
            return
        }
        #expect(io.data.isEmpty, "what lies there before the answer is not the guest's")
        let run = RunPage(memory: page.memory)
        let taken = run.answer(io, with: [1, 2, 3, 4, 5])
        #expect(taken)
        #expect(Array(page.memory[4096..<4101]) == [1, 2, 3, 4, 0], "no byte beyond the access")
    }

    @Test(
        arguments: [
            (UInt64(3 * 4096), UInt8(1), UInt32(1)), (UInt64.max, 1, 1), (UInt64(3 * 4096 - 1), 2, 1),
            (4096, 255, .max), (UInt64(Int64.max), 4, 4),
        ])
    func aDataAreaOutsideThePageIsNeverRead(offset: UInt64, size: UInt8, count: UInt32) {
        let page = MadeUpPage().with(KVM_EXIT_IO) {
            $0.io.direction = UInt8(KVM_EXIT_IO_OUT)
            $0.io.size = size
            $0.io.count = count
            $0.io.data_offset = offset
        }
        guard case .io(var io) = page.exit else {
            Issue.record("not io")
            return
        }
        #expect(io.data.isEmpty)
        io.direction = .input
        let run = RunPage(memory: page.memory)
        let taken = run.answer(io, with: [1])
        #expect(!taken)
    }

    @Test func anMMIOWriteCarriesItsBytes() {
        let page = MadeUpPage().with(KVM_EXIT_MMIO) {
            $0.mmio.phys_addr = 0xD000_0000
            $0.mmio.data = (0x78, 0x56, 0x34, 0x12, 0xAA, 0xAA, 0xAA, 0xAA)
            $0.mmio.len = 4
            $0.mmio.is_write = 1
        }
        #expect(
            page.exit
                == .mmio(
                    MMIOExit(
                        address: 0xD000_0000, isWrite: true, length: 4, data: ExitBytes(word: 0x1234_5678, count: 4))))
    }

    @Test func anMMIOReadIsAnsweredInPlace() {
        let page = MadeUpPage().with(KVM_EXIT_MMIO) {
            $0.mmio.phys_addr = 0x1_0000
            $0.mmio.len = 200
        }
        guard case .mmio(let mmio) = page.exit else {
            Issue.record("not mmio")
            return
        }
        let run = RunPage(memory: page.memory)
        let taken = run.answer(mmio, with: [UInt8](repeating: 0xFF, count: 200))
        #expect(taken)
        let data = page.memory.withMemoryRebound(to: kvm_run.self) { $0[0].mmio }
        #expect(data.data.7 == 0xFF)
        #expect(data.len == 200, "a length that the kernel never gives does not make us write past the eight bytes")
    }

    @Test func exitsWithoutPayloadAreThemselves() {
        #expect(MadeUpPage().with(KVM_EXIT_HLT).exit == .hlt)
        #expect(MadeUpPage().with(KVM_EXIT_SHUTDOWN).exit == .shutdown)
        #expect(MadeUpPage().with(KVM_EXIT_INTR).exit == .intr)
        #expect(MadeUpPage().with(KVM_EXIT_IRQ_WINDOW_OPEN).exit == .irqWindow)
        #expect(MadeUpPage().with(KVM_EXIT_NMI).exit == .nmi)
        #expect(MadeUpPage().with(KVM_EXIT_SET_TPR).exit == .setTPR)
        #expect(MadeUpPage().with(KVM_EXIT_WATCHDOG).exit == .watchdog)
        #expect(MadeUpPage().with(KVM_EXIT_DIRTY_RING_FULL).exit == .dirtyRingFull)
        #expect(MadeUpPage().with(KVM_EXIT_AP_RESET_HOLD).exit == .apResetHold)
        #expect(MadeUpPage().with(KVM_EXIT_X86_BUS_LOCK).exit == .busLock)
    }

    @Test func aDebugExitSaysWhereAndWhy() {
        let page = MadeUpPage().with(KVM_EXIT_DEBUG) {
            $0.debug.arch.exception = 1
            $0.debug.arch.pc = 0x1002
            $0.debug.arch.dr6 = 0x4000
            $0.debug.arch.dr7 = 0x400
        }
        #expect(page.exit == .debug(DebugExit(exception: 1, pc: 0x1002, dr6: 0x4000, dr7: 0x400)))
    }

    @Test func failEntryNamesTheHardwaresReason() {
        let page = MadeUpPage().with(KVM_EXIT_FAIL_ENTRY) {
            $0.fail_entry.hardware_entry_failure_reason = 0x8000_0021
            $0.fail_entry.cpu = 3
        }
        #expect(page.exit == .failEntry(hardwareReason: 0x8000_0021, cpu: 3))
    }

    @Test func anEmulationFailureBringsItsInstruction() {
        let page = MadeUpPage().with(KVM_EXIT_INTERNAL_ERROR) {
            $0.emulation_failure.suberror = UInt32(KVM_INTERNAL_ERROR_EMULATION)
            $0.emulation_failure.ndata = 3
            $0.emulation_failure.flags = 1
            $0.emulation_failure.insn_size = 2
            $0.emulation_failure.insn_bytes.0 = 0xCD
            $0.emulation_failure.insn_bytes.1 = 0x80
        }
        guard case .internalError(let error) = page.exit else {
            Issue.record("not an internal error")
            return
        }
        #expect(error.instruction == [0xCD, 0x80])
        #expect(error.data.count == 3)
        #expect(error.reason == "emulation")
    }

    @Test func anInternalErrorWithoutBytesHasNone() {
        let page = MadeUpPage().with(KVM_EXIT_INTERNAL_ERROR) {
            $0.internal.suberror = 3
            $0.internal.ndata = 2
            $0.internal.data.0 = 0x8000_0B0E
            $0.internal.data.1 = 0x30
        }
        #expect(page.exit == .internalError(InternalErrorExit(suberror: 3, data: [0x8000_0B0E, 0x30])))
    }

    @Test func countsThatTheKernelNeverGivesAreCut() {
        let error = MadeUpPage().with(KVM_EXIT_INTERNAL_ERROR) {
            $0.internal.suberror = 1
            $0.internal.ndata = .max
            $0.internal.data.0 = 1
            $0.emulation_failure.insn_size = 255
        }
        guard case .internalError(let decoded) = error.exit else {
            Issue.record("not an internal error")
            return
        }
        #expect(decoded.data.count == 16)
        #expect(decoded.instruction?.count == 15)
        let event = MadeUpPage().with(KVM_EXIT_SYSTEM_EVENT) {
            $0.system_event.type = 2
            $0.system_event.ndata = 4000
        }
        guard case .systemEvent(2, let data) = event.exit else {
            Issue.record("not a system event")
            return
        }
        #expect(data.count == 16)
    }

    @Test func hypercallAndMSRAccessesCarryTheirOperands() {
        let call = MadeUpPage().with(KVM_EXIT_HYPERCALL) {
            $0.hypercall.nr = 12
            $0.hypercall.args = (1, 2, 3, 4, 5, 6)
            $0.hypercall.longmode = 1
        }
        #expect(call.exit == .hypercall(HypercallExit(number: 12, arguments: [1, 2, 3, 4, 5, 6], flags: 1)))
        let write = MadeUpPage().with(KVM_EXIT_X86_WRMSR) {
            $0.msr.index = 0xC000_0080
            $0.msr.reason = 4
            $0.msr.data = 0xD01
        }
        #expect(write.exit == .wrmsr(MSRExit(index: 0xC000_0080, reason: 4, data: 0xD01)))
        write.with(KVM_EXIT_X86_RDMSR)
        #expect(write.exit.name == "x86-rdmsr")
        let run = RunPage(memory: write.memory)
        run.answerMSRRead(with: 42)
        let answered = write.memory.withMemoryRebound(to: kvm_run.self) { $0[0].msr }
        #expect(answered.data == 42 && answered.error == 0)
        run.answerMSRRead(with: nil)
        #expect(write.memory.withMemoryRebound(to: kvm_run.self) { $0[0].msr.error } == 1)
    }

    @Test func theRemainingReasonsOfX86CarryTheirFields() {
        let exception = MadeUpPage().with(KVM_EXIT_EXCEPTION) {
            $0.ex.exception = 14
            $0.ex.error_code = 2
        }
        #expect(exception.exit == .exception(vector: 14, errorCode: 2))
        let tpr = MadeUpPage().with(KVM_EXIT_TPR_ACCESS) {
            $0.tpr_access.rip = 0x99
            $0.tpr_access.is_write = 1
        }
        #expect(tpr.exit == .tprAccess(rip: 0x99, isWrite: true))
        #expect(MadeUpPage().with(KVM_EXIT_IOAPIC_EOI) { $0.eoi.vector = 0x31 }.exit == .ioapicEOI(vector: 0x31))
        #expect(MadeUpPage().with(KVM_EXIT_NOTIFY) { $0.notify.flags = 1 }.exit == .notify(flags: 1))
        #expect(
            MadeUpPage().with(KVM_EXIT_UNKNOWN) { $0.hw.hardware_exit_reason = 77 }.exit
                == .unknownHardware(reason: 77))
        let hyperv = MadeUpPage().with(KVM_EXIT_HYPERV) {
            $0.hyperv.type = 2
            $0.hyperv.u.hcall.input = 5
            $0.hyperv.u.hcall.result = 6
        }
        #expect(hyperv.exit == .hyperv(type: 2, data: [5, 6, 0, 0, 0, 0]))
        let xen = MadeUpPage().with(KVM_EXIT_XEN) {
            $0.xen.type = 1
            $0.xen.u.hcall.longmode = 1
            $0.xen.u.hcall.cpl = 3
            $0.xen.u.hcall.input = 9
            $0.xen.u.hcall.params.5 = 8
        }
        #expect(
            xen.exit == .xen(XenExit(type: 1, longMode: true, cpl: 3, input: 9, parameters: [0, 0, 0, 0, 0, 8])))
    }

    @Test func reasonsNewerThanTheHeaderAreDecodedFromTheirPlace() {
        let fault = MadeUpPage().with(39)
        for (n, value) in [UInt64(8), 0x2000, 0x1000].enumerated() {
            fault.memory.storeBytes(of: value, toByteOffset: 32 + n * 8, as: UInt64.self)
        }
        #expect(fault.exit == .memoryFault(flags: 8, address: 0x2000, size: 0x1000))
        let tdx = MadeUpPage().with(40)
        tdx.memory.storeBytes(of: UInt64(0x10002), toByteOffset: 40, as: UInt64.self)
        #expect(tdx.exit == .tdx(flags: 0, number: 0x10002))
    }

    @Test(arguments: [UInt32(41), 999, .max]) func anUnknownNumberPassesThrough(number: UInt32) {
        let page = MadeUpPage()
        page.memory.storeBytes(of: number, toByteOffset: 8, as: UInt32.self)
        #expect(page.exit == .unknown(number: number))
        #expect(page.exit.name == "unknown:\(number)")
    }

    @Test func everyNumberUpToTheNewestKeepsItsNumber() {
        for number in UInt32(0)...60 {
            let page = MadeUpPage().with(Int32(number))
            #expect(page.exit.number == number)
        }
    }

    @Test func namesAreTheKernelsInKebabCase() {
        let expected: [Int32: String] = [
            KVM_EXIT_UNKNOWN: "unknown", KVM_EXIT_IO: "io", KVM_EXIT_MMIO: "mmio", KVM_EXIT_HLT: "hlt",
            KVM_EXIT_SHUTDOWN: "shutdown", KVM_EXIT_DEBUG: "debug", KVM_EXIT_INTR: "intr",
            KVM_EXIT_IRQ_WINDOW_OPEN: "irq-window", KVM_EXIT_HYPERCALL: "hypercall",
            KVM_EXIT_INTERNAL_ERROR: "internal-error", KVM_EXIT_FAIL_ENTRY: "fail-entry",
            KVM_EXIT_SYSTEM_EVENT: "system-event", KVM_EXIT_S390_SIEIC: "s390-sieic", KVM_EXIT_ARM_NISV: "arm-nisv",
            38: "loongarch-iocsr", 39: "memory-fault",
        ]
        for (number, name) in expected { #expect(MadeUpPage().with(number).exit.name == name) }
    }

    @Test func aPageTooSmallForTheStructureIsNotRead() {
        #expect(MadeUpPage(size: 512).exit == .unknown(number: .max))
    }
}
