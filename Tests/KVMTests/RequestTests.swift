import CKVM
import Testing

@testable import KVM

@Suite("Request numbers")
struct RequestTests {
    @Test func aRequestSplitsIntoDirectionTypeNumberAndSize() {
        // _IOWR(0xAE, 0x85, struct kvm_translation), 24 bytes: 3 << 30 | 24 << 16 | 0xAE << 8 | 0x85
        let code = RequestCode(rawValue: 0xC018_AE85)
        #expect(code.direction == .readWrite)
        #expect(code.type == 0xAE)
        #expect(code.number == 0x85)
        #expect(code.size == 24)
        #expect(RequestCode(direction: .readWrite, number: 0x85, size: 24) == code)
    }

    @Test func aRequestWithoutStructureHasOnlyTypeAndNumber() {
        let run = RequestCode(rawValue: 0xAE80)
        #expect(run.direction == .none)
        #expect(run.size == 0)
        #expect(run.direction.macro == "_IO")
    }

    /// The table's numbers are written by hand; the header's are what the compiler makes of it.
    @Test(arguments: headerRequests) func theCatalogAgreesWithTheKernelsHeader(name: String, number: UInt) throws {
        let entry = try #require(IoctlCatalog.entries.first { $0.name == name })
        #expect(entry.code.rawValue == number, "\(name) is 0x\(String(number, radix: 16))")
        #expect(IoctlCatalog.name(of: number) == name)
    }

    @Test func everyEntryOfTheCatalogIsInTheHeader() {
        let known = Set(Self.headerRequests.map(\.0))
        #expect(IoctlCatalog.entries.map(\.name).filter { !known.contains($0) } == [])
    }

    @Test func noTwoEntriesShareANumber() {
        #expect(Set(IoctlCatalog.entries.map(\.code)).count == IoctlCatalog.entries.count)
    }

    @Test func aRequestIsNamedOnEveryDescriptorThatAnswersIt() throws {
        let check = try #require(IoctlCatalog.entry(for: ckvm_KVM_CHECK_EXTENSION))
        #expect(check.kinds == [.system, .vm])
        #expect(check.road(on: .system).first?.name == "kvm_dev_ioctl")
        #expect(check.road(on: .vm).first?.name == "kvm_vm_ioctl")
        #expect(check.road(on: .vcpu) == [])
    }

    @Test func theRoadOfARegisterRequestLeadsToTheArchitecture() throws {
        let get = try #require(IoctlCatalog.entry(for: ckvm_KVM_GET_REGS))
        #expect(get.isArchitecture)
        #expect(
            get.road(on: .vcpu).map(\.name) == ["kvm_vcpu_ioctl", "kvm_arch_vcpu_ioctl_get_regs"])
        let dirty = try #require(IoctlCatalog.entry(for: ckvm_KVM_GET_DIRTY_LOG))
        #expect(!dirty.isArchitecture)
    }

    @Test func anUnknownRequestIsItsNumber() {
        #expect(IoctlCatalog.entry(for: 0xAEFF) == nil)
        #expect(IoctlCatalog.name(of: 0xAEFF) == "0xaeff")
        #expect(
            IoctlArgument.fields(request: 0xAEFF, argument: 7, before: [], after: []) == [
                IoctlField("argument", "0x7")
            ])
    }

    static let headerRequests: [(String, UInt)] = [
        ("KVM_GET_API_VERSION", ckvm_KVM_GET_API_VERSION),
        ("KVM_CREATE_VM", ckvm_KVM_CREATE_VM),
        ("KVM_GET_MSR_INDEX_LIST", ckvm_KVM_GET_MSR_INDEX_LIST),
        ("KVM_CHECK_EXTENSION", ckvm_KVM_CHECK_EXTENSION),
        ("KVM_GET_VCPU_MMAP_SIZE", ckvm_KVM_GET_VCPU_MMAP_SIZE),
        ("KVM_GET_SUPPORTED_CPUID", ckvm_KVM_GET_SUPPORTED_CPUID),
        ("KVM_GET_EMULATED_CPUID", ckvm_KVM_GET_EMULATED_CPUID),
        ("KVM_GET_MSR_FEATURE_INDEX_LIST", ckvm_KVM_GET_MSR_FEATURE_INDEX_LIST),
        ("KVM_CREATE_VCPU", ckvm_KVM_CREATE_VCPU),
        ("KVM_GET_DIRTY_LOG", ckvm_KVM_GET_DIRTY_LOG),
        ("KVM_SET_NR_MMU_PAGES", ckvm_KVM_SET_NR_MMU_PAGES),
        ("KVM_GET_NR_MMU_PAGES", ckvm_KVM_GET_NR_MMU_PAGES),
        ("KVM_SET_USER_MEMORY_REGION", ckvm_KVM_SET_USER_MEMORY_REGION),
        ("KVM_SET_TSS_ADDR", ckvm_KVM_SET_TSS_ADDR),
        ("KVM_SET_IDENTITY_MAP_ADDR", ckvm_KVM_SET_IDENTITY_MAP_ADDR),
        ("KVM_CREATE_IRQCHIP", ckvm_KVM_CREATE_IRQCHIP),
        ("KVM_IRQ_LINE", ckvm_KVM_IRQ_LINE),
        ("KVM_GET_IRQCHIP", ckvm_KVM_GET_IRQCHIP),
        ("KVM_SET_IRQCHIP", ckvm_KVM_SET_IRQCHIP),
        ("KVM_CREATE_PIT", ckvm_KVM_CREATE_PIT),
        ("KVM_GET_PIT", ckvm_KVM_GET_PIT),
        ("KVM_SET_PIT", ckvm_KVM_SET_PIT),
        ("KVM_IRQ_LINE_STATUS", ckvm_KVM_IRQ_LINE_STATUS),
        ("KVM_REGISTER_COALESCED_MMIO", ckvm_KVM_REGISTER_COALESCED_MMIO),
        ("KVM_UNREGISTER_COALESCED_MMIO", ckvm_KVM_UNREGISTER_COALESCED_MMIO),
        ("KVM_SET_GSI_ROUTING", ckvm_KVM_SET_GSI_ROUTING),
        ("KVM_REINJECT_CONTROL", ckvm_KVM_REINJECT_CONTROL),
        ("KVM_IRQFD", ckvm_KVM_IRQFD),
        ("KVM_CREATE_PIT2", ckvm_KVM_CREATE_PIT2),
        ("KVM_SET_BOOT_CPU_ID", ckvm_KVM_SET_BOOT_CPU_ID),
        ("KVM_IOEVENTFD", ckvm_KVM_IOEVENTFD),
        ("KVM_XEN_HVM_CONFIG", ckvm_KVM_XEN_HVM_CONFIG),
        ("KVM_SET_CLOCK", ckvm_KVM_SET_CLOCK),
        ("KVM_GET_CLOCK", ckvm_KVM_GET_CLOCK),
        ("KVM_GET_PIT2", ckvm_KVM_GET_PIT2),
        ("KVM_SET_PIT2", ckvm_KVM_SET_PIT2),
        ("KVM_SET_TSC_KHZ", ckvm_KVM_SET_TSC_KHZ),
        ("KVM_GET_TSC_KHZ", ckvm_KVM_GET_TSC_KHZ),
        ("KVM_SIGNAL_MSI", ckvm_KVM_SIGNAL_MSI),
        ("KVM_SET_PMU_EVENT_FILTER", ckvm_KVM_SET_PMU_EVENT_FILTER),
        ("KVM_CREATE_DEVICE", ckvm_KVM_CREATE_DEVICE),
        ("KVM_MEMORY_ENCRYPT_OP", ckvm_KVM_MEMORY_ENCRYPT_OP),
        ("KVM_MEMORY_ENCRYPT_REG_REGION", ckvm_KVM_MEMORY_ENCRYPT_REG_REGION),
        ("KVM_MEMORY_ENCRYPT_UNREG_REGION", ckvm_KVM_MEMORY_ENCRYPT_UNREG_REGION),
        ("KVM_HYPERV_EVENTFD", ckvm_KVM_HYPERV_EVENTFD),
        ("KVM_CLEAR_DIRTY_LOG", ckvm_KVM_CLEAR_DIRTY_LOG),
        ("KVM_X86_SET_MSR_FILTER", ckvm_KVM_X86_SET_MSR_FILTER),
        ("KVM_RESET_DIRTY_RINGS", ckvm_KVM_RESET_DIRTY_RINGS),
        ("KVM_XEN_HVM_GET_ATTR", ckvm_KVM_XEN_HVM_GET_ATTR),
        ("KVM_XEN_HVM_SET_ATTR", ckvm_KVM_XEN_HVM_SET_ATTR),
        ("KVM_XEN_HVM_EVTCHN_SEND", ckvm_KVM_XEN_HVM_EVTCHN_SEND),
        ("KVM_GET_STATS_FD", ckvm_KVM_GET_STATS_FD),
        ("KVM_SET_DEVICE_ATTR", ckvm_KVM_SET_DEVICE_ATTR),
        ("KVM_GET_DEVICE_ATTR", ckvm_KVM_GET_DEVICE_ATTR),
        ("KVM_HAS_DEVICE_ATTR", ckvm_KVM_HAS_DEVICE_ATTR),
        ("KVM_RUN", ckvm_KVM_RUN),
        ("KVM_GET_REGS", ckvm_KVM_GET_REGS),
        ("KVM_SET_REGS", ckvm_KVM_SET_REGS),
        ("KVM_GET_SREGS", ckvm_KVM_GET_SREGS),
        ("KVM_SET_SREGS", ckvm_KVM_SET_SREGS),
        ("KVM_TRANSLATE", ckvm_KVM_TRANSLATE),
        ("KVM_INTERRUPT", ckvm_KVM_INTERRUPT),
        ("KVM_GET_MSRS", ckvm_KVM_GET_MSRS),
        ("KVM_SET_MSRS", ckvm_KVM_SET_MSRS),
        ("KVM_SET_CPUID", ckvm_KVM_SET_CPUID),
        ("KVM_SET_SIGNAL_MASK", ckvm_KVM_SET_SIGNAL_MASK),
        ("KVM_GET_FPU", ckvm_KVM_GET_FPU),
        ("KVM_SET_FPU", ckvm_KVM_SET_FPU),
        ("KVM_GET_LAPIC", ckvm_KVM_GET_LAPIC),
        ("KVM_SET_LAPIC", ckvm_KVM_SET_LAPIC),
        ("KVM_SET_CPUID2", ckvm_KVM_SET_CPUID2),
        ("KVM_GET_CPUID2", ckvm_KVM_GET_CPUID2),
        ("KVM_TPR_ACCESS_REPORTING", ckvm_KVM_TPR_ACCESS_REPORTING),
        ("KVM_SET_VAPIC_ADDR", ckvm_KVM_SET_VAPIC_ADDR),
        ("KVM_GET_MP_STATE", ckvm_KVM_GET_MP_STATE),
        ("KVM_SET_MP_STATE", ckvm_KVM_SET_MP_STATE),
        ("KVM_NMI", ckvm_KVM_NMI),
        ("KVM_SET_GUEST_DEBUG", ckvm_KVM_SET_GUEST_DEBUG),
        ("KVM_X86_SETUP_MCE", ckvm_KVM_X86_SETUP_MCE),
        ("KVM_X86_GET_MCE_CAP_SUPPORTED", ckvm_KVM_X86_GET_MCE_CAP_SUPPORTED),
        ("KVM_X86_SET_MCE", ckvm_KVM_X86_SET_MCE),
        ("KVM_GET_VCPU_EVENTS", ckvm_KVM_GET_VCPU_EVENTS),
        ("KVM_SET_VCPU_EVENTS", ckvm_KVM_SET_VCPU_EVENTS),
        ("KVM_GET_DEBUGREGS", ckvm_KVM_GET_DEBUGREGS),
        ("KVM_SET_DEBUGREGS", ckvm_KVM_SET_DEBUGREGS),
        ("KVM_ENABLE_CAP", ckvm_KVM_ENABLE_CAP),
        ("KVM_GET_XSAVE", ckvm_KVM_GET_XSAVE),
        ("KVM_SET_XSAVE", ckvm_KVM_SET_XSAVE),
        ("KVM_GET_XCRS", ckvm_KVM_GET_XCRS),
        ("KVM_SET_XCRS", ckvm_KVM_SET_XCRS),
        ("KVM_GET_ONE_REG", ckvm_KVM_GET_ONE_REG),
        ("KVM_SET_ONE_REG", ckvm_KVM_SET_ONE_REG),
        ("KVM_KVMCLOCK_CTRL", ckvm_KVM_KVMCLOCK_CTRL),
        ("KVM_GET_REG_LIST", ckvm_KVM_GET_REG_LIST),
        ("KVM_SMI", ckvm_KVM_SMI),
        ("KVM_GET_NESTED_STATE", ckvm_KVM_GET_NESTED_STATE),
        ("KVM_SET_NESTED_STATE", ckvm_KVM_SET_NESTED_STATE),
        ("KVM_GET_SUPPORTED_HV_CPUID", ckvm_KVM_GET_SUPPORTED_HV_CPUID),
        ("KVM_XEN_VCPU_GET_ATTR", ckvm_KVM_XEN_VCPU_GET_ATTR),
        ("KVM_XEN_VCPU_SET_ATTR", ckvm_KVM_XEN_VCPU_SET_ATTR),
        ("KVM_GET_SREGS2", ckvm_KVM_GET_SREGS2),
        ("KVM_SET_SREGS2", ckvm_KVM_SET_SREGS2),
        ("KVM_GET_XSAVE2", ckvm_KVM_GET_XSAVE2),
        ("KVM_SET_USER_MEMORY_REGION2", ckvm_KVM_SET_USER_MEMORY_REGION2),
        ("KVM_SET_MEMORY_ATTRIBUTES", ckvm_KVM_SET_MEMORY_ATTRIBUTES),
        ("KVM_CREATE_GUEST_MEMFD", ckvm_KVM_CREATE_GUEST_MEMFD),
        ("KVM_PRE_FAULT_MEMORY", ckvm_KVM_PRE_FAULT_MEMORY),
    ]
}
