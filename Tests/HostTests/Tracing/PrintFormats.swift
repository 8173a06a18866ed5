import Glibc
import Timeline

@testable import Host

/// Format files as kernels have them, shortened where they are long, read from a tree of files.
enum PrintFormats {
    static let common = """
        \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
        \tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
        \tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
        \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;


        """

    static let all: [KernelTracepoint: String] = [
        KernelTracepoint("kvm", "kvm_exit"): """
        name: kvm_exit
        ID: 103
        format:
        \(common)\tfield:unsigned int exit_reason;\toffset:8;\tsize:4;\tsigned:0;
        \tfield:unsigned long guest_rip;\toffset:16;\tsize:8;\tsigned:0;
        \tfield:u32 isa;\toffset:24;\tsize:4;\tsigned:0;

        print fmt: "reason %s%s%s rip 0x%lx", (REC->isa == 1) ? __print_symbolic(REC->exit_reason & 0xffff, \
        { 10, "CPUID" }, { 48, "EPT_VIOLATION" }) : __print_symbolic(REC->exit_reason, { 0x040 + 14, "PF excp" }, \
        { 0x400, "npf" }, { -1, "invalid_guest_state" }), (REC->isa == 1 && REC->exit_reason & ~0xffff) ? " " : "", \
        (REC->isa == 1) ? __print_flags(REC->exit_reason & ~0xffff, " ", { 0x80000000, "FAILED_VMENTRY" }) : "", \
        REC->guest_rip

        """,
        KernelTracepoint("kvm", "kvm_userspace_exit"): """
        name: kvm_userspace_exit
        ID: 42
        format:
        \(common)\tfield:__u32 reason;\toffset:8;\tsize:4;\tsigned:0;
        \tfield:int errno;\toffset:12;\tsize:4;\tsigned:1;

        print fmt: "reason %s (%d)", REC->errno < 0 ? (REC->errno == -4 ? "restart" : "error") : \
        __print_symbolic(REC->reason, { 0, "KVM_EXIT_" "UNKNOWN" }, { 2, "KVM_EXIT_" "IO" }), \
        REC->errno < 0 ? -REC->errno : REC->reason

        """,
        KernelTracepoint("kvm", "kvm_emulate_insn"): """
        name: kvm_emulate_insn
        ID: 85
        format:
        \(common)\tfield:__u64 rip;\toffset:8;\tsize:8;\tsigned:0;
        \tfield:__u32 csbase;\toffset:16;\tsize:4;\tsigned:0;
        \tfield:__u8 len;\toffset:20;\tsize:1;\tsigned:0;
        \tfield:__u8 insn[15];\toffset:21;\tsize:15;\tsigned:0;
        \tfield:__u8 flags;\toffset:36;\tsize:1;\tsigned:0;
        \tfield:__u8 failed;\toffset:37;\tsize:1;\tsigned:0;

        print fmt: "%x:%llx:%s (%s)%s", REC->csbase, REC->rip, __print_hex(REC->insn, REC->len), \
        __print_symbolic(REC->flags, { 0, "real" }, { (1 << 0) | (1 << 1), "vm16" }, { (1 << 0), "prot16" }, \
        { (1 << 0) | (1 << 3), "prot64" }), REC->failed ? " failed" : ""

        """,
        KernelTracepoint("kvm", "kvm_inj_exception"): """
        name: kvm_inj_exception
        ID: 101
        format:
        \(common)\tfield:u8 exception;\toffset:8;\tsize:1;\tsigned:0;
        \tfield:u8 has_error;\toffset:9;\tsize:1;\tsigned:0;
        \tfield:u32 error_code;\toffset:12;\tsize:4;\tsigned:0;
        \tfield:bool reinjected;\toffset:16;\tsize:1;\tsigned:0;

        print fmt: "%s%s%s%s%s", __print_symbolic(REC->exception, { 0, "#" "DE" }, { 14, "#" "PF" }), \
        !REC->has_error ? "" : " (", !REC->has_error ? "" : __print_symbolic(REC->error_code, { }), \
        !REC->has_error ? "" : ")", REC->reinjected ? " [reinjected]" : ""

        """,
        KernelTracepoint("kvmmmu", "kvm_mmu_set_spte"): """
        name: kvm_mmu_set_spte
        ID: 119
        format:
        \(common)\tfield:u64 gfn;\toffset:8;\tsize:8;\tsigned:0;
        \tfield:u64 spte;\toffset:16;\tsize:8;\tsigned:0;
        \tfield:u64 sptep;\toffset:24;\tsize:8;\tsigned:0;
        \tfield:u8 level;\toffset:32;\tsize:1;\tsigned:0;
        \tfield:bool r;\toffset:33;\tsize:1;\tsigned:0;
        \tfield:bool x;\toffset:34;\tsize:1;\tsigned:0;
        \tfield:signed char u;\toffset:35;\tsize:1;\tsigned:1;

        print fmt: "gfn %llx spte %llx (%s%s%s%s) level %d at %llx", REC->gfn, REC->spte, REC->r ? "r" : "-", \
        REC->spte & (1ULL << 1) ? "w" : "-", REC->x ? "x" : "-", REC->u == -1 ? "" : (REC->u ? "u" : "-"), \
        REC->level, REC->sptep

        """,
        KernelTracepoint("made", "up"): """
        name: up
        ID: 300
        format:
        \(common)\tfield:__data_loc char[] word;\toffset:8;\tsize:4;\tsigned:0;
        \tfield:char comm[8];\toffset:12;\tsize:8;\tsigned:0;
        \tfield:short change;\toffset:20;\tsize:2;\tsigned:1;

        print fmt: "%s %s %d", __get_str(word), REC->comm, nobody_knows(REC->change)

        """,
    ]

    /// The formats as they are read from a tracefs that has only these.
    static let formats: TraceFormats = {
        let tree = TemporaryTree()
        for (event, text) in all { tree.write("events/\(event.system)/\(event.name)/format", text) }
        let wanted = all.keys.sorted { $0.description < $1.description } + [KernelTracepoint("kvm", "kvm_nowhere")]
        return TraceFormats(wanted, below: tree.path, files: RootedFiles())
    }()

    static func named(_ name: String) -> KernelFormat? { formats.byID.compactMap { $0 }.first { $0.name == name } }
}

/// A record's bytes, put together number by number at its offsets.
struct MadeRecord {
    var bytes: [UInt8]

    init(id: UInt16, thread: Int32 = 77, count: Int) {
        bytes = [UInt8](repeating: 0, count: count)
        put(id, at: 0)
        put(thread, at: 4)
    }

    mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
        withUnsafeBytes(of: value.littleEndian) {
            for (index, byte) in $0.enumerated() { bytes[offset + index] = byte }
        }
    }

    func with(_ value: some FixedWidthInteger, at offset: Int) -> MadeRecord {
        var changed = self
        changed.put(value, at: offset)
        return changed
    }

    /// `name=value` or `name=value(note)`, as the format renders it.
    func rendered(_ format: KernelFormat?) -> [String] {
        let fields = bytes.withUnsafeBytes { format?.render($0) ?? [] }
        return fields.map { $0.name + "=" + $0.value + ($0.note.isEmpty ? "" : "(\($0.note))") }
    }
}
