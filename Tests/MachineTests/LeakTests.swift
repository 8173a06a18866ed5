import Glibc
import KVM
import TestSupport
import Testing

@testable import Machine

extension Live {
    @Suite("What a machine holds, and gives back") struct LeakTests {
        @Test(
            "closing gives back every descriptor, mapping and thread, whatever the vCPUs do",
            arguments: ["hlt", "1: jmp 1b", "1: out %al, $0x80; jmp 1b"])
        func closing(text: String) throws {
            let image = try assembled(text)
            // An odd size, so that no other mapping of this process looks like the guest's memory.
            let size = (16 << 20) + 37 * 4096
            let watcher = Watcher()
            let machine = try Machine(
                MachineConfiguration(image: image, vcpus: 3, memorySize: size),
                door: IoctlDoor(observer: watcher, level: .record),
                observer: watcher)
            let threads = watcher.all.threads.map(\.id)
            #expect(watcher.openDescriptors.count == 5 && watcher.mappings == 3 && threads.count == 3)
            for (index, id) in threads.enumerated() {
                #expect(Holdings.text("/proc/self/task/\(id)/comm") == "CPU \(index)/KVM\n")
            }
            for index in 0..<3 { machine.run(index, RunOrder(.free, detail: .nothing)) }
            machine.close()
            #expect(watcher.mappings == 0 && watcher.runningThreads == 0)
            // The kernel wakes who joins a thread a little before it takes the thread's entry away.
            for id in threads { while access("/proc/self/task/\(id)", F_OK) == 0 { sched_yield() } }
            // A machine that is closed answers, and does not wait for threads that are gone.
            #expect(throws: MachineError.self) { try machine.registers(of: 0) }
            machine.run(0, RunOrder(.free))
            machine.pause(0)
            machine.close()
        }

        @Test("a machine that nobody holds any more is gone")
        func dropping() throws {
            let image = try assembled("1: jmp 1b")
            let watcher = Watcher()
            let start: UInt64
            do {
                let machine = try Machine(
                    MachineConfiguration(image: image, vcpus: 2, memorySize: (16 << 20) + 41 * 4096),
                    door: IoctlDoor(observer: watcher, level: .record), observer: watcher)
                start = machine.memory.hostAddress
                machine.run(1, RunOrder(.free))
            }
            #expect(watcher.openDescriptors == [] && watcher.mappings == 0 && watcher.runningThreads == 0)
            let range = String(start, radix: 16) + "-" + String(start + (16 << 20) + 41 * 4096, radix: 16) + " "
            #expect(!Holdings.text("/proc/self/maps").contains(range))
        }

        @Test("fifty machines later the kernel counts no more than before")
        func counting() throws {
            let image = try assembled("1: jmp 1b")
            let before = Holdings.count()
            for round in 0..<50 {
                let live = try LiveMachine(image, vcpus: 2)
                if round % 2 == 0 { live.machine.run(0, RunOrder(.free)) }
            }
            let after = Holdings.count()
            // Other suites of this process hold a few machines at any time; fifty that leak would be a hundred more.
            #expect(after.descriptors - before.descriptors < 50)
            #expect(after.threads - before.threads < 50)
            #expect(after.mappings - before.mappings < 50)
        }

        @Test("each call of the building, refused in turn, is a typed error that says so, and leaves nothing behind")
        func refusals() throws {
            let image = try assembled("hlt")
            let whole = Watcher()
            let configuration = MachineConfiguration(image: image, vcpus: 2, tracking: .dirtyLog)
            try Machine(configuration, door: IoctlDoor(observer: whole, level: .record), observer: whole).close()
            let sequence: [DoorFault.Target] = whole.all.calls.compactMap { record in
                switch record.call.operation {
                case .open: .open
                case .map: .map
                case .ioctl(let request, _): .ioctl(request)
                case .close, .unmap: nil
                }
            }
            // open, version, run page size, two capabilities, CPUID, VM, TSS, memory, and six calls a vCPU.
            #expect(sequence.count == 21)
            for (index, target) in sequence.enumerated() {
                let watcher = Watcher()
                let door = IoctlDoor(observer: watcher, level: .record)
                let skip = sequence[..<index].count { $0 == target }
                door.inject(DoorFault(target, errno: .outOfMemory, skip: skip, count: 1))
                do throws(MachineError) {
                    _ = try Machine(configuration, door: door, observer: watcher)
                    Issue.record("call \(index), \(target), was refused, and the machine was built")
                } catch {
                    guard case .kvm(let refusal) = error else {
                        Issue.record("\(target): \(error)")
                        continue
                    }
                    #expect(refusal.errno == .outOfMemory)
                    #expect(
                        error.description.contains(refusal.call) && error.description.contains(" on ")
                            && error.description.contains("ENOMEM"))
                }
                #expect(watcher.openDescriptors == [], "after call \(index), \(target)")
                #expect(watcher.mappings == 0 && watcher.runningThreads == 0, "after call \(index), \(target)")
            }
        }

        @Test("the answers of another KVM are refused in words")
        func strangeKVM() throws {
            let image = try assembled("hlt")
            func refusal(_ configuration: MachineConfiguration) -> MachineError? {
                do throws(MachineError) {
                    try Machine(configuration, door: IoctlDoor(), observer: nil).close()
                    return nil
                } catch {
                    return error
                }
            }
            #expect(
                refusal(MachineConfiguration(image: image, vcpus: 1, devicePath: "/nonexistent/kvm"))?.description
                    .contains("/nonexistent/kvm") == true)
            #expect(
                refusal(MachineConfiguration(image: image, devicePath: "/dev/null"))?.description.contains("ENOTTY")
                    == true)
            #expect(refusal(MachineConfiguration(image: image, vcpus: 0))?.description.contains("at least one") == true)
            #expect(refusal(MachineConfiguration(image: image, vcpus: -5)) != nil)
            #expect(refusal(MachineConfiguration(image: image, vcpus: 5000))?.description.contains("at most") == true)
        }

        @Test("an absurd size of memory is refused at once, as memory", arguments: [1 << 52, Int.max, 1 << 47, 0, -1])
        func absurdMemory(size: Int) throws {
            let image = try assembled("hlt")
            do throws(MachineError) {
                _ = try Machine(MachineConfiguration(image: image, memorySize: size), door: IoctlDoor(), observer: nil)
                Issue.record("it was given")
            } catch {
                guard case .memory = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(error.description.contains("--memory"))
            }
        }

        @Test("the thread that builds a machine ends with the building")
        func builder() throws {
            let watcher = Watcher()
            let result = Mailbox<Result<Machine, MachineError>>()
            let build = try Machine.buildInBackground(
                MachineConfiguration(image: try assembled("hlt"), vcpus: 2),
                door: IoctlDoor(observer: watcher, level: .record),
                observer: watcher
            ) { result.put($0) }
            let machine = try result.take().get()
            build.join()
            #expect(watcher.runningThreads == 2)
            let builder = try #require(watcher.all.threads.first)
            #expect(builder.name == "VM builder" && builder.vcpu == nil)
            // A thread can be joined a moment before the kernel has taken it out of procfs.
            var looks = 0
            while access("/proc/self/task/\(builder.id)", F_OK) == 0, looks < 1000 {
                usleep(1000)
                looks += 1
            }
            #expect(access("/proc/self/task/\(builder.id)", F_OK) != 0)
            machine.close()
            #expect(watcher.runningThreads == 0)
        }

        @Test("a vCPU number that exists is refused with EEXIST, and another is given and given back")
        func oneMoreVCPU() throws {
            let live = try LiveMachine(assembled("hlt"), vcpus: 2)
            let before = live.watcher.openDescriptors
            do throws(MachineError) {
                try live.machine.tryCreateVCPU(1)
                Issue.record("it was given twice")
            } catch {
                #expect(error.description.contains("KVM_CREATE_VCPU") && error.description.contains("EEXIST"))
            }
            try live.machine.tryCreateVCPU(7)
            #expect(throws: MachineError.self) { try live.machine.tryCreateVCPU(-1) }
            #expect(live.watcher.openDescriptors == before)
        }
    }
}
