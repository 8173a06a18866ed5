/// All that a walk depends on besides memory: control registers, and what this processor model can do.
public struct PagingRegisters: Hashable, Sendable {
    /// PE and PG choose the mode; WP binds the supervisor.
    public var cr0: CR0
    /// Where the topmost table is.
    public var cr3: CR3
    /// PAE and LA57 choose the mode; PSE, SMEP and SMAP the rules.
    public var cr4: CR4
    /// LME and LMA choose long mode; NXE gives bit 63 its meaning.
    public var efer: EFER
    /// Of the flags only AC matters: it lifts SMAP.
    public var rflags: RFLAGS
    /// MAXPHYADDR, CPUID 0x80000008 EAX bits 7:0; address bits from here up are reserved in entries. 32 to 52.
    public var maxPhysicalAddressBits: Int
    /// CPUID 0x80000001 EDX bit 26; without it PS is reserved in a PDPTE.
    public var has1GiBPages: Bool
    /// CPUID 1 EDX bit 17: 4 MiB pages can lie above 4 GiB. Without it the bits for that are reserved.
    public var hasPSE36: Bool
    /// AMD processors reserve bit 8 in PML4E and PML5E (APM volume 2, "Long-Mode Page Translation"); Intel's ignore it.
    public var reservesUpperGlobalBit: Bool
    /// The base of the segment that the address is relative to. Used in real mode alone; the linear address is
    /// otherwise given complete.
    public var segmentBase: UInt64

    /// What is left out is off; the processor then has 52 address bits, 1 GiB pages and PSE-36.
    public init(
        cr0: CR0, cr3: CR3 = CR3(rawValue: 0), cr4: CR4 = [], efer: EFER = [], rflags: RFLAGS = [],
        maxPhysicalAddressBits: Int = 52, has1GiBPages: Bool = true, hasPSE36: Bool = true,
        reservesUpperGlobalBit: Bool = false, segmentBase: UInt64 = 0
    ) {
        self.cr0 = cr0
        self.cr3 = cr3
        self.cr4 = cr4
        self.efer = efer
        self.rflags = rflags
        self.maxPhysicalAddressBits = maxPhysicalAddressBits
        self.has1GiBPages = has1GiBPages
        self.hasPSE36 = hasPSE36
        self.reservesUpperGlobalBit = reservesUpperGlobalBit
        self.segmentBase = segmentBase
    }

    /// The paging mode that the registers select.
    public var mode: PagingMode { PagingMode(cr0: cr0, cr4: cr4, efer: efer) }

    /// Features of CR4 that are on and can change the outcome, but that a walk does not take into account: protection
    /// keys, shadow stacks, LASS and LAM. A screen names them beside the result.
    public var unmodelled: CR4 { cr4.intersection([.pke, .pks, .cet, .lass, .lamSupervisor]) }

    /// Why an access to a page with these permissions is refused, or nil where it is allowed.
    ///
    /// Where several rules refuse it, a permission that the page lacks is named before SMEP and SMAP.
    /// Source: Intel SDM volume 3, "Determination of Access Rights".
    public func denial(of access: MemoryAccess, on page: PagePermissions) -> AccessDenial? {
        if access.user && !page.isUser { return .supervisorPage }
        let isSupervisorInUserPage = !access.user && page.isUser
        switch access.kind {
        case .execute:
            if !page.isExecutable { return .noExecutePage }
            return isSupervisorInUserPage && cr4.contains(.smep) ? .supervisorExecutionPrevention : nil
        case .write where !page.isWritable && (access.user || cr0.contains(.wp)):
            return .readOnlyPage
        case .read, .write:
            let isPrevented = isSupervisorInUserPage && cr4.contains(.smap) && !rflags.contains(.ac)
            return isPrevented ? .supervisorAccessPrevention : nil
        }
    }

    /// What each kind of access may do on a page with these permissions.
    public func rights(on page: PagePermissions) -> AccessRights {
        AccessRights(allowed: Set(MemoryAccess.all.filter { denial(of: $0, on: page) == nil }))
    }
}

/// The rule that refuses an access to a page that is there.
public enum AccessDenial: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case supervisorPage = "user code may not touch a supervisor page"
    case readOnlyPage = "the page is read-only"
    case noExecutePage = "the page is not executable"
    case supervisorExecutionPrevention = "SMEP: the supervisor may not run code in a user page"
    case supervisorAccessPrevention = "SMAP: the supervisor may touch a user page only with RFLAGS.AC"

    public var description: String { rawValue }

    /// An entry that lacks the permission refuses the access by itself. SMEP and SMAP refuse for what the page has.
    var isForLackOfPermission: Bool {
        switch self {
        case .supervisorPage, .readOnlyPage, .noExecutePage: true
        case .supervisorExecutionPrevention, .supervisorAccessPrevention: false
        }
    }
}

/// What the supervisor and user code may do with a page, CR0.WP, SMEP and SMAP taken into account.
public struct AccessRights: Hashable, Sendable, CustomStringConvertible {
    /// The accesses that do not fault.
    public let allowed: Set<MemoryAccess>

    /// Whether this access does not fault.
    public func allows(_ access: MemoryAccess) -> Bool { allowed.contains(access) }

    /// As `supervisor rwx, user r-x`.
    public var description: String {
        [false, true].map { user in
            (user ? "user " : "supervisor ")
                + zip(MemoryAccess.Kind.allCases, ["r", "w", "x"])
                .map { allows(MemoryAccess($0, user: user)) ? $1 : "-" }.joined()
        }.joined(separator: ", ")
    }
}
