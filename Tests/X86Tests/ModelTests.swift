import Testing
import X86

/// The walker against the figures of the manual, over tables and registers drawn at random.
@Suite struct ModelTests {
    static let modes: [PagingMode] = [.thirtyTwoBit, .pae, .fourLevel, .fiveLevel]

    @Test(arguments: modes)
    func walkerAndModelAgreeOverRandomTables(mode: PagingMode) {
        var random = SplitMix(seed: UInt64(mode.levels))
        var outcomes: [String: Int] = [:]
        for _ in 0..<5000 {
            var model = Self.randomModel(mode, &random)
            let address = Self.randomAddress(mode, &random)
            let memory = Self.randomTables(model, address, &random)
            for access in MemoryAccess.all {
                let expected = model.translate(address, access.kind.rawValue, user: access.user, memory)
                let walk = PageWalk.walk(
                    address: GuestVirtualAddress(address), registers: Self.registers(model), access: access
                ) { at, _ in memory[at] ?? 0 }
                let found = Self.result(walk)
                let met = walk.steps.map { [UInt64($0.level), $0.entryAddress.rawValue, $0.entry.rawValue] }
                guard found == expected, met == model.met.map({ [UInt64($0.level), $0.at, $0.raw] }) else {
                    Issue.record("\(access) at \(walk.address): \(found), model \(expected); \(walk.steps), \(model)")
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
        let plan = PagingModel.indices[mode == .thirtyTwoBit ? "32" : mode == .pae ? "pae" : "long \(mode.levels)"]!
        let size: UInt64 = mode == .thirtyTwoBit ? 4 : 8
        let places = plan.enumerated().map { depth, part in
            let index = (address >> UInt64(part.low)) % (1 << UInt64(part.high - part.low + 1))
            return (at: UInt64(depth + 1) * 0x1000 + index * size, next: UInt64(depth + 2) * 0x1000)
        }
        var memory: [UInt64: UInt64] = [:]
        for place in places { memory[place.at] = place.next | (mode == .pae ? 1 : 7) }
        var random = SplitMix(seed: 5)
        for switches in 0..<64 {
            var model = PagingModel(family: Self.family(mode), root: 0x1000)
            model.fiveLevels = mode == .fiveLevel
            model.writeProtect = switches & 1 != 0
            model.noExecute = switches & 2 != 0
            model.smep = switches & 4 != 0
            model.smap = switches & 8 != 0
            model.alignmentCheck = switches & 16 != 0
            model.pageSizeExtension = switches & 32 != 0
            let registers = Self.registers(model)
            for (number, upper) in words.enumerated() {
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
                            Issue.record("\(access): \(walk.outcome), model \(expected); \(walk.steps), \(model)")
                            return
                        }
                    }
                }
            }
        }
    }

    @Test func rightsAreWhatWalksOfEveryAccessFind() {
        var random = SplitMix(seed: 99)
        for _ in 0..<500 {
            let model = Self.randomModel(.fourLevel, &random)
            let address = random.next() & 0x7fff_ffff_ffff
            let memory = Self.randomTables(model, address, &random)
            var rights: AccessRights?
            var reached: Set<MemoryAccess> = []
            for access in MemoryAccess.all {
                let walk = PageWalk.walk(
                    address: GuestVirtualAddress(address), registers: Self.registers(model), access: access
                ) { at, _ in memory[at] ?? 0 }
                rights = walk.rights
                if walk.physicalAddress != nil { reached.insert(access) }
                #expect((walk.denial != nil) == { if case .fault(_, .protection, _) = walk.outcome { true } else { false } }())
            }
            #expect((rights?.allowed ?? []) == reached)
        }
    }


    static func family(_ mode: PagingMode) -> String {
        mode == .thirtyTwoBit ? "32" : mode == .pae ? "pae" : "long"
    }

    static func randomModel(_ mode: PagingMode, _ random: inout SplitMix) -> PagingModel {
        var model = PagingModel(family: family(mode), root: 0)
        model.fiveLevels = mode == .fiveLevel
        model.writeProtect = random.once(in: 2)
        model.noExecute = !random.once(in: 4)
        model.pageSizeExtension = !random.once(in: 4)
        model.smep = random.once(in: 2)
        model.smap = random.once(in: 2)
        model.alignmentCheck = random.once(in: 2)
        model.gigabytePages = !random.once(in: 4)
        model.amd = random.once(in: 2)
        model.pse36 = !random.once(in: 4)
        model.addressBits = [32, 36, 39, 40, 46, 48, 52][Int(random.next() % 7)]
        model.root = frame(&random, mode == .thirtyTwoBit || mode == .pae ? 32 : model.addressBits)
        if mode == .pae { model.root += random.next() % 128 * 32 }
        return model
    }

    static func frame(_ random: inout SplitMix, _ width: Int) -> UInt64 {
        random.next() >> UInt64(64 - width) & ~0xfff
    }

    static func randomAddress(_ mode: PagingMode, _ random: inout SplitMix) -> UInt64 {
        let word = random.next()
        if mode.linearAddressBits == 32 { return word & 0xffff_ffff }
        if random.once(in: 40) { return word }
        let unused = Int64(64 - mode.linearAddressBits)
        return UInt64(bitPattern: Int64(bitPattern: word << UInt64(unused)) >> unused)
    }

    /// A chain of entries for the address, most of them good, each flag now and then otherwise.
    static func randomTables(_ model: PagingModel, _ address: UInt64, _ random: inout SplitMix) -> [UInt64: UInt64] {
        let plan = PagingModel.indices[model.family == "long" ? (model.fiveLevels ? "long 5" : "long 4") : model.family]!
        let is32 = model.family == "32"
        var memory: [UInt64: UInt64] = [:]
        var table = model.root
        for (level, high, low) in plan {
            let isPointer = model.family == "pae" && level == 3
            let next = frame(&random, is32 ? 32 : model.addressBits)
            var entry = next | 1 | (isPointer ? random.next() & 0xe18 : random.next() & 0xe78)
            if !isPointer {
                if !random.once(in: 8) { entry |= 2 }
                if !random.once(in: 6) { entry |= 4 }
                if level == 1 || random.once(in: 3) { entry |= random.next() & 0x180 }
                if !is32, random.once(in: 10) { entry |= 1 << 63 }
                if level > 1, entry & 0x80 != 0, !random.once(in: 4) {
                    let mask = is32 ? UInt64(0x3f_ffff) : (UInt64(1) << UInt64(low)) - 1
                    let high = is32 && random.once(in: 2) ? random.next() & 0x1f_e000 : random.next() & 0x1000
                    entry = entry & ~(mask & ~0xfff) | high
                }
            }
            if level >= 4 { entry &= ~(random.once(in: 12) ? 0 : 0x180) }
            if !is32, model.family == "long", random.once(in: 4) { entry |= random.next() & 0x7ff0_0000_0000_0000 }
            if random.once(in: 40) { entry |= UInt64(1) << (random.next() % (is32 ? 32 : 64)) }
            if random.once(in: 30) { entry &= ~1 }
            let index = (address >> UInt64(low)) % (1 << UInt64(high - low + 1))
            memory[table + index * (is32 ? 4 : 8)] = entry
            table = is32 ? entry & 0xffff_f000 : entry & 0x000f_ffff_ffff_f000
        }
        return memory
    }

    static func registers(_ model: PagingModel) -> PagingRegisters {
        var registers = PagingRegisters(
            cr0: [.pe, .pg], cr3: CR3(rawValue: model.root), maxPhysicalAddressBits: model.addressBits,
            has1GiBPages: model.gigabytePages, hasPSE36: model.pse36, reservesUpperGlobalBit: model.amd)
        if model.writeProtect { registers.cr0.insert(.wp) }
        if model.pageSizeExtension { registers.cr4.insert(.pse) }
        if model.smep { registers.cr4.insert(.smep) }
        if model.smap { registers.cr4.insert(.smap) }
        if model.family != "32" { registers.cr4.insert(.pae) }
        if model.fiveLevels { registers.cr4.insert(.la57) }
        if model.family == "long" { registers.efer.formUnion([.lme, .lma]) }
        if model.noExecute { registers.efer.insert(.nxe) }
        if model.alignmentCheck { registers.rflags.insert(.ac) }
        return registers
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
