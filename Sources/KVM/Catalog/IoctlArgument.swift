/// An ioctl's argument taken apart field by field, for people to read.
public enum IoctlArgument {
    /// The fields of `request`'s argument: as the kernel left them where it fills the structure, else as they were given.
    ///
    /// `argument` is the third argument of the call: the number itself, or the structure's address.
    /// Structures without a layout here, and any that are shorter than they should be, come as rows of bytes.
    public static func fields(
        request: UInt, argument: UInt, before: [UInt8], after: [UInt8]
    ) -> [IoctlField] {
        let entry = IoctlCatalog.entry(for: request)
        let code = RequestCode(rawValue: request)
        let isFilled = code.direction == .read || code.direction == .readWrite
        let bytes = isFilled && !after.isEmpty && !isReversed(request) ? after : before
        guard let entry else { return bytes.isEmpty ? number(argument) : StructureBytes(bytes).rows() }
        if entry.argument.isEmpty { return [] }
        if entry.argument == "int" { return integer(entry.name, argument) }
        if bytes.isEmpty { return [IoctlField("address", FieldText.hex(UInt64(argument)))] }
        let raw = StructureBytes(bytes)
        switch entry.argument {
        case "struct kvm_cpuid2": return cpuid(bytes, raw)
        case "struct kvm_msrs": return msrs(bytes, raw)
        case "struct kvm_msr_list": return msrList(raw)
        default: break
        }
        guard let layout = StructureLayout.fields(of: entry.argument) else { return raw.rows() }
        let fields = layout.compactMap { $0.field(in: raw) }
        return fields.count == layout.count ? fields : raw.rows()
    }

    /// Three old requests carry the wrong direction in their number: they say read and are written.
    static func isReversed(_ request: UInt) -> Bool {
        ["KVM_SET_IRQCHIP", "KVM_SET_PIT", "KVM_MEMORY_ENCRYPT_REG_REGION", "KVM_MEMORY_ENCRYPT_UNREG_REGION"]
            .contains(IoctlCatalog.name(of: request))
    }

    private static func number(_ argument: UInt) -> [IoctlField] {
        [IoctlField("argument", FieldText.hex(UInt64(argument)))]
    }

    private static func integer(_ name: String, _ argument: UInt) -> [IoctlField] {
        switch name {
        case "KVM_CREATE_VM": [IoctlField("type", "\(argument)", argument == 0 ? "the ordinary kind" : "")]
        case "KVM_CREATE_VCPU": [IoctlField("vcpu", "\(argument)", "number of the vCPU, on x86 its APIC id")]
        case "KVM_CHECK_EXTENSION": [IoctlField("cap", "\(argument)", StructureLayout.capability(UInt64(argument)))]
        case "KVM_SET_TSS_ADDR": [IoctlField("address", FieldText.hex(UInt64(argument)), "three pages")]
        default: [IoctlField("argument", "\(argument)")]
        }
    }

    private static func cpuid(_ bytes: [UInt8], _ raw: StructureBytes) -> [IoctlField] {
        let entries = CPUIDEntry.list(in: bytes)
        let head = IoctlField("nent", "\(raw.value(at: 0, size: 4) ?? 0)", "leaves")
        return [head]
            + entries.enumerated().filter { $1 != CPUIDEntry(function: 0) }.map { n, entry in
                let leaf = FieldText.hex(UInt64(entry.function))
                func register(_ value: UInt32) -> String { FieldText.padded(UInt64(value), 8) }
                return IoctlField(
                    "entries[\(n)]",
                    "leaf \(leaf)" + (entry.indexIsSignificant ? " index \(entry.index)" : ""),
                    "eax \(register(entry.eax)) ebx \(register(entry.ebx)) ecx \(register(entry.ecx)) edx \(register(entry.edx))"
                )
            }
    }

    private static func msrs(_ bytes: [UInt8], _ raw: StructureBytes) -> [IoctlField] {
        let count = Int(truncatingIfNeeded: raw.value(at: 0, size: 4) ?? 0)
        return [IoctlField("nmsrs", "\(count)")]
            + MSREntry.list(in: bytes, count: count).map {
                IoctlField(
                    FieldText.hex(UInt64($0.index)), FieldText.hex($0.value), BitNames.msr(UInt64($0.index)))
            }
    }

    private static func msrList(_ raw: StructureBytes) -> [IoctlField] {
        let count = raw.value(at: 0, size: 4) ?? 0
        let held = min(count, UInt64(max(0, raw.count - 4) / 4))
        return [IoctlField("nmsrs", "\(count)")]
            + (0..<Int(held)).compactMap { n in
                raw.value(at: 4 + n * 4, size: 4).map {
                    IoctlField("indices[\(n)]", FieldText.hex($0), BitNames.msr($0))
                }
            }
    }
}
