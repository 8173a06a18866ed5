public import KVM

/// What user space does about one exit, decided without touching the vCPU: a function of the exit and the devices.
public struct ExitHandling: Sendable {
    public enum Disposition: Sendable, Equatable {
        /// The vCPU can run on.
        case resume
        /// The guest waits for an interrupt that no device here sends.
        case halted
        /// The guest asked for its end through the debug-exit port.
        case guestExit(code: UInt8)
        /// KVM stepped or hit a breakpoint, as it was asked to.
        case debug
        /// Nothing more can be run without somebody's decision.
        case failed
    }

    public var disposition: Disposition
    /// The device that served it; nil where nobody did. Static, so that copying it counts no references.
    public var deviceName: StaticString?
    /// What the guest gets for an `in` or an MMIO read.
    public var answer = ExitBytes()
    /// What the guest wrote to the console.
    public var console = ExitBytes()

    init(_ disposition: Disposition) { self.disposition = disposition }

    /// KVM stepped, as it was asked to: no device has part in it.
    static var ofDebugExit: ExitHandling { ExitHandling(.debug) }

    /// `deviceName` as text.
    public var device: String? { deviceName.map { $0.description } }

    public init(of exit: Exit, on bus: Bus) {
        switch exit {
        case .io(let io): self.init(of: io, on: bus)
        case .mmio(let mmio): self.init(of: mmio, on: bus)
        case .hlt: self.init(.halted)
        case .intr, .irqWindow, .nmi, .setTPR, .tprAccess, .hypercall: self.init(.resume)
        case .debug: self = .ofDebugExit
        default: self.init(.failed)
        }
    }

    /// A single access whose answer is known.
    public init(of access: GuestAccess, _ reply: DeviceAnswer) {
        self.init(.resume)
        note(reply)
        if !access.isWrite { answer = ExitBytes(word: reply.value, count: Int(access.size)) }
    }

    /// One access after the other: string I/O comes as one exit.
    private init(of io: IOExit, on bus: Bus) {
        self.init(.resume)
        let size = Int(io.size)
        let isWrite = io.direction == .output
        var given: [UInt8] = []
        var text: [UInt8] = []
        let units = isWrite ? (size > 0 ? io.data.count / size : 0) : Int(min(io.count, 4096))
        for unit in 0..<units {
            let value =
                isWrite ? (unit * size..<(unit + 1) * size).reversed().reduce(0) { $0 << 8 | UInt64(io.data[$1]) } : 0
            let reply = bus.serve(
                GuestAccess(.port, at: UInt64(io.port), isWrite: isWrite, size: io.size, value: value))
            note(reply)
            if isWrite { text += Array(console) } else { given += Array(ExitBytes(word: reply.value, count: size)) }
        }
        console = ExitBytes(text)
        answer = ExitBytes(given)
    }

    private init(of mmio: MMIOExit, on bus: Bus) {
        let access = GuestAccess(
            .memory, at: mmio.address, isWrite: mmio.isWrite, size: UInt8(min(mmio.length, 8)), value: mmio.data.value)
        self.init(of: access, bus.serve(access))
    }

    private mutating func note(_ reply: DeviceAnswer) {
        console = ExitBytes()
        if let name = reply.device { deviceName = name }
        switch reply.effect {
        case .console(let byte): console = ExitBytes(word: UInt64(byte), count: 1)
        case .exit(let code): disposition = .guestExit(code: code)
        case nil: break
        }
    }
}
