/// Where a field lies in a C structure and how it is written.
struct FieldLayout {
    enum Style {
        case decimal
        case hex
        /// Hex, with the names of the set bits as note.
        case bits([(Int, String)])
        /// A number, with words for it as note.
        case named(@Sendable (UInt64) -> String)
        /// The 24 bytes of `struct kvm_segment`.
        case segment
        /// The 16 bytes of `struct kvm_dtable`.
        case table
    }

    let name: String
    let offset: Int
    let size: Int
    let style: Style

    init(_ name: String, _ offset: Int, _ size: Int, _ style: Style = .decimal) {
        self.name = name
        self.offset = offset
        self.size = size
        self.style = style
    }

    /// The field as text, or nil when the bytes do not reach that far.
    func field(in bytes: StructureBytes) -> IoctlField? {
        switch style {
        case .segment: return segment(in: bytes)
        case .table: return table(in: bytes)
        default: break
        }
        guard let value = bytes.value(at: offset, size: size) else { return nil }
        return switch style {
        case .decimal: IoctlField(name, "\(value)")
        case .bits(let names): IoctlField(name, FieldText.hex(value), FieldText.bits(value, names))
        case .named(let words): IoctlField(name, "\(value)", words(value))
        default: IoctlField(name, FieldText.hex(value))
        }
    }

    private func segment(in bytes: StructureBytes) -> IoctlField? {
        func part(_ at: Int, _ size: Int) -> UInt64 { bytes.value(at: offset + at, size: size) ?? 0 }
        guard bytes.value(at: offset + 16, size: 8) != nil else { return nil }
        let flags = [
            (15, "present"), (17, "32-bit"), (18, "code/data"), (19, "64-bit"), (20, "4K-limit"), (22, "unusable"),
        ]
        .filter { part($0.0, 1) != 0 }.map(\.1)
        return IoctlField(
            name,
            "\(FieldText.hex(part(12, 2))) base \(FieldText.hex(part(0, 8))) limit \(FieldText.hex(part(8, 4)))",
            (["type \(part(14, 1))", "dpl \(part(16, 1))"] + flags).joined(separator: ", "))
    }

    private func table(in bytes: StructureBytes) -> IoctlField? {
        guard let base = bytes.value(at: offset, size: 8), let limit = bytes.value(at: offset + 8, size: 2) else {
            return nil
        }
        return IoctlField(name, "base \(FieldText.hex(base)) limit \(FieldText.hex(limit))")
    }
}

/// The fields of the structures that are shown by name; any other structure is shown as bytes.
enum StructureLayout {
    static func fields(of structure: String) -> [FieldLayout]? {
        layouts[structure]
    }

    private static let layouts: [String: [FieldLayout]] = X86Layouts.all.merging(
        [
            "struct kvm_userspace_memory_region": [
                FieldLayout("slot", 0, 4),
                FieldLayout("flags", 4, 4, .bits([(0, "KVM_MEM_LOG_DIRTY_PAGES"), (1, "KVM_MEM_READONLY")])),
                FieldLayout("guest_phys_addr", 8, 8, .hex),
                FieldLayout("memory_size", 16, 8, .named(FieldText.size)),
                FieldLayout("userspace_addr", 24, 8, .hex),
            ],
            "struct kvm_dirty_log": [FieldLayout("slot", 0, 4), FieldLayout("dirty_bitmap", 8, 8, .hex)],
            "struct kvm_enable_cap": [
                FieldLayout("cap", 0, 4, .named(capability)), FieldLayout("flags", 4, 4, .hex),
                FieldLayout("args[0]", 8, 8, .hex), FieldLayout("args[1]", 16, 8, .hex),
                FieldLayout("args[2]", 24, 8, .hex), FieldLayout("args[3]", 32, 8, .hex),
            ],
            "struct kvm_mp_state": [
                FieldLayout("mp_state", 0, 4, .named { MPState(rawValue: UInt32(truncatingIfNeeded: $0)).description })
            ],
            "struct kvm_create_device": [
                FieldLayout("type", 0, 4), FieldLayout("fd", 4, 4), FieldLayout("flags", 8, 4, .hex),
            ],
            "struct kvm_device_attr": [
                FieldLayout("flags", 0, 4, .hex), FieldLayout("group", 4, 4), FieldLayout("attr", 8, 8),
                FieldLayout("addr", 16, 8, .hex),
            ],
            "struct kvm_irq_level": [FieldLayout("irq", 0, 4), FieldLayout("level", 4, 4)],
            "struct kvm_coalesced_mmio_zone": [
                FieldLayout("addr", 0, 8, .hex), FieldLayout("size", 8, 4),
                FieldLayout("pio", 12, 4, .named { $0 == 0 ? "memory" : "ports" }),
            ],
            "__u64": [FieldLayout("value", 0, 8, .hex)],
        ]
    ) { first, _ in first }

    static func capability(_ number: UInt64) -> String {
        Capability(rawValue: UInt32(truncatingIfNeeded: number)).name ?? "a capability that this program does not know"
    }
}
