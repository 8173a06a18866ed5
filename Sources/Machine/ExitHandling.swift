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
    /// The device that served it; nil where nobody did.
    public var device: String?
    /// What the guest gets for an `in` or an MMIO read.
    public var answer = ExitBytes()
    /// What the guest wrote to the console.
    public var console = ExitBytes()

    init(_ disposition: Disposition) { self.disposition = disposition }

    public init(of exit: Exit, on bus: Bus) {
        switch exit {
        case .io(let io): self.init(of: io, on: bus)
        case .mmio(let mmio): self.init(of: mmio, on: bus)
        case .hlt: self.init(.halted)
        case .intr, .irqWindow, .nmi, .setTPR, .tprAccess, .hypercall: self.init(.resume)
        case .debug: self.init(.debug)
        default: self.init(.failed)
        }
    }

    private init(of io: IOExit, on bus: Bus) {
        self.init(.resume)
        let size = Int(io.size)
        if io.direction == .output && io.count == 1 {
            // The common case, kept free of allocation.
            serve(bus.writePort(io.port, size: size, value: io.data.value), size)
            return
        }
        if io.direction == .output {
            var text: [UInt8] = []
            for start in stride(from: 0, to: io.data.count - size + 1, by: max(size, 1)) {
                let value = (start..<start + size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(io.data[$1]) }
                console = ExitBytes()
                serve(bus.writePort(io.port, size: size, value: value), size)
                text += Array(console)
            }
            console = ExitBytes(text)
            return
        }
        if io.count == 1 {
            answer = ExitBytes(word: read(bus.readPort(io.port, size: size)), count: size)
            return
        }
        var bytes: [UInt8] = []
        for _ in 0..<min(io.count, 4096) {
            bytes += Array(ExitBytes(word: read(bus.readPort(io.port, size: size)), count: size))
        }
        answer = ExitBytes(bytes)
    }

    private init(of mmio: MMIOExit, on bus: Bus) {
        self.init(.resume)
        let size = Int(min(mmio.length, 8))
        if mmio.isWrite {
            serve(bus.writeMemory(mmio.address, size: size, value: mmio.data.value), size)
        } else {
            answer = ExitBytes(word: read(bus.readMemory(mmio.address, size: size)), count: size)
        }
    }

    private mutating func serve(_ reply: Bus.Answer?, _ size: Int) {
        guard let reply else { return }
        device = reply.device
        switch reply.effect {
        case .console(let byte): console = ExitBytes(word: UInt64(byte), count: 1)
        case .exit(let code): disposition = .guestExit(code: code)
        case nil: break
        }
    }

    /// All ones where nobody answers, as an empty PC bus gives.
    private mutating func read(_ reply: Bus.Answer?) -> UInt64 {
        guard let reply else { return UInt64.max }
        device = reply.device
        return reply.value
    }
}
