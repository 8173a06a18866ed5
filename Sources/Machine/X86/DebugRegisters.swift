internal import KVM

extension GuestDebug {
    /// Execution breakpoints in the debug registers. Only the first four count.
    static func breakpoints(at addresses: [UInt64]) -> GuestDebug {
        addresses.isEmpty ? .off : GuestDebug(addresses.prefix(4).map { DebugRegister(address: $0) })
    }

    init(_ registers: [DebugRegister]) {
        var dr7: UInt64 = 0x400
        for (index, register) in registers.enumerated() { dr7 |= register.control(index) }
        func address(_ index: Int) -> UInt64 { index < registers.count ? registers[index].address : 0 }
        self.init(
            control: [.enable, .hardwareBreakpoints], addresses: (address(0), address(1), address(2), address(3)),
            dr7: dr7)
    }
}

/// What one of the four debug registers waits for; Intel SDM volume 3, "Debug Registers".
struct DebugRegister {
    /// Linear, and for a write a multiple of `size`.
    var address: UInt64
    /// Bytes whose writing is waited for: 1, 2, 4 or 8; nil for execution.
    var size: Int?

    /// Its bits in DR7: global enable, and R/W with LEN.
    fileprivate func control(_ index: Int) -> UInt64 {
        let enable: UInt64 = 2 << UInt64(index * 2)
        guard let size else { return enable }
        let length: UInt64 = size == 8 ? 2 : UInt64(size - 1)
        return enable | (1 | length << 2) << UInt64(16 + index * 4)
    }
}

/// Breakpoints and watched memory in the debug registers together.
struct Watchpoints {
    let debug: GuestDebug
    /// DR6's bits of those that wait for a write.
    private let writes: UInt64

    /// nil where they need more than the four that there are.
    init?(_ watches: [Watch], breakpoints: [UInt64]) {
        var registers = breakpoints.map { DebugRegister(address: $0) }
        let first = registers.count
        for watch in watches {
            var (address, left) = (watch.address, watch.size)
            while left > 0 {
                var size = 8
                while size > left || address % UInt64(size) != 0 { size /= 2 }
                registers.append(DebugRegister(address: address, size: size))
                address &+= UInt64(size)
                left -= size
            }
        }
        guard registers.count <= 4 else { return nil }
        debug = GuestDebug(registers)
        writes = (first..<registers.count).reduce(0) { $0 | 1 << UInt64($1) }
    }

    func isWrite(_ debug: KVM.DebugExit) -> Bool { debug.dr6 & writes != 0 }
}

extension RunOrder {
    /// How the debug registers can watch for this order; nil where they are not to, or are too few.
    var debugRegisters: Watchpoints? {
        watchesInHardware ? Watchpoints(watches, breakpoints: breakpoints) : nil
    }
}

extension RunOrder {
    /// Whether debug registers do the watching, rather than single steps.
    public var isWatchedInHardware: Bool { !watches.isEmpty && debugRegisters != nil }

    /// Tries on a machine of its own whether a debug register catches a write: there are hosts where none does.
    ///
    /// Takes as long as building a machine and one exit.
    public static func debugRegistersCatchWrites(device: String) -> Bool {
        // movb $1, 0x8000; hlt; jmp to the hlt
        let code: [UInt8] = [0xC6, 0x04, 0x25, 0x00, 0x80, 0x00, 0x00, 0x01, 0xF4, 0xEB, 0xFD]
        let stops = StopMailbox()
        guard let image = try? GuestImage.flat(name: "debug registers", bytes: code, mode: .long),
            let machine = try? Machine(
                MachineConfiguration(image: image, devicePath: device), door: IoctlDoor(), observer: stops)
        else { return false }
        defer { machine.close() }
        var order = RunOrder(.exits(2), detail: .exits)
        order.watches = [Watch(address: 0x8000, places: [.init(address: 0x8000, size: 8)])]
        order.watchesInHardware = true
        machine.run(0, order)
        guard case .watchpoint(let hit) = stops.take().cause, case .register = hit.found else { return false }
        return true
    }
}

/// Waits for a vCPU's stop and hears nothing else.
private final class StopMailbox: MachineObserver {
    private let stops = Mailbox<VCPUStop>()

    func take() -> VCPUStop { stops.take() }
    func didStop(_ stop: VCPUStop) { stops.put(stop) }
    func willCall(_ call: IoctlCall) {}
    func didCall(_ record: IoctlRecord) {}
    func didRun(_ record: RunRecord) {}
    func didExit(_ record: ExitRecord) {}
    func threadDidChange(isStart: Bool, thread: Int32, name: String, vcpu: Int?) {}
}
