internal import KVM

extension GuestDebug {
    /// Execution breakpoints in the debug registers; Intel SDM volume 3, "Debug Registers". Only the first four count.
    static func breakpoints(at addresses: [UInt64]) -> GuestDebug {
        guard !addresses.isEmpty else { return .off }
        let four = Array(addresses.prefix(4))
        var dr7: UInt64 = 0x400
        for index in four.indices { dr7 |= 2 << UInt64(index * 2) }
        func address(_ index: Int) -> UInt64 { index < four.count ? four[index] : 0 }
        return GuestDebug(
            control: [.enable, .hardwareBreakpoints], addresses: (address(0), address(1), address(2), address(3)),
            dr7: dr7)
    }
}
