import Glibc
import Synchronization
import Testing
import Timeline

@testable import Host

/// A thread with a name that lives until it is released.
private final class NamedThread: Sendable {
    /// Written once by the thread before `started` is posted.
    let id = Atomic<Int32>(0)
    private let name: String
    private let started: SendableSemaphore
    private let released: SendableSemaphore
    private let thread = Atomic<UInt>(0)

    init(_ name: String) {
        self.name = name
        started = SendableSemaphore()
        released = SendableSemaphore()
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let me = Unmanaged<NamedThread>.fromOpaque(argument).takeRetainedValue()
                nameOwnThread(me.name)
                me.id.store(ownThreadID(), ordering: .sequentiallyConsistent)
                me.started.post()
                me.released.wait()
                return nil
            }, argument)
        self.thread.store(UInt(thread), ordering: .sequentiallyConsistent)
        started.wait()
    }

    func end() {
        released.post()
        pthread_join(pthread_t(thread.load(ordering: .sequentiallyConsistent)), nil)
    }
}

/// `@unchecked`: a POSIX semaphore may be used from any thread; it lives as long as its owner.
private final class SendableSemaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    init() { sem_init(semaphore, 0, 0) }
    func post() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 {} }
    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }
}

/// Through procfs, since Swift does not see pthread_setname_np.
private func nameOwnThread(_ name: String) {
    guard let file = fopen("/proc/thread-self/comm", "w") else { return }
    fputs(name, file)
    fclose(file)
}

/// The kernel's number of this thread, from the link /proc/thread-self -> <pid>/task/<tid>.
private func ownThreadID() -> Int32 {
    var buffer = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/thread-self", &buffer, 63)
    let text = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.split(separator: "/").last.flatMap { Int32($0) } ?? -1
}

@Suite struct ThreadTableTests {
    private func parse(_ text: String) -> HostThread? {
        Array(text.utf8).withUnsafeBytes { ThreadTable.parse(stat: $0, role: .other) }
    }

    private func switches(_ text: String) -> (voluntary: UInt64, involuntary: UInt64) {
        Array(text.utf8).withUnsafeBytes { ThreadTable.switches(status: $0) }
    }

    /// Fields 3 to 52 of a stat line, each its own number, so that a wrong field shows.
    private static let fields = "S " + (4...52).map { String($0) }.joined(separator: " ") + "\n"

    @Test func aThreadHasItsNameItsRoleAndItsPlace() throws {
        let thread = NamedThread("CPU 1/KVM")
        let id = thread.id.load(ordering: .sequentiallyConsistent)
        let table = ThreadTable.read(roles: [id: .vcpu(1)])
        let found = try #require(table.first { $0.id == id })
        #expect(found.name == "CPU 1/KVM")
        #expect(found.role == .vcpu(1))
        #expect("RSD".contains(found.state))
        #expect(found.lastCPU >= 0 && found.lastCPU < sysconf(Int32(_SC_NPROCESSORS_CONF)))
        #expect(ThreadTable.read().first { $0.id == id }?.role == .other)
        thread.end()
        #expect(!ThreadTable.read().contains { $0.id == id && $0.name == "CPU 1/KVM" && $0.state == "S" })
    }

    @Test func theMainThreadComesFirst() {
        let table = ThreadTable.read()
        #expect(table.first?.id == getpid())
        #expect(table.first?.role == .main)
        #expect(table.filter { $0.role == .main }.count == 1)
    }

    @Test(.timeLimit(.minutes(1))) func waitingIsAVoluntarySwitch() throws {
        let thread = NamedThread("waits")
        let id = thread.id.load(ordering: .sequentiallyConsistent)
        defer { thread.end() }
        // It waits for its release. Yield until it has got there.
        while ThreadTable.read().first(where: { $0.id == id })?.state != "S" { sched_yield() }
        let found = try #require(ThreadTable.read().first { $0.id == id })
        #expect(found.voluntarySwitches > 0)
    }

    @Test(arguments: [
        "a b", "((", "))", ") R 1 2 3", "(x) S (", "a\nb", "", "CPU 0/KVM", ") Z 0 0 0 0 0",
    ])
    func aHostileNameDoesNotMoveTheFields(name: String) throws {
        let thread = try #require(parse("77 (\(name)) " + Self.fields))
        #expect(thread.id == 77)
        #expect(thread.name == name)
        #expect(thread.state == "S")
        #expect(thread.userTime == 14 * tick)
        #expect(thread.systemTime == 15 * tick)
        #expect(thread.lastCPU == 39)
        #expect(thread.guestTime == 43 * tick)
    }

    private var tick: UInt64 { 1_000_000_000 / UInt64(sysconf(Int32(_SC_CLK_TCK))) }

    @Test(arguments: ["", "7", "7 (", "7 (x", "7 )x(", "7 (x)", "7 (x) ", "99999999999 (x) S 1"])
    func whatIsNoStatLineIsNoThread(text: String) {
        #expect(parse(text) == nil)
    }

    @Test func aNegativeFieldAndAShortLineAreBorne() throws {
        let thread = try #require(parse("5 (x) R -1 2 -3"))
        #expect(thread.state == "R")
        #expect(thread.userTime == 0)
    }

    @Test func switchesAreReadByTheirLabels() {
        let text =
            "Name:\tx\\nvoluntary_ctxt_switches:\t5\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n"
        #expect(switches(text) == (12, 3))
        #expect(switches(text + "x86_Thread_features:\t\n") == (12, 3))
        #expect(switches("") == (0, 0))
        #expect(switches("Name:\tx\nvoluntary_ctxt_switches:") == (0, 0))
    }

    @Test func aThreadThatVanishesMidwayIsLeftOut() {
        let tree = TemporaryTree()
        tree.write("10/stat", "10 (main) " + Self.fields)
        tree.write("10/status", "Name:\tmain\nvoluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t2\n")
        tree.makeDirectory("11")
        tree.write("12/stat", "12 (half) " + Self.fields)
        let table = ThreadTable.read(directory: tree.path, process: 10, roles: [:])
        #expect(table.map(\.id) == [10])
        #expect(table.first?.role == .main)
        #expect(table.first?.voluntarySwitches == 1)
        #expect(table.first?.involuntarySwitches == 2)
    }

    @Test func aStatusLargerThanTheBufferIsReadToItsEnd() {
        let tree = TemporaryTree()
        let groups = String(repeating: "65534 ", count: ThreadTable.bufferSize)
        tree.write("10/stat", "10 (main) " + Self.fields)
        tree.write(
            "10/status",
            "Name:\tmain\nGroups:\t\(groups)\nvoluntary_ctxt_switches:\t41\nnonvoluntary_ctxt_switches:\t42\n")
        let thread = ThreadTable.read(directory: tree.path, process: 10, roles: [:]).first
        #expect(thread?.voluntarySwitches == 41)
        #expect(thread?.involuntarySwitches == 42)
    }
}
