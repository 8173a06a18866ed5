internal import Glibc
internal import KVM
internal import Machine
public import Testing

/// Whether guests can be built and run here, found out once.
public enum LiveHost {
    /// Why not, or nil when they can.
    public static let obstacle: String? = {
        do throws(KVMError) {
            let system = try System.open()
            let vm = try system.createVM()
            _ = vm.fd
            return nil
        } catch {
            return error.description
        }
    }()

    public static let hasKVM = obstacle == nil
    public static let kvmReason = Comment(rawValue: "needs a usable /dev/kvm: \(obstacle ?? "")")
    public static let hasToolchain = Toolchain.find() != nil
    public static let toolchainReason: Comment = "needs an assembler and a linker (gcc and binutils)"
    /// The KVM without hardware support, whose emulator refuses some instructions.
    public static let isEmulating = access("/sys/module/kvm_pvm", F_OK) == 0
}
