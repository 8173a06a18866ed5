import Command
import Facts
import KVM
import Machine
import TestSupport
import Testing
import Timeline
import X86

@testable import Session

extension Live {
    @Suite("Following an address") struct WalkingTests {
        static let guest = """
            movabs $0x1122334455667788, %rax
            mov %rax, 0x200000
            out %al, $0x80
            mov 0x400000, %rbx
            mov %rbx, 0x300000
            mov %rax, 0x500000
            out %al, $0x80
            hlt
            """

        @Test("KVM and the page map are asked when a walk begins, and again at each stop")
        func asked() throws {
            let session = try session(Self.guest)
            try session("build")
            #expect(try session("walk 0x500000").isDone)
            #expect(try session.holds("walk.result == mapped && walk.gpa == 0x500000 && walk.agrees") == true)
            #expect(try session.holds("walk.slot == 0 && walk.page-size == 0x200000") == true)
            let before = session.world
            try session("step exit 2")
            // Whatever the host lets be seen, an untouched page is not a touched one.
            let page = try #require(session.world.hostPage)
            if before.hostPage?.state == .absent { #expect(page.state != .absent) }
            #expect(page.hostAddress == (try session.fact("walk.hva")).number)
            #expect(session.world.translation?.linear == 0x500000)
        }

        @Test("a page that nobody has touched is not there, and touching it makes it appear")
        func appears() throws {
            // Far from all else, so that no huge page covers it already.
            let session = try session("out %al, $0x80\n mov %rax, 0x3c00000\n out %al, $0x80\n hlt", memory: 64 << 20)
            try session("step exit")
            try session("walk 0x3c00000")
            guard session.world.hostPage?.state != .unknown else { return }
            #expect(try session.holds("walk.page == absent && !known(walk.hpa)") == true)
            try session("step exit")
            #expect(try session.holds("walk.page == present") == true)
        }

        @Test("levels are shown one by one, forwards and back, and begin anew")
        func levels() throws {
            let session = try session(Self.guest)
            try session("build")
            #expect(try session("step level").refusal?.contains("walk ADDRESS") == true)
            try session("walk 0x200000")
            var levels: [Value] = []
            for _ in 0..<5 {
                #expect(try session("step level").isDone)
                levels.append(try session.fact("walk.level"))
            }
            #expect(levels == [4, 3, 2, 2, 2].map { .integer($0) } && session.world.walk?.shown == nil)
            #expect(try session("back level 3").isDone)
            #expect(try session.holds("walk.level == 3") == true)
        }

        @Test("a table that is changed at a stop shows at once, and the guest feels it when it runs on")
        func poked() throws {
            let session = try session(Self.guest)
            try session("step exit")
            try session("walk 0x400000")
            #expect(try session.holds("walk.gpa == 0x400000") == true)
            // The page directory of the start state: 0x400000 now leads to 0x200000.
            #expect(try session("poke64 0x3010 = 0x200083").isDone)
            #expect(try session.holds("walk.gpa == 0x200000 && walk.agrees") == true)
            try session("step exit")
            #expect(try session.holds("mem64[0x300000] == 0x1122334455667788") == true)
        }

        @Test("a new machine keeps the address in view")
        func afterReset() throws {
            let session = try session(Self.guest)
            try session("step exit")
            try session("walk 0x200000 write")
            try session("reset")
            #expect(session.world.walk?.address == 0x200000 && session.world.walk?.access == .write)
            #expect(try session.holds("walk.agrees") == true)
        }

        @Test("further slots hold memory, holes between them and writes to a read-only one are MMIO")
        func slots() throws {
            var configuration = SessionConfiguration(
                image: try assembled(
                    """
                    movabs $0x10000000, %rbx
                    movq $5, (%rbx)
                    movabs $0x20000000, %rcx
                    mov (%rcx), %rax
                    mov %rax, 8(%rbx)
                    movl $7, (%rcx)
                    movl $9, 0x1000(%rbx)
                    hlt
                    """))
            configuration.slots = try ["0x10000000:4K", "0x20000000:8K:ro"].map { try #require(SlotPlan($0)) }
            let session = Session(configuration)
            try session("build")
            #expect(try session("poke64 0x20000000 = 0x77").isDone)
            try session("step exit")
            #expect(try session.holds("exit.reason == mmio && exit.address == 0x20000000 && exit.data == 7") == true)
            #expect(try session.holds("mem64[0x10000000] == 5 && mem64[0x10000008] == 0x77") == true)
            try session("walk 0x20000008 write")
            #expect(try session.holds("walk.slot == 2 && walk.agrees") == true)
            try session("step exit")
            #expect(try session.holds("exit.address == 0x10001000 && exit.data == 9") == true)
            try session("walk physical 0x10001000")
            #expect(try session.holds("walk.result == mapped && !known(walk.slot)") == true)
        }

        @Test("slots that overlap are refused in one line")
        func overlap() throws {
            var configuration = SessionConfiguration(image: try assembled("hlt"))
            configuration.slots = [SlotPlan(start: 0xFFF000, size: 8192)]
            #expect(try Session(configuration)("build").refusal?.contains("overlap") == true)
        }

        /// Each table random, with present, R/W, U/S, NX and PS; frames anywhere in the 16 MiB and a little beyond.
        @Test(
            "our walk and KVM_TRANSLATE never differ unexplained over random page tables",
            arguments: [1, 2, 3] as [UInt64])
        func randomTables(seed: UInt64) throws {
            var random = Mixer(state: seed)
            let session = try session("hlt")
            try session("build")
            let machine = try #require(session.machine)
            let has1GiB = session.world.processor?.has1GiBPages == true
            // Eight tables of each level, from 8 MiB on; an entry leads to a random table of the level below.
            func table(_ level: Int, _ number: UInt64) -> UInt64 {
                0x80_0000 + UInt64(level) * 0x1_0000 + number * 0x1000
            }
            for level in 1...4 {
                for number in 0..<8 as Range<UInt64> {
                    var words: [UInt8] = []
                    for _ in 0..<512 {
                        var entry = random.next() & 0x8000_0000_0000_0006 | (random.next() % 8 == 0 ? 0 : 1)
                        let isLarge = (level == 2 || (level == 3 && has1GiB)) && random.next() % 4 == 0
                        if level == 1 {
                            entry |= (random.next() % 0x1100) << 12
                        } else if isLarge {
                            entry |= 0x80 | (level == 2 ? (random.next() % 9) << 21 : 0)
                        } else {
                            entry |= table(level - 1, random.next() % 8)
                        }
                        for byte in 0..<8 { words.append(UInt8(truncatingIfNeeded: entry >> UInt64(byte * 8))) }
                    }
                    try machine.memory.write(words, at: table(level, number))
                }
            }
            var (_, system) = try machine.registers(of: 0)
            system.cr3 = table(4, 0)
            system.efer |= 0x800
            try machine.setSpecialRegisters(of: 0, to: system)
            session.readMemory()
            session.readRegisters(of: 0)
            var ends: [String: Int] = [:]
            for _ in 0..<3000 {
                var address = random.next() >> 16
                if address >> 47 == 1 { address |= 0xFFFF_0000_0000_0000 }
                let answer = try machine.translate(address, on: 0)
                let access = WalkQuestion.Access.allCases[Int(random.next() % 3)]
                let question = WalkQuestion(vcpu: 0, address: address, access: access, isUser: random.next() & 1 == 1)
                session.append(
                    .translation(
                        KernelTranslation(vcpu: 0, linear: address, isValid: answer.valid, physical: answer.physical)))
                let way = try #require(AddressWalk(question, in: session.world))
                #expect(
                    way.agreement.isGood == true, "\(way.agreement) at \(String(address, radix: 16)) for \(question)")
                ends[(try Self.end(way)), default: 0] += 1
            }
            // The tables must have led to every kind of end, or the comparison says little.
            for end in ["mapped", "not-present", "protection"] { #expect(ends[end, default: 0] > 100, "\(ends)") }
        }

        private static func end(_ way: AddressWalk) throws -> String {
            switch try #require(way.pageWalk).outcome {
            case .translated: "mapped"
            case .fault(_, let reason, _): reason.rawValue
            case .memoryMissing: "missing"
            }
        }

        private struct Mixer {
            var state: UInt64
            /// SplitMix64.
            mutating func next() -> UInt64 {
                state &+= 0x9E37_79B9_7F4A_7C15
                var z = state
                z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
                z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
                return z ^ (z >> 31)
            }
        }
    }
}

extension Value {
    fileprivate var number: UInt64? { if case .integer(let number) = self { number } else { nil } }
}
