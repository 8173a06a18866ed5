import TestSupport
import Testing
import X86

/// The walker against the figures of the manual, over tables and registers drawn at random.
@Suite struct ModelTests {
    static let modes: [PagingMode] = [.thirtyTwoBit, .pae, .fourLevel, .fiveLevel]

    @Test(arguments: modes)
    func walkerAndModelAgreeOverRandomTables(mode: PagingMode) {
        var random = Seeded(seed: UInt64(mode.levels))
        var outcomes: [String: Int] = [:]
        for _ in 0..<5000 {
            var model = PagingWorld.model(mode, &random)
            let address = PagingWorld.address(mode, &random)
            let memory = PagingWorld.tables(model, address, &random)
            for access in MemoryAccess.all {
                let expected = model.translate(address, access.kind.rawValue, user: access.user, memory)
                let walk = PageWalk.walk(
                    address: GuestVirtualAddress(address), registers: PagingWorld.registers(model), access: access
                ) { at, _ in memory[at] ?? 0 }
                let found = Self.result(walk)
                let met = walk.steps.map { [UInt64($0.level), $0.entryAddress.rawValue, $0.entry.rawValue] }
                guard found == expected, met == model.met.map({ [UInt64($0.level), $0.at, $0.raw] }) else {
                    Issue.record("\(access) at \(walk.address): \(walk.outcome), model \(expected); \(walk.steps)")
                    return
                }
                outcomes[Self.kind(expected), default: 0] += 1
            }
        }
        #expect(outcomes["not-present", default: 0] > 500)
        #expect(outcomes["reserved", default: 0] > 500)
        #expect(outcomes["protection", default: 0] > 1000)
        for size in PageSize.allCases where (1...3).contains(where: { mode.pageSize(level: $0) == size }) {
            #expect(outcomes["\(size)", default: 0] > 200)
        }
        #expect(mode.linearAddressBits == 32 || outcomes["non-canonical", default: 0] > 100)
    }

    /// Every combination of P, R/W, U/S, PS and NX in the last two entries under every switch that touches them; with
    /// every access in 4-level mode, elsewhere with one drawn at random.
    @Test(arguments: modes)
    func walkerAndModelAgreeOverEveryCombinationOfFlags(mode: PagingMode) {
        let flags: [UInt64] = mode == .thirtyTwoBit ? [1, 2, 4, 0x80] : [1, 2, 4, 0x80, 1 << 63]
        let words = (0..<1 << flags.count).map { choice in
            flags.enumerated().reduce(UInt64(0)) { $0 | (choice >> $1.offset & 1 == 1 ? $1.element : 0) }
        }
        let address: UInt64 = 0x4030_2010
        let places = PagingWorld.places(PagingModel(mode, root: 0x1000), address)
        var memory: [UInt64: UInt64] = [:]
        for place in places { memory[place.at] = place.next | (mode == .pae ? 1 : 7) }
        var random = Seeded(seed: 5)
        for switches in 0..<64 {
            var model = PagingModel(mode, root: 0x1000)
            model.writeProtect = switches & 1 != 0
            model.noExecute = switches & 2 != 0
            model.smep = switches & 4 != 0
            model.smap = switches & 8 != 0
            model.alignmentCheck = switches & 16 != 0
            model.pageSizeExtension = switches & 32 != 0
            let registers = PagingWorld.registers(model)
            for upper in words {
                memory[places[places.count - 2].at] = upper | places[places.count - 2].next
                for lower in words where upper & 1 == 1 || lower == 0 {
                    memory[places[places.count - 1].at] = lower | places[places.count - 1].next
                    let all = MemoryAccess.all
                    for access in mode == .fourLevel ? all : [all[Int(random.next() % 6)]] {
                        let expected = model.translate(address, access.kind.rawValue, user: access.user, memory)
                        let walk = PageWalk.walk(
                            address: GuestVirtualAddress(address), registers: registers, access: access
                        ) { at, _ in memory[at] ?? 0 }
                        guard Self.result(walk) == expected else {
                            Issue.record("\(access): \(walk.outcome), model \(expected); \(walk.steps)")
                            return
                        }
                    }
                }
            }
        }
    }

    /// One bit turned over in an otherwise good chain of entries, at every level, with and without PS.
    @Test(arguments: modes)
    func walkerAndModelAgreeAboutEverySingleBit(mode: PagingMode) {
        var random = Seeded(seed: 17)
        let address: UInt64 = 0x4030_2010
        let width = UInt64(mode.entrySize * 8)
        for _ in 0..<24 {
            var model = PagingWorld.model(mode, &random)
            model.root = 0x1000
            for level in 1...mode.levels {
                for large in [false, true] where !large || PagingModel.canHavePS(model.family, level) {
                    for bit in 0..<width {
                        let memory = PagingWorld.chain(model, address) { at, entry in
                            guard at == level else { return entry }
                            return (large ? 0x87 : entry) ^ 1 << bit
                        }
                        let access = MemoryAccess.all[Int(random.next() % 6)]
                        let expected = model.translate(address, access.kind.rawValue, user: access.user, memory)
                        let walk = PageWalk.walk(
                            address: GuestVirtualAddress(address), registers: PagingWorld.registers(model),
                            access: access
                        ) { at, _ in memory[at] ?? 0 }
                        guard Self.result(walk) == expected else {
                            Issue.record("level \(level) bit \(bit): \(walk.outcome), model \(expected); \(walk.steps)")
                            return
                        }
                    }
                }
            }
        }
    }

    @Test func rightsAreWhatWalksOfEveryAccessFind() {
        var random = Seeded(seed: 99)
        for _ in 0..<500 {
            let model = PagingWorld.model(.fourLevel, &random)
            let address = random.next() & 0x7fff_ffff_ffff
            let memory = PagingWorld.tables(model, address, &random)
            var rights: AccessRights?
            var reached: Set<MemoryAccess> = []
            for access in MemoryAccess.all {
                let walk = PageWalk.walk(
                    address: GuestVirtualAddress(address), registers: PagingWorld.registers(model), access: access
                ) { at, _ in memory[at] ?? 0 }
                rights = walk.rights
                if walk.physicalAddress != nil { reached.insert(access) }
                var isRefused = false
                if case .fault(_, .protection, _) = walk.outcome { isRefused = true }
                #expect((walk.denial != nil) == isRefused)
            }
            #expect((rights?.allowed ?? []) == reached)
        }
    }

    static func result(_ walk: PageWalk) -> PagingModel.Result? {
        switch walk.outcome {
        case .translated(let address, let size, let offset):
            guard let size, offset == walk.linearAddress % size.bytes else { return nil }
            return .page(address.rawValue, size: size.bytes)
        case .fault(let level, let reason, let code):
            return .fault(level: level, reason.rawValue, code: code.rawValue)
        case .memoryMissing:
            return nil
        }
    }

    static func kind(_ result: PagingModel.Result) -> String {
        switch result {
        case .page(_, let size): PageSize(rawValue: size)?.description ?? "other"
        case .fault(_, let reason, _): reason
        }
    }
}
