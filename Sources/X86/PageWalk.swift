/// A translation of one address with every step kept: the value that the Translation pane shows.
///
/// The walk reads the tables as they lie in memory now. A processor may still use what its TLB, or with PAE its PDPTE
/// registers, have kept from before. It changes nothing: accessed and dirty bits stay as they are. Protection keys,
/// shadow stacks, LASS and LAM are not taken into account; `PagingRegisters.unmodelled` says when they are on.
///
/// Source: Intel SDM volume 3, chapter "Paging"; AMD APM volume 2, chapter "Page Translation and Protection".
public struct PageWalk: Hashable, Sendable {
    /// One table that was read.
    public struct Step: Hashable, Sendable {
        /// Where the table begins.
        public let tableAddress: GuestPhysicalAddress
        /// Which of its entries the address chose.
        public let index: Int
        /// What stood there.
        public let entry: PageTableEntry
        /// What this entry and all above it grant together.
        public let effective: PagePermissions

        /// A reserved bit is set that does not end the walk: see `PageTableEntry.faultingBitsSet`.
        public var hasToleratedBit: Bool { entry.isPresent && entry.reservedBitsSet != entry.faultingBitsSet }

        /// 1 for a PTE up to 5 for a PML5E.
        public var level: Int { entry.level }
        /// The manual's name of the entry.
        public var name: String { entry.name }
        /// The bits of the linear address that are the index.
        public var indexBits: BitRange { entry.format.mode.indexBits(level: level) ?? BitRange(0) }
        /// Where the entry lies: the table plus index times entry size.
        public var entryAddress: GuestPhysicalAddress {
            tableAddress &+ UInt64(index) &* UInt64(entry.format.mode.entrySize)
        }
    }

    /// How the walk ended.
    public enum Outcome: Hashable, Sendable {
        /// Page size is nil without paging; the offset is then the whole linear address.
        case translated(GuestPhysicalAddress, pageSize: PageSize?, offset: UInt64)
        /// The level is that of the entry to blame: the topmost that refuses the access by itself; the leaf for SMEP
        /// and SMAP. With a non-canonical address it is the first level, unread, and the error code is #GP's, zero.
        case fault(level: Int, reason: FaultReason, errorCode: PageFaultErrorCode)
        /// The entry at this address could not be read, so what the processor would find is unknown.
        case memoryMissing(level: Int, entryAddress: GuestPhysicalAddress)
    }

    /// The address as asked for.
    public let address: GuestVirtualAddress
    /// What was translated: the address, plus the segment base in real mode, cut to 32 bits outside long mode.
    public let linearAddress: UInt64
    /// For whom and for what it was translated; another access can end otherwise.
    public let access: MemoryAccess
    /// The registers that the walk went by.
    public let registers: PagingRegisters
    /// The mode that the registers select.
    public let mode: PagingMode
    /// The tables that were read, topmost first.
    public let steps: [Step]
    /// Where the address leads, or why nowhere.
    public let outcome: Outcome

    /// Translates an address as the processor would with these registers.
    ///
    /// - Parameter memory: Gives the little-endian number of `size` bytes, 4 or 8, at a guest physical address, or nil
    ///   where it is not known.
    public static func walk(
        address: GuestVirtualAddress, registers: PagingRegisters, access: MemoryAccess,
        memory: (_ physical: UInt64, _ size: Int) -> UInt64?
    ) -> PageWalk {
        let format = PagingFormat(registers)
        let linear = linearAddress(of: address, registers: registers, mode: format.mode)
        var steps: [Step] = []
        let outcome = descend(linear, registers, access, format, memory, &steps)
        return PageWalk(
            address: address, linearAddress: linear, access: access, registers: registers, mode: format.mode,
            steps: steps, outcome: outcome)
    }

    private static func linearAddress(
        of address: GuestVirtualAddress, registers: PagingRegisters, mode: PagingMode
    ) -> UInt64 {
        switch mode {
        case .real: (registers.segmentBase &+ address.rawValue) & 0xffff_ffff
        case .none, .thirtyTwoBit, .pae: address.rawValue & 0xffff_ffff
        case .fourLevel, .fiveLevel: address.rawValue
        }
    }

    @inline(__always)
    private static func descend(
        _ linear: UInt64, _ registers: PagingRegisters, _ access: MemoryAccess, _ format: PagingFormat,
        _ memory: (UInt64, Int) -> UInt64?, _ steps: inout [Step]
    ) -> Outcome {
        let mode = format.mode
        var level = mode.levels
        guard level > 0 else { return .translated(GuestPhysicalAddress(linear), pageSize: nil, offset: linear) }
        if mode.linearAddressBits > 32, !GuestVirtualAddress(linear).isCanonical(bits: mode.linearAddressBits) {
            return .fault(level: level, reason: .nonCanonical, errorCode: [])
        }
        steps.reserveCapacity(level)
        let size = mode.entrySize
        var table = registers.cr3.table(in: mode)
        var effective = PagePermissions.all
        while true {
            let index = mode.index(of: linear, level: level)
            let entryAddress = table &+ index &* UInt64(size)
            guard let raw = memory(entryAddress.rawValue, size) else {
                return .memoryMissing(level: level, entryAddress: entryAddress)
            }
            let entry = PageTableEntry(rawValue: raw, checkedLevel: level, format: format)
            effective.formIntersection(entry.permissions)
            steps.append(Step(tableAddress: table, index: Int(index), entry: entry, effective: effective))
            guard entry.isPresent else {
                return .fault(level: level, reason: .notPresent, errorCode: PageFaultErrorCode(access, registers))
            }
            guard entry.faultingBitsSet == 0 else {
                let code = PageFaultErrorCode(access, registers).union([.present, .reserved])
                return .fault(level: level, reason: .reserved, errorCode: code)
            }
            if let pageSize = entry.pageSize {
                return leaf(entry, pageSize, linear, registers, access, steps)
            }
            table = entry.frame
            level &-= 1
        }
    }

    @inline(__always)
    private static func leaf(
        _ entry: PageTableEntry, _ pageSize: PageSize, _ linear: UInt64, _ registers: PagingRegisters,
        _ access: MemoryAccess, _ steps: [Step]
    ) -> Outcome {
        guard registers.denial(of: access, on: steps.last?.effective ?? .all) == nil else {
            let code = PageFaultErrorCode(access, registers).union(.present)
            let culprit = culprit(steps, registers, access)
            return .fault(level: culprit?.level ?? entry.level, reason: .protection, errorCode: code)
        }
        let offset = linear & (pageSize.bytes &- 1)
        return .translated(entry.frame &+ offset, pageSize: pageSize, offset: offset)
    }

    /// The topmost entry that refuses the access by itself; for SMEP and SMAP, which ask about the page, the leaf.
    private static func culprit(_ steps: [Step], _ registers: PagingRegisters, _ access: MemoryAccess) -> Step? {
        steps.first { registers.denial(of: access, on: $0.effective)?.isForLackOfPermission == true } ?? steps.last
    }
}

extension PageWalk {
    /// Where the address leads, or nil where it faults or is unknown.
    public var physicalAddress: GuestPhysicalAddress? {
        if case .translated(let address, _, _) = outcome { address } else { nil }
    }

    /// The size of the page that holds it; nil without paging, or where there is none.
    public var pageSize: PageSize? {
        if case .translated(_, let size, _) = outcome { size } else { nil }
    }

    /// What the entries that were read grant together; all without paging, nothing for a non-canonical address.
    public var effective: PagePermissions {
        if case .fault(_, .nonCanonical, _) = outcome { return [] }
        return steps.last?.effective ?? .all
    }

    /// The rule by which the entry at the fault's level refused the access, where the outcome is a protection fault.
    public var denial: AccessDenial? {
        guard case .fault(_, .protection, _) = outcome else { return nil }
        return Self.culprit(steps, registers, access).flatMap { registers.denial(of: access, on: $0.effective) }
    }

    /// What every kind of access may do with the page that was found; nil where the walk found no page, and without
    /// paging, where nothing is refused.
    public var rights: AccessRights? {
        guard let last = steps.last, last.entry.isPresent, last.entry.reservedBitsSet == 0, last.entry.isLeaf else {
            return nil
        }
        return registers.rights(on: last.effective)
    }
}
