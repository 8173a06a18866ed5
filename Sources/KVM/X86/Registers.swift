internal import CKVM

/// The general registers, the instruction pointer and the flags of one vCPU (`struct kvm_regs`).
public struct Registers: Sendable, Hashable {
    public var rax: UInt64 = 0
    public var rbx: UInt64 = 0
    public var rcx: UInt64 = 0
    public var rdx: UInt64 = 0
    public var rsi: UInt64 = 0
    public var rdi: UInt64 = 0
    public var rsp: UInt64 = 0
    public var rbp: UInt64 = 0
    public var r8: UInt64 = 0
    public var r9: UInt64 = 0
    public var r10: UInt64 = 0
    public var r11: UInt64 = 0
    public var r12: UInt64 = 0
    public var r13: UInt64 = 0
    public var r14: UInt64 = 0
    public var r15: UInt64 = 0
    public var rip: UInt64 = 0
    /// Bit 1 always reads as 1 (Intel SDM volume 1, "EFLAGS Register").
    public var rflags: UInt64 = 2

    public init() {}

    init(_ c: kvm_regs) {
        rax = c.rax
        rbx = c.rbx
        rcx = c.rcx
        rdx = c.rdx
        rsi = c.rsi
        rdi = c.rdi
        rsp = c.rsp
        rbp = c.rbp
        r8 = c.r8
        r9 = c.r9
        r10 = c.r10
        r11 = c.r11
        r12 = c.r12
        r13 = c.r13
        r14 = c.r14
        r15 = c.r15
        rip = c.rip
        rflags = c.rflags
    }

    var c: kvm_regs {
        kvm_regs(
            rax: rax, rbx: rbx, rcx: rcx, rdx: rdx, rsi: rsi, rdi: rdi, rsp: rsp, rbp: rbp, r8: r8, r9: r9, r10: r10,
            r11: r11, r12: r12, r13: r13, r14: r14, r15: r15, rip: rip, rflags: rflags)
    }
}
