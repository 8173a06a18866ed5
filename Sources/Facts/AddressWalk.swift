public import Timeline
public import X86

/// The whole way of one address at one moment: page tables, memory slot, host page, and what KVM and the host said.
///
/// Worked out from the world at a cursor alone. What KVM or the page map said of another address is not taken for an
/// answer.
public struct AddressWalk: Sendable {
    public let question: WalkQuestion
    /// Through the guest's page tables; nil where it began with a guest physical address.
    public let pageWalk: PageWalk?
    /// The segment whose base was added, in real mode only.
    public let segment: Segment?
    /// The slot that holds the guest physical address; nil where none does, so that an access is MMIO.
    public let slot: MemorySlot?
    public let translation: KernelTranslation?
    public let page: HostPage?
    /// What KVM was seen to put into its own tables for the guest frame.
    public let installed: InstalledEntry?
    /// Where the address would lead if its upper bits were the sign of the lower ones; only where they are not.
    public let signExtended: UInt64?
    /// Why the entry that could not be read is not known; nil where none is missing.
    public let missing: MemoryGap?

    public struct Segment: Sendable, Equatable {
        public let name: String
        public let selector: UInt16
        public let base: UInt64
    }

    /// Nil where the walk needs the vCPU's control registers and they have not been read.
    public init?(_ question: WalkQuestion, in world: World) {
        self.question = question
        if question.space == .physical {
            (pageWalk, segment, missing, translation, signExtended) = (nil, nil, nil, nil, nil)
        } else {
            guard world.vcpus.indices.contains(question.vcpu), let reading = world.vcpus[question.vcpu].registers,
                let system = reading.system
            else { return nil }
            let segment = Self.segment(for: question, system)
            let registers = PagingRegisters(
                system, rflags: reading.general.rflags, segmentBase: segment?.base ?? 0, processor: world.processor)
            func follow(_ address: UInt64) -> PageWalk {
                PageWalk.walk(
                    address: GuestVirtualAddress(address), registers: registers, access: question.memoryAccess
                ) { world.memory.word(at: $0, size: $1) }
            }
            let walk = follow(question.address)
            self.segment = segment
            pageWalk = walk
            if case .fault(_, .nonCanonical, _) = walk.outcome {
                let unused = 64 - walk.mode.linearAddressBits
                let folded = Int64(bitPattern: question.address << UInt64(unused)) >> Int64(unused)
                signExtended = follow(UInt64(bitPattern: folded)).physicalAddress?.rawValue
            } else {
                signExtended = nil
            }
            if case .memoryMissing(_, let address) = walk.outcome {
                missing = world.memory.gap(in: address.rawValue, count: 8) ?? .noSlot
            } else {
                missing = nil
            }
            translation = world.translation.flatMap {
                $0.vcpu == question.vcpu && $0.linear == walk.linearAddress ? $0 : nil
            }
        }
        let physical = pageWalk == nil ? question.address : pageWalk?.physicalAddress?.rawValue
        slot = physical.flatMap { world.memory.slot(containing: $0) }
        let host = slot.flatMap { slot in physical.map { slot.host &+ ($0 &- slot.start) } }
        page = host.flatMap { host in
            world.hostPage.flatMap { $0.hostAddress == host & ~0xFFF ? $0 : nil }
        }
        installed = slot == nil ? nil : physical.flatMap { world.installed.entry(for: $0 >> 12) }
    }

    private static func segment(for question: WalkQuestion, _ system: SystemRegisters) -> Segment? {
        system.segment(of: question.space, question.access)
            .map { name, segment in Segment(name: name, selector: segment.selector, base: segment.base) }
    }

    /// Where it leads in guest physical memory; nil where it faults or is not known.
    public var guestPhysical: UInt64? {
        pageWalk == nil ? question.address : pageWalk?.physicalAddress?.rawValue
    }

    /// The address in this process.
    public var hostVirtual: UInt64? {
        guard let slot, let guestPhysical else { return nil }
        return slot.host &+ (guestPhysical &- slot.start)
    }

    public var hostPhysical: UInt64? { guestPhysical.flatMap { page?.physicalAddress(of: $0) } }

    // MARK: Stages

    /// Parts of the way, one `step level` each: the tables, then the slot, then the host page.
    public var stages: Int { tables + (guestPhysical == nil ? 0 : slot == nil ? 1 : 2) }

    private var tables: Int { pageWalk?.steps.count ?? 0 }

    /// How many tables are shown.
    public var shownTables: Int { min(question.shown ?? tables, tables) }

    /// Whether the guest physical address, or the fault, has been come to.
    public var showsOutcome: Bool { question.shown.map { $0 >= tables } ?? true }
    public var showsSlot: Bool { question.shown.map { $0 > tables } ?? true }
    public var showsHostPage: Bool { question.shown.map { $0 > tables + 1 } ?? true }

    /// The level of the table shown last, 1 for the PTE; 0 where there is none.
    public var shownLevel: Int {
        guard let steps = pageWalk?.steps, shownTables > 0 else { return 0 }
        return steps[shownTables - 1].level
    }

    /// The question with so many stages more, or fewer, shown; nil where there is nothing further in that direction.
    ///
    /// Shown whole, a step forward begins anew at the top: one can go through it as often as one likes.
    public func question(movedBy stages: Int) -> WalkQuestion? {
        var moved = question
        let whole = self.stages
        if question.shown == nil, stages > 0 {
            guard whole > 0 else { return nil }
            moved.shown = min(stages, whole)
        } else {
            let shown = min(question.shown ?? whole, whole)
            let next = min(max(shown + stages, 0), whole)
            if question.shown != nil || stages < 0, next == shown { return nil }
            moved.shown = next
        }
        if moved.shown == whole { moved.shown = nil }
        return moved
    }
}

extension WalkQuestion {
    public var memoryAccess: X86.MemoryAccess {
        let kind: X86.MemoryAccess.Kind =
            switch access {
            case .read: .read
            case .write: .write
            case .execute: .execute
            }
        return X86.MemoryAccess(kind, user: isUser)
    }
}

extension PagingRegisters {
    /// What a walk goes by, from a reading of the registers.
    ///
    /// - Parameter processor: what the guest's CPUID says; without it, the widest that the architecture allows.
    public init(
        _ system: SystemRegisters, rflags: UInt64, segmentBase: UInt64 = 0, processor: GuestProcessor? = nil
    ) {
        self.init(
            cr0: CR0(rawValue: system.cr0), cr3: CR3(rawValue: system.cr3), cr4: CR4(rawValue: system.cr4),
            efer: EFER(rawValue: system.efer), rflags: RFLAGS(rawValue: rflags),
            maxPhysicalAddressBits: processor?.physicalAddressBits ?? 52,
            has1GiBPages: processor?.has1GiBPages ?? true, hasPSE36: processor?.hasPSE36 ?? true,
            reservesUpperGlobalBit: processor?.isAMD ?? false, segmentBase: segmentBase)
    }
}
