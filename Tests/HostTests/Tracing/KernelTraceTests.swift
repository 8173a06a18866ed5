import Glibc
import Synchronization
import Testing
import Timeline

@testable import Host

/// What keeps these tests from being run, in one line; nil where nothing does.
private let hindrance: String? = {
    guard TinyGuest.isPossible else { return "no /dev/kvm" }
    let level = TracingLevel.read(hasStatistics: false)
    return level.kind == .tracepoints ? nil : level.reason
}()

@Suite(.enabled(if: hindrance == nil, "\(hindrance ?? "")")) struct KernelTraceTests {
    private func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    @Test func aGuestsRunIsSeenFromInside() throws {
        let guest = try #require(TinyGuest())
        let trace = try KernelTrace()
        try trace.follow([currentThread()])
        let before = now()
        #expect(guest.run() == TinyGuest.exits)
        let records = trace.drain()
        let after = now()
        let exits = records.filter { $0.name == "kvm_userspace_exit" }
        #expect(exits.map { $0["reason"] } == TinyGuest.exits.map { UInt64($0) })
        #expect(
            exits.flatMap(\.fields).filter { $0.name == "reason" }.map(\.value) == [
                "KVM_EXIT_IO", "KVM_EXIT_MMIO", "KVM_EXIT_HLT",
            ])
        let port = try #require(records.first { $0.name == "kvm_pio" })
        #expect(port["port"] == 0x3F8 && port["rw"] == 1 && port["val"] == 0x41)
        #expect(port.event(vcpu: 2).fields.contains(IoctlField(name: "rw", value: "1", note: "write")))
        let leaf = try #require(records.first { $0.name == "kvm_cpuid" })
        #expect(leaf["function"] == 0)
        let access = try #require(records.last { $0.name == "kvm_mmio" && $0["type"] == 2 })
        #expect(access["gpa"] == 0xF1234 && access["val"] == 0x5A)
        #expect(
            records.allSatisfy { $0.thread == currentThread() && before <= $0.nanoseconds && $0.nanoseconds <= after })
        #expect(zip(records, records.dropFirst()).allSatisfy { $0.nanoseconds <= $1.nanoseconds })
        #expect(trace.fired["kvm_userspace_exit"] == 3)
        #expect(trace.lost == 0)
        #expect(trace.drain().isEmpty)
    }

    @Test func onlyThreadsThatAreFollowedAreSeen() throws {
        let trace = try KernelTrace()
        let guest = try #require(TinyGuest())
        _ = guest.run()
        #expect(trace.drain().isEmpty)
        let mine = currentThread()
        try trace.follow([mine])
        let strangers = Mutex<[UInt32]>([])
        onNewThread { strangers.withLock { $0 = TinyGuest()?.run() ?? [] } }
        #expect(strangers.withLock { $0 } == TinyGuest.exits)
        #expect(trace.drain().isEmpty)
        // A thread that comes later is followed beside the first, and let go again.
        let ready = Mutex<Int32>(0)
        nonisolated(unsafe) let shared = trace  // This thread waits meanwhile.
        onNewThread {
            ready.withLock { $0 = currentThread() }
            try? shared.follow([mine, currentThread()])
            _ = TinyGuest()?.run()
        }
        _ = guest.run()
        let other = ready.withLock { $0 }
        #expect(Set(trace.drain().map(\.thread)) == [mine, other])
        try trace.follow([])
        _ = guest.run()
        #expect(trace.drain().isEmpty)
    }

    @Test func tracingIsSwitchedOffAndOnWhileRunning() throws {
        let guest = try #require(TinyGuest())
        let trace = try KernelTrace()
        try trace.follow([currentThread()])
        _ = guest.run()
        try trace.setOn(false)
        _ = guest.run()
        #expect(trace.drain().filter { $0.name == "kvm_userspace_exit" }.count == 3)
        try trace.setOn(true)
        _ = guest.run()
        #expect(trace.drain().filter { $0.name == "kvm_userspace_exit" }.count == 3)
    }

    @Test func whatDoesNotFitIsCountedAsLost() throws {
        let guest = try #require(TinyGuest())
        let trace = try KernelTrace(events: [KernelTracepoint("kvm", "kvm_userspace_exit")], bufferSize: 8192)
        try trace.follow([currentThread()])
        let runs = 1000
        for _ in 0..<runs { _ = guest.run() }
        let records = trace.drain()
        #expect(!records.isEmpty && records.count < 3 * runs)
        #expect(trace.lost > 0)
        #expect(UInt64(records.count) + trace.lost <= UInt64(3 * runs))
        #expect(records.contains { $0.lostBefore > 0 })
    }

    @Test func anEventThatThisKernelLacksIsNamed() throws {
        let nowhere = KernelTracepoint("kvm", "kvm_nowhere")
        let trace = try KernelTrace(events: [nowhere, KernelTracepoint("kvm", "kvm_pio")])
        #expect(trace.missing == [nowhere])
        #expect(throws: KernelTraceFailure.self) { try KernelTrace(events: [nowhere]) }
    }

    @Test func theInstanceIsThereWhileItsOwnerIs() throws {
        var trace: KernelTrace? = try KernelTrace()
        let directory = try #require(trace?.directory)
        #expect(directory.contains("/instances/kvmscope-\(getpid())"))
        #expect(exists(directory))
        trace = nil
        #expect(!exists(directory))
        let closed = try KernelTrace()
        closed.close()
        #expect(!exists(closed.directory))
        closed.close()
        #expect(closed.drain().isEmpty)
        try closed.follow([1])
        try closed.setOn(false)
    }

    @Test func whatADeadProcessLeftIsRemoved() throws {
        var child: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
        defer { free(arguments[0]) }
        try #require(posix_spawn(&child, "/bin/true", nil, nil, &arguments, nil) == 0)
        var status: Int32 = 0
        waitpid(child, &status, 0)
        let mount = try TracingLevel.tracefs(HostSurvey(files: RootedFiles(), device: "/dev/kvm").tracing())
        let stale = "kvmscope-\(child)"
        let living = "kvmscope-\(getppid())-99"
        try #require(mkdir("\(mount)/instances/\(stale)", 0o755) == 0)
        try #require(mkdir("\(mount)/instances/\(living)", 0o755) == 0)
        defer { for name in [stale, living] { rmdir("\(mount)/instances/\(name)") } }
        _ = try KernelTrace()
        // Another test's trace may have been the one that found it.
        #expect(!exists("\(mount)/instances/\(stale)"))
        #expect(exists("\(mount)/instances/\(living)"))
    }
}
