internal import KVM
internal import Timeline

extension IoctlGuide {
    init?(request: UInt, kind: DescriptorKind) { return nil }
}

func decodedFields(_ call: KVM.IoctlCall, after: [UInt8]) -> [IoctlField] { [] }
