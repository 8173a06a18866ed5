import TestSupport
import X86

/// Registers, addresses and tables for the walker and the model to agree about.
enum PagingWorld {
    static func model(_ mode: PagingMode, _ random: inout Seeded) -> PagingModel {
        var model = PagingModel(mode, root: 0)
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

    static func frame(_ random: inout Seeded, _ width: Int) -> UInt64 {
        random.next() >> UInt64(64 - width) & ~0xfff
    }

    static func address(_ mode: PagingMode, _ random: inout Seeded) -> UInt64 {
        let word = random.next()
        if mode.linearAddressBits == 32 { return word & 0xffff_ffff }
        if random.once(in: 40) { return word }
        let unused = Int64(64 - mode.linearAddressBits)
        return UInt64(bitPattern: Int64(bitPattern: word << UInt64(unused)) >> unused)
    }

    /// A chain of entries for the address, most of them good, each flag now and then otherwise.
    static func tables(_ model: PagingModel, _ address: UInt64, _ random: inout Seeded) -> [UInt64: UInt64] {
        let is32 = model.family == "32"
        var memory: [UInt64: UInt64] = [:]
        var table = model.root
        for (level, high, low) in model.plan {
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

    /// Where the entries for the address lie when tables follow each other from 0x1000 on, and what each points to.
    static func places(_ model: PagingModel, _ address: UInt64) -> [(level: Int, at: UInt64, next: UInt64)] {
        model.plan.enumerated().map { depth, part in
            let index = (address >> UInt64(part.low)) % (1 << UInt64(part.high - part.low + 1))
            let table = UInt64(depth + 1) * 0x1000
            return (part.level, table + index * (model.family == "32" ? 4 : 8), table + 0x1000)
        }
    }

    /// Good entries in those places, each after a change.
    static func chain(
        _ model: PagingModel, _ address: UInt64, change: (_ level: Int, _ entry: UInt64) -> UInt64
    ) -> [UInt64: UInt64] {
        var memory: [UInt64: UInt64] = [:]
        for (level, at, next) in places(model, address) {
            memory[at] = change(level, next | (model.family == "pae" && level == 3 ? 1 : 7))
        }
        return memory
    }
}
