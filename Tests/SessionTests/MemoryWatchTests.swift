import Command
import Machine
import Testing
import Timeline

@testable import Session

@Suite("Page faults of our making") struct DisturbedPagesTests {
    private func cause(
        _ pages: inout DisturbedPages, _ frame: UInt64, isWrite: Bool = true, isLogged: Bool = true
    ) -> DisturbedPages.Cause? {
        // The exit is asked about first, and then its fault.
        let exit = pages.cause(ofFaultAt: frame, isWrite: isWrite, isLogged: isLogged, isLast: false)
        let fault = pages.cause(ofFaultAt: frame, isWrite: isWrite, isLogged: isLogged, isLast: true)
        #expect(exit == fault)
        return fault
    }

    @Test("the first write to a page that the dirty log named is ours, and the next fault there is not")
    func logged() {
        var pages = DisturbedPages()
        pages.protect([5])
        #expect(cause(&pages, 5, isWrite: false, isLogged: false) == nil)
        #expect(cause(&pages, 5, isLogged: false) == .dirtyLog)
        #expect(cause(&pages, 5, isLogged: false) == nil)
        #expect(cause(&pages, 6, isLogged: false) == nil)
    }

    @Test("while the log is on, the second page of a unit of 2 MiB may be ours, once")
    func small() {
        var pages = DisturbedPages()
        #expect(cause(&pages, 0x200) == nil)
        #expect(cause(&pages, 0x201) == .smallPages)
        #expect(cause(&pages, 0x201) == nil)
        #expect(cause(&pages, 0x400) == nil)
    }

    @Test("where KVM was made to forget, each entry that it had is found anew once")
    func forgotten() {
        var pages = DisturbedPages()
        pages.forget([0x200..<0x400, 1..<2])
        #expect(cause(&pages, 0x300, isWrite: false, isLogged: false) == .slots)
        #expect(cause(&pages, 0x301, isLogged: false) == nil)
        #expect(cause(&pages, 1, isLogged: false) == .slots)
    }
}

extension Live {
    @Suite struct MemoryWatchTests {
        private func disturbances(_ session: Session) -> [Disturbance.What] {
            (session.timeline.first..<session.timeline.end).compactMap {
                if case .disturbed(let what) = session.timeline[$0]?.body { what.what } else { nil }
            }
        }

        @Test("memory is found without the dirty log, unless that is asked for; then what it does is told as ours")
        func tracking() throws {
            let session = try session("movb $1, 0x9000; out %al, $0x80; movb $2, 0x9000; out %al, $0x80; hlt")
            defer { session.close() }
            #expect(try session("step exit").isDone)
            #expect(session.world.ioctlCounts["KVM_GET_DIRTY_LOG"] == nil && disturbances(session).isEmpty)
            #expect(session.world.memory.slots.allSatisfy { !$0.logsDirtyPages })
            #expect(try session.holds("mem8[0x9000] == 1") == true)
            #expect(try session("observe log").isDone)
            #expect(session.world.memory.slots.contains { $0.logsDirtyPages })
            #expect(try session("step exit").isDone)
            #expect(try session.holds("mem8[0x9000] == 2") == true)
            #expect(disturbances(session).first == .tracking && disturbances(session).contains(.dirtyLog))
            #expect(try session("observe gently").isDone)
            #expect(session.world.memory.slots.allSatisfy { !$0.logsDirtyPages })
            #expect(try session("poke 0x9000 = 7").isDone)
            #expect(disturbances(session).last == .slots)
        }

        @Test("what is recorded keeps its moment, also where something else was told before it")
        func moments() throws {
            let session = try session("out %al, $0x80; hlt")
            defer { session.close() }
            #expect(try session("build").isDone)
            let moment = session.now()
            session.append(.phase(.ready))
            session.append(.console(ConsoleText(vcpu: 0, bytes: Bytes([65]))), at: moment)
            #expect(session.timeline[session.timeline.end - 1]?.nanoseconds == moment)
            #expect(session.world.nanoseconds >= moment)
        }
    }
}
