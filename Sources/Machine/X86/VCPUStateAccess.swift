internal import KVM

/// Reads and sets the whole state of a vCPU that stands with no access open, on its own thread.
struct VCPUStateAccess: Sendable {
    /// MSRs that KVM names for saving, those left out that it does not read here.
    private let msrs: [UInt32]
    /// Bytes of the XSAVE area; 0 where there is none.
    private let xsaveSize: Int
    private let xsaveComponents: [XSAVEArea.Component]
    private let hasXCRs: Bool
    private let hasDebugRegisters: Bool
    /// What KVM does not offer here, in words.
    let omissions: [String]

    /// Finds out on a vCPU what this KVM offers.
    init(_ offers: StateOffers, on vcpu: borrowing VCPU) {
        xsaveSize = offers.xsave2 > 0 ? offers.xsave2 : offers.xsave > 0 ? 4096 : 0
        xsaveComponents = offers.xsaveComponents
        hasXCRs = offers.xcrs > 0
        hasDebugRegisters = offers.debug > 0
        let indices = offers.indices
        var readable: [UInt32] = []
        var rest = indices[...]
        // The kernel stops at the first that it does not read.
        while !rest.isEmpty, let answers = try? vcpu.msrs(Array(rest), purpose: .observation) {
            readable += answers.map(\.index)
            rest = rest.dropFirst(answers.count + 1)
        }
        msrs = readable
        var omissions: [String] = []
        let unread = indices.count - readable.count
        if unread > 0 { omissions.append("\(unread) MSRs that KVM lists but does not read here") }
        if indices.isEmpty { omissions.append("MSRs, since KVM_GET_MSR_INDEX_LIST names none") }
        if !hasDebugRegisters { omissions.append("the guest's debug registers (no KVM_CAP_DEBUGREGS)") }
        if xsaveSize == 0 { omissions.append("extended processor state beyond x87 and SSE (no KVM_CAP_XSAVE)") }
        omissions.append("the time between: the time stamp counter is set back and runs on")
        self.omissions = omissions
    }

    func snapshot(of vcpu: borrowing VCPU) throws(KVMError) -> TakenState {
        var calls = 5
        var value = VCPUSnapshot(
            general: try vcpu.registers(purpose: .observation),
            special: try vcpu.specialRegisters(purpose: .observation), debug: DebugRegisters(),
            events: try vcpu.events(purpose: .observation), mpState: try vcpu.mpState(purpose: .observation),
            xsave: nil, floatingPoint: nil, extendedControl: [], msrs: [])
        if hasDebugRegisters {
            value.debug = try vcpu.debugRegisters(purpose: .observation)
            calls += 1
        }
        if xsaveSize > 0 {
            value.xsave = XSAVEArea(
                try vcpu.xsave(size: xsaveSize, purpose: .observation), components: xsaveComponents)
        } else {
            value.floatingPoint = try vcpu.floatingPoint(purpose: .observation)
        }
        if hasXCRs {
            value.extendedControl = try vcpu.extendedControlRegisters(purpose: .observation)
            calls += 1
        }
        if !msrs.isEmpty {
            value.msrs = try vcpu.msrs(msrs, purpose: .observation)
            calls += 1
        }
        return TakenState(state: value, calls: calls)
    }

    /// Sets what differs, in the order in which the parts build on each other; QEMU's is the same.
    /// - Returns: MSRs that were refused.
    func restore(_ value: VCPUSnapshot, on vcpu: borrowing VCPU) throws(KVMError) -> [UInt32] {
        try vcpu.setSpecialRegisters(value.special)
        try vcpu.setRegisters(value.general)
        if let area = value.xsave {
            try vcpu.setXSAVE(area.bytes)
        } else if let state = value.floatingPoint {
            try vcpu.setFloatingPoint(state)
        }
        if hasXCRs { try vcpu.setExtendedControlRegisters(value.extendedControl) }
        let refused = try restoreMSRs(value.msrs, on: vcpu)
        try vcpu.setEvents(value.events)
        if try vcpu.mpState(purpose: .observation) != value.mpState { try vcpu.setMPState(value.mpState) }
        if hasDebugRegisters { try vcpu.setDebugRegisters(value.debug) }
        return refused
    }

    /// Sets the MSRs that have another value now. A refusal ends a bulk set, which then begins anew behind it.
    private func restoreMSRs(_ wanted: [MSREntry], on vcpu: borrowing VCPU) throws(KVMError) -> [UInt32] {
        let now = try vcpu.msrs(wanted.map(\.index), purpose: .observation)
        let values = Dictionary(now.map { ($0.index, $0.value) }, uniquingKeysWith: { first, _ in first })
        var rest = wanted.filter { values[$0.index] != $0.value }[...]
        var refused: [UInt32] = []
        while !rest.isEmpty {
            rest = rest.dropFirst((try? vcpu.setMSRs(Array(rest))) ?? 0)
            if let next = rest.popFirst() { refused.append(next.index) }
        }
        return refused
    }
}

/// What KVM_CHECK_EXTENSION and KVM_GET_MSR_INDEX_LIST answer about a vCPU's state.
struct StateOffers: Sendable {
    var indices: [UInt32]
    var xsave: Int
    /// Bytes of the XSAVE area.
    var xsave2: Int
    var xsaveComponents: [XSAVEArea.Component]
    var xcrs: Int
    var debug: Int
}

/// A vCPU's state with what it cost.
struct TakenState: Sendable {
    var state: VCPUSnapshot
    var calls: Int
    /// Begin and end of the KVM_RUN in which KVM finished an access before; nil where none was open.
    var finished: ClosedRange<UInt64>?
}
