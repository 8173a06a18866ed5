internal import Glibc
internal import KVM

extension GuestDebug {
    /// Whether KVM keeps stepping once it was told so.
    ///
    /// Where the processor runs the guest, KVM steps by the trap flag, and sets it anew after an instruction that it
    /// emulated, or that loaded the flags, only while RIP is where KVM_SET_GUEST_DEBUG last found it: it has to be told
    /// before every step. kvm_pvm emulates all code that can be stepped, and keeps count itself.
    static let isStepKept =
        access("/sys/module/kvm_pvm", F_OK) == 0 && access("/sys/module/kvm_intel", F_OK) != 0
        && access("/sys/module/kvm_amd", F_OK) != 0
}
