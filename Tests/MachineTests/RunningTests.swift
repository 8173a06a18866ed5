import KVM
import TestSupport
import Testing

@testable import Machine

extension Live {
    @Suite("Running guests") struct RunningTests {
        @Test("exits come one by one, each with the registers as they are there")
        func exits() throws {
            let live = try LiveMachine(
                assembled("mov $1, %ebx; out %al, $0x80; mov $2, %ebx; out %al, $0x80; mov $3, %ebx; hlt"))
            for number in 1...2 {
                let stop = live.run(.exits(1))
                #expect(stop.cause == .exit && stop.registers?.rbx == UInt64(number))
                #expect(live.watcher.exits.count == number)
            }
            #expect(live.run(.exits(1)).cause == .halted)
            #expect(live.watcher.exits.last?.exit == .hlt)
            #expect(live.watcher.exits.map { $0.registers?.rbx } == [1, 2, 3])
        }

        @Test("several exits are one order")
        func severalExits() throws {
            let live = try LiveMachine(assembled("1: out %al, $0x80; jmp 1b"))
            #expect(live.run(.exits(25)).cause == .exit)
            #expect(live.watcher.exits.count == 25)
        }

        @Test("a limit holds for all vCPUs together, to the exit")
        func limit() throws {
            let live = try LiveMachine(assembled("1: out %al, $0x80; jmp 1b"), vcpus: 2)
            for index in 0..<2 { live.machine.run(index, RunOrder(.free, maximumExits: 101)) }
            for _ in 0..<2 { #expect(live.watcher.stop().cause == .limit) }
            #expect(live.watcher.exits.count == 101)
        }

        @Test("a single step ends behind its instruction, an access in it or not")
        func stepping() throws {
            let text = """
                s0: mov $5, %ebx
                s1: out %al, $0x80
                s2: in $0x3d, %al
                s3: mov $0xd0000000, %r8d
                s4: mov (%r8), %ecx
                s5: mov %ecx, 8(%r8)
                s6: hlt
                """
            let image = try assembled(text)
            let live = try LiveMachine(image)
            func address(_ name: String) -> UInt64? { image.symbols.first { $0.name == name }?.address }
            for index in 1...6 {
                let stop = live.run(.instructions(1))
                #expect(stop.cause == .instruction, "step \(index)")
                #expect(stop.registers?.rip == address("s\(index)"), "step \(index)")
            }
            #expect(live.run(.instructions(1)).cause == .halted)
            // The halt is an exit of its own, or the debug exit takes its place: hosts differ.
            let kinds = live.watcher.exits.map(\.exit.name).filter { $0 != "debug" && $0 != "hlt" }
            #expect(kinds == ["io", "io", "mmio", "mmio"])
        }

        @Test(
            "a step that halts is a halt on every host, and other instructions of one byte are none",
            arguments: StartMode.allCases)
        func steppingOntoHalt(mode: StartMode) throws {
            let live = try LiveMachine(assembled("nop; nop; hlt; nop; hlt", mode))
            #expect(live.run(.instructions(2)).cause == .instruction)
            #expect(live.run(.instructions(1)).cause == .halted)
            #expect(live.run(.instructions(100)).cause == .halted)
            let start = try live.machine.registers(of: 0).0.rip
            #expect(start == mode.loadAddress + 5)
        }

        @Test("after a step over an access the guest has what the device said")
        func steppingTakesTheAnswer() throws {
            let live = try LiveMachine(assembled("in $0x3d, %al; mov $0xd0000000, %r8d; mov (%r8), %ecx; hlt"))
            #expect(live.run(.instructions(1)).registers?.rax == 0xFF)
            #expect(live.run(.instructions(1)).cause == .instruction)
            #expect(live.run(.instructions(1)).registers?.rcx == 0x4B56_4D53)
        }

        @Test("many steps are one order, and free running after them steps no more")
        func manySteps() throws {
            let live = try LiveMachine(assembled("1: inc %ebx; jmp 1b"))
            let stop = live.run(.instructions(200))
            #expect(stop.cause == .instruction && stop.registers?.rbx == 100)
            live.machine.run(0, RunOrder(.free))
            live.machine.pause(0)
            #expect(live.watcher.stop().cause == .kicked)
            #expect(live.watcher.exits.last?.exit == .intr)
        }

        @Test("two vCPUs run at once: each waits for the other")
        func together() throws {
            let text = """
                mov $0x8000, %ebx
                lock incl (%rbx)
                1: pause
                cmpl $2, (%rbx)
                jne 1b
                hlt
                """
            let live = try LiveMachine(assembled(text), vcpus: 2)
            for index in 0..<2 { live.machine.run(index, RunOrder(.free)) }
            #expect(Set([live.watcher.stop(), live.watcher.stop()].map(\.vcpu)) == [0, 1])
            #expect(live.machine.memory.word(at: 0x8000, size: 4) == 2)
        }

        @Test("one vCPU steps while the other stands")
        func apart() throws {
            let live = try LiveMachine(assembled("inc %ebx; inc %ebx; hlt"), vcpus: 2)
            #expect(live.run(.instructions(2), vcpu: 1).registers?.rbx == 2)
            #expect(try live.machine.registers(of: 0).0.rbx == 0)
            #expect(try live.machine.registers(of: 0).0.rip == 0x10_0000)
            #expect(live.run(.free, vcpu: 0).cause == .halted)
            #expect(try live.machine.registers(of: 1).0.rip == live.machine.configuration.image.entry + 4)
        }

        @Test("an endless loop is got back by a kick, which shows as the signal that it is")
        func pausing() throws {
            let live = try LiveMachine(assembled("1: jmp 1b"))
            for round in 0..<300 {
                live.machine.run(0, RunOrder(.free))
                // Early and late kicks: before the order is taken, before KVM_RUN, inside it.
                for _ in 0..<(round % 50) * 200 where live.watcher.all.runs < 0 { break }
                live.machine.pause(0)
                #expect(live.watcher.stop().cause == .kicked)
            }
            let exits = live.watcher.exits
            #expect(exits.count >= 300 && exits.allSatisfy { $0.exit == .intr })
        }

        @Test("a kick is not lost while KVM finishes accesses, steps, or steps off a breakpoint")
        func pausingSteps() throws {
            let live = try LiveMachine(assembled("1: out %al, $0x80; jmp 1b"))
            for _ in 0..<100 {
                live.machine.run(0, RunOrder(.instructions(1_000_000_000), detail: .nothing))
                live.machine.pause(0)
                #expect(live.watcher.stop().cause == .kicked)
            }
            let loop = try LiveMachine(assembled("1: jmp 1b; nop; nop"))
            for _ in 0..<100 {
                loop.machine.run(0, RunOrder(.free, detail: .nothing, breakpoints: [0x10_0000, 0x10_0002]))
                loop.machine.pause(0)
                let cause = loop.watcher.stop().cause
                #expect(cause == .kicked || cause == .breakpoint(0x10_0000))
            }
        }

        @Test("a kick that comes too late does not hit the next order")
        func lateKick() throws {
            let live = try LiveMachine(assembled("1: out %al, $0x80; jmp 1b"))
            for round in 0..<100 {
                #expect(live.run(.exits(1)).cause == .exit, "round \(round)")
                live.machine.pause(0)
            }
            #expect(live.watcher.exits.count { $0.exit != .intr } == 100)
        }

        @Test("hardware breakpoints stop before their instruction, and are left behind when the run goes on")
        func breakpoints() throws {
            let image = try assembled("here: inc %ebx; out %al, $0x80; there: inc %ecx; jmp here")
            let there = try #require(image.symbols.first { $0.name == "there" }?.address)
            let live = try LiveMachine(image)
            for round in 1...3 {
                let stop = live.run(.free, breakpoints: [there])
                #expect(stop.cause == .breakpoint(there))
                #expect(stop.registers?.rip == there && stop.registers?.rcx == UInt64(round - 1))
            }
            // From a breakpoint that stands on an access, the next exit is that access.
            let out = try LiveMachine(assembled("out %al, $0x80; out %al, $0x81; hlt"))
            #expect(out.run(.exits(1), breakpoints: [0x10_0000]).cause == .exit)
            #expect(out.written(to: 0x80) == [0] && out.written(to: 0x81) == [])
        }

        @Test("registers set while an access is open stay as they were set")
        func settingAtAnOpenAccess() throws {
            let live = try LiveMachine(assembled("in $0x3d, %al; out %al, $0x80; hlt"))
            #expect(live.run(.exits(1)).cause == .exit)
            try live.machine.finishAccess(of: 0)
            var (registers, _) = try live.machine.registers(of: 0)
            #expect(registers.rax == 0xFF && registers.rip == 0x10_0002)
            registers.rax = 0x42
            try live.machine.setRegisters(of: 0, to: registers)
            #expect(live.run(.free).cause == .halted)
            #expect(live.written(to: 0x80) == [0x42])
        }

        @Test("nobody's ports and addresses read all ones, and swallow what is written")
        func nobody() throws {
            let text = """
                in $0x99, %eax
                out %eax, $0x80
                mov $0xe0000000, %r8d
                movl $1, (%r8)
                mov (%r8), %eax
                out %eax, $0x80
                hlt
                """
            let live = try LiveMachine(assembled(text))
            #expect(live.run(.free).cause == .halted)
            #expect(live.written(to: 0x80) == [0xFFFF_FFFF, 0xFFFF_FFFF])
            #expect(live.watcher.exits.filter { $0.handling.device == nil && $0.exit != .hlt }.count == 5)
        }

        @Test("string I/O moves every byte, both ways")
        func strings() throws {
            let text = """
                mov $0x3f8, %dx
                lea text(%rip), %rsi
                mov $5, %ecx
                cld
                rep outsb
                mov $0x99, %dx
                mov $0x8000, %edi
                mov $4, %ecx
                rep insw
                hlt
                text: .ascii "hello"
                """
            let live = try LiveMachine(assembled(text))
            #expect(live.run(.free).cause == .halted)
            #expect(live.watcher.exits.flatMap { Array($0.handling.console) } == Array("hello".utf8))
            #expect(live.machine.memory.word(at: 0x8000, size: 8) == .max)
            #expect(live.machine.memory.word(at: 0x8008, size: 8) == 0)
        }

        @Test("a triple fault is a shutdown, and no end of the program")
        func tripleFault() throws {
            let live = try LiveMachine(assembled("lea null(%rip), %rax; lidt (%rax); ud2; null: .quad 0, 0"))
            #expect(live.run(.free).cause == .failed(.shutdown))
        }

        @Test(
            "a jump into nothing comes back as a failure with a name",
            arguments: ["$0xe0000000", "$0x123456789a", "$-16"])
        func jumpIntoNothing(target: String) throws {
            let live = try LiveMachine(
                assembled("lea null(%rip), %rax; lidt (%rax); mov \(target), %rax; jmp *%rax; null: .quad 0, 0"))
            guard case .failed(let exit) = live.run(.exits(100)).cause else {
                Issue.record("it ran on")
                return
            }
            #expect(["shutdown", "internal-error", "fail-entry"].contains(exit.name), "\(exit)")
        }

        @Test(
            "an instruction that KVM cannot emulate is an internal error with its bytes, and can be left out",
            .enabled(if: LiveHost.isEmulating, "only a KVM that emulates CPL 0 refuses int3"))
        func internalError() throws {
            let live = try LiveMachine(assembled("int3; mov $7, %al; out %al, $0xf4"))
            let stop = live.run(.free)
            guard case .failed(.internalError(let error)) = stop.cause else {
                Issue.record("int3 gave \(stop.cause)")
                return
            }
            #expect(error.suberror == 1 && error.instruction?.first == 0xCC)
            #expect(stop.registers?.rip == 0x10_0000)
            var (registers, _) = try live.machine.registers(of: 0)
            registers.rip += 1
            try live.machine.setRegisters(of: 0, to: registers)
            #expect(live.run(.free).cause == .guestExit(code: 7))
        }

        @Test("the frames that changed are those that were written, by the guest and by us")
        func changedFrames() throws {
            let live = try LiveMachine(assembled("movb $1, 0x9000; movb $1, 0x200000; hlt"), logsDirtyPages: true)
            let first = try live.machine.takeChangedFrames()
            #expect(
                first.contains(0x100) && first.contains(1) && first == first.sorted() && Set(first).count == first.count
            )
            #expect(live.run(.free).cause == .halted)
            try live.machine.memory.write([1], at: 0x30_0000)
            let second = try live.machine.takeChangedFrames()
            #expect(Set(second).isSuperset(of: [0x9, 0x200, 0x300]))
            #expect(!second.contains(0x400))
            #expect(try live.machine.takeChangedFrames() == [])
        }

        @Test("KVM_RUN that answers EAGAIN is run again, and a kick ends it all the same")
        func again() throws {
            let live = try LiveMachine(assembled("mov $3, %al; out %al, $0xf4"))
            let run: UInt = 0xAE80
            live.door.inject(DoorFault(.ioctl(run), errno: .again, count: 5))
            #expect(live.run(.free).cause == .guestExit(code: 3))
            live.door.removeFaults()
            live.door.inject(DoorFault(.ioctl(run), errno: .again))
            live.machine.run(0, RunOrder(.free))
            live.machine.pause(0)
            #expect(live.watcher.stop().cause == .kicked)
            live.door.removeFaults()
        }

        @Test(
            "a refused KVM_RUN says which call, on what, why and what can be done",
            arguments: [Errno.fault, .invalid, .notPermitted])
        func refusedRun(errno: Errno) throws {
            let live = try LiveMachine(assembled("hlt"))
            live.door.inject(DoorFault(.ioctl(0xAE80), errno: errno, count: 1))
            let stop = live.run(.free)
            guard case .refused(let text, let number) = stop.cause else {
                Issue.record("\(stop.cause)")
                return
            }
            #expect(number == errno.rawValue)
            #expect(
                text.contains("KVM_RUN") && text.contains("vCPU 0") && text.contains(errno.name)
                    && text.contains("reset"))
            // The registers are asked for, since no KVM_RUN left them in the run page.
            #expect(stop.registers?.rip == 0x10_0000 && !stop.cameWithExit)
            #expect(live.run(.free).cause == .halted)
        }
    }
}
