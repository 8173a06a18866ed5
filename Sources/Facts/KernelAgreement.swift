internal import Timeline
internal import X86

/// Our walk held against KVM_TRANSLATE.
public enum KernelAgreement: Sendable, Equatable {
    /// Both say the same.
    case agrees
    /// They differ in a way that is understood; the text says why.
    case explained(String)
    case disagrees(String)
    /// KVM was not asked, or could not answer; the text says why.
    case unknown(String)

    /// Nil where there is no answer to judge.
    public var isGood: Bool? {
        switch self {
        case .agrees, .explained: true
        case .disagrees: false
        case .unknown: nil
        }
    }
}

extension AddressWalk {
    /// What KVM_TRANSLATE says of the same address, judged.
    ///
    /// KVM walks for no access in particular: arch/x86/kvm/x86.c, kvm_arch_vcpu_ioctl_translate calls
    /// kvm_mmu_gva_to_gpa_system, which looks at present and reserved bits and at no permission.
    public var agreement: KernelAgreement {
        guard let pageWalk else { return .unknown("KVM_TRANSLATE takes guest virtual addresses only") }
        guard let answer = translation else { return .unknown("KVM was not asked for this address at this moment") }
        if let refusal = answer.refusal { return .unknown("KVM_TRANSLATE was refused: \(refusal)") }
        switch pageWalk.outcome {
        case .translated(let physical, _, _):
            if !answer.isValid { return .disagrees("KVM finds no translation") }
            return answer.physical == physical.rawValue
                ? .agrees : .disagrees("KVM is led to 0x\(hexadecimal(answer.physical))")
        case .fault(_, .protection, _):
            guard answer.isValid else { return .disagrees("KVM finds no page where a page refuses the access") }
            guard let leaf = leafAddress(pageWalk) else { return .disagrees("KVM finds a page") }
            return leaf == answer.physical
                ? .explained("KVM_TRANSLATE finds the page and asks for no permission")
                : .disagrees("KVM is led to 0x\(hexadecimal(answer.physical)), and the page refused is another")
        case .fault(_, .nonCanonical, _):
            if !answer.isValid { return .agrees }
            if let signExtended, answer.physical == signExtended {
                return .explained(
                    "KVM_TRANSLATE leaves out the upper bits; the processor refuses the address before any table")
            }
            return answer.physical == 0
                ? .explained("this KVM calls a non-canonical address valid, and gives 0")
                : .disagrees("KVM is led from a non-canonical address to 0x\(hexadecimal(answer.physical))")
        case .fault(_, let reason, _):
            return answer.isValid
                ? .disagrees("KVM is led to 0x\(hexadecimal(answer.physical)) past an entry that is \(reason)")
                : .agrees
        case .memoryMissing:
            return answer.isValid
                ? .disagrees("KVM is led to 0x\(hexadecimal(answer.physical)) through a table that is not known here")
                : .explained("KVM finds no translation either: the table is in no memory that can be read")
        }
    }

    /// Where the leaf leads, whatever it permits.
    private func leafAddress(_ walk: PageWalk) -> UInt64? {
        guard let entry = walk.steps.last?.entry, let size = entry.pageSize else { return nil }
        return (entry.frame &+ (walk.linearAddress & (size.bytes &- 1))).rawValue
    }
}
