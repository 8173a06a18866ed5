import KVM
import Testing

@testable import Machine
@testable import Session

@Suite("The log between the vCPU threads and the reader")
struct RunLogTests {
    private static func run(_ number: UInt64, vcpu: Int = 0) -> RunRecord {
        RunRecord(fd: 7, vcpu: vcpu, begin: number * 10, end: number * 10 + 5, result: 0, thread: 100)
    }

    private static func access(_ value: UInt64, vcpu: Int = 0) -> AccessRecord {
        var answer = DeviceAnswer()
        answer.effect = .console(UInt8(truncatingIfNeeded: value))
        return AccessRecord(
            vcpu: vcpu, thread: 100, access: GuestAccess(.port, at: 0x3F8, isWrite: true, size: 1, value: value),
            answer: answer, rip: 0x100000)
    }

    private static func taken(_ log: RunLog) -> [RunLog.Entry] {
        var batch = RunLog.Batch()
        log.take(into: &batch)
        return batch.entries
    }

    @Test("an exit lies in one entry with the KVM_RUN that it ended")
    func runAndExit() throws {
        let log = RunLog()
        log.didRun(Self.run(1))
        #expect(Self.taken(log).isEmpty, "its exit is about to follow")
        log.didAccess(Self.access(0x41))
        let entries = Self.taken(log)
        guard entries.count == 1, case .exit(let exit) = entries[0] else {
            Issue.record("\(entries)")
            return
        }
        #expect(exit.run == Self.run(1))
        #expect(exit.kind == .portWrite && exit.address == 0x3F8 && exit.data == 0x41 && exit.isConsole)
        #expect(exit.rip == 0x100000)
    }

    @Test("a KVM_RUN without an exit is told before whatever comes next of its vCPU")
    func runAlone() {
        let log = RunLog()
        log.didRun(Self.run(1))
        log.didRun(Self.run(2, vcpu: 1))
        log.didRun(Self.run(3))
        log.didAccess(Self.access(1))
        log.didRun(Self.run(4))
        log.didStop(stopped(0))
        let told = Self.taken(log).map { entry in
            switch entry {
            case .ran(let run): "ran \(run.begin)"
            case .exit(let exit): "exit \(exit.begin)"
            case .stop(let stop): "stop \(stop.vcpu)"
            default: "another"
            }
        }
        #expect(told == ["ran 10", "exit 30", "ran 40", "stop 0"], "vCPU 1's is still open")
    }

    @Test("an exit that comes with its KVM_RUN leaves an older one alone")
    func runWithExit() throws {
        let log = RunLog()
        log.didRun(Self.run(1))
        var record = Self.access(0x41)
        record.run = Self.run(2)
        record.answer.device = "console"
        log.didAccess(record)
        let entries = Self.taken(log)
        guard entries.count == 2, case .ran(let alone) = entries[0], case .exit(let exit) = entries[1] else {
            Issue.record("\(entries)")
            return
        }
        #expect(alone == Self.run(1) && exit.run == Self.run(2) && exit.device == "console")
        #expect(MemoryLayout<RunLog.Entry>.stride <= 64, "an entry is a cache line")
    }

    @Test("a KVM_RUN of minutes keeps its duration, and a debug exit its registers")
    func long() throws {
        let log = RunLog()
        var record = Self.access(1)
        record.run = RunRecord(fd: 7, vcpu: 0, begin: 5, end: 300_000_000_005, result: 0, thread: 100)
        log.didAccess(record)
        let debug = KVM.DebugExit(exception: 1, pc: 0x100003, dr6: 0x4000, dr7: 0x400)
        log.didExit(
            ExitRecord(
                vcpu: 0, thread: 100, exit: .debug(debug), handling: ExitHandling(of: .debug(debug), on: Bus())))
        let entries = Self.taken(log)
        guard entries.count == 2, case .rareExit(let rare, let run) = entries[0], case .exit(let exit) = entries[1]
        else {
            Issue.record("\(entries)")
            return
        }
        #expect(run == record.run && rare.handling.console.elementsEqual([1]))
        #expect(exit.address == 0x100003 && exit.data == 0x4000 && exit.dr7 == 0x400 && exit.exception == 1)
        #expect(exit.run == nil && exit.device == nil)
    }

    @Test("each vCPU's exit finds its own KVM_RUN")
    func severalVCPUs() {
        let log = RunLog()
        for vcpu in 0..<80 { log.didRun(Self.run(UInt64(vcpu), vcpu: vcpu)) }
        for vcpu in (0..<80).reversed() { log.didAccess(Self.access(0, vcpu: vcpu)) }
        var pairs: [Int: UInt64] = [:]
        var alone: Set<Int> = []
        for entry in Self.taken(log) {
            if case .exit(let exit) = entry, exit.run != nil { pairs[Int(exit.vcpu)] = exit.begin }
            if case .ran(let run) = entry { alone.insert(run.vcpu) }
        }
        // Beyond the number for which a KVM_RUN is kept, it stands before its exit by itself.
        #expect(Set(pairs.keys).union(alone) == Set(0..<80) && alone.isDisjoint(with: pairs.keys))
        #expect(pairs.allSatisfy { $0.value == UInt64($0.key) * 10 })
    }

    @Test("registers lie beside their exits, and an exit with more to say keeps it all")
    func registers() throws {
        let log = RunLog()
        var registers = Registers()
        registers.rax = 5
        log.didAccess(Self.access(1))
        log.didAccess(Self.access(2), registers: registers)
        let error = InternalErrorExit(suberror: 1, data: [3, 4], instruction: [0x0F])
        log.didExit(
            ExitRecord(
                vcpu: 0, thread: 100, exit: .internalError(error),
                handling: ExitHandling(of: GuestAccess(.port, at: 0, isWrite: true, size: 1), DeviceAnswer()),
                registers: registers))
        var batch = RunLog.Batch()
        log.take(into: &batch)
        guard batch.entries.count == 3, case .exit(let first) = batch.entries[0],
            case .exit(let second) = batch.entries[1], case .rareExit(let third, nil) = batch.entries[2]
        else {
            Issue.record("\(batch.entries)")
            return
        }
        #expect(first.registers == -1)
        #expect(batch.registers[Int(second.registers)].rax == 5)
        #expect(third.exit == .internalError(error) && third.registers?.rax == 5)
    }

    private func stopped(_ vcpu: Int) -> VCPUStop { VCPUStop(vcpu: vcpu, cause: .exit, cameWithExit: true) }
}
