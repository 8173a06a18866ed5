import KVM
import Testing

@testable import Machine

@Suite("Handling a made-up exit") struct ExitHandlingTests {
    let bus = Bus()

    func out(_ port: UInt16, _ bytes: [UInt8], size: UInt8 = 1) -> ExitHandling {
        let count = UInt32(bytes.count / Int(size))
        return ExitHandling(
            of: .io(IOExit(direction: .output, port: port, size: size, count: count, data: ExitBytes(bytes))), on: bus)
    }

    func read(_ port: UInt16, size: UInt8 = 1, count: UInt32 = 1) -> ExitHandling {
        ExitHandling(of: .io(IOExit(direction: .input, port: port, size: size, count: count)), on: bus)
    }

    func load(_ address: UInt64, length: UInt32 = 4) -> ExitHandling {
        ExitHandling(of: .mmio(MMIOExit(address: address, isWrite: false, length: length)), on: bus)
    }

    func store(_ address: UInt64, _ bytes: [UInt8]) -> ExitHandling {
        ExitHandling(
            of: .mmio(MMIOExit(address: address, isWrite: true, length: UInt32(bytes.count), data: ExitBytes(bytes))),
            on: bus)
    }

    @Test("a byte to the console is shown, and the guest runs on")
    func console() {
        let handling = out(0x3F8, [0x41])
        #expect(handling.disposition == .resume)
        #expect(handling.device == "console")
        #expect(Array(handling.console) == [0x41])
    }

    @Test("a string to the console is shown whole, a wider access by its lowest byte")
    func consoleStrings() {
        #expect(Array(out(0x3F8, Array("Hello, world".utf8)).console) == Array("Hello, world".utf8))
        #expect(Array(out(0x3F8, [0x41, 0x42, 0x43, 0x44], size: 2).console) == [0x41, 0x43])
        #expect(Array(out(0x3F8, [0x41, 0x42, 0x43, 0x44], size: 4).console) == [0x41])
        #expect(out(0x3F8, []).console.isEmpty)
    }

    @Test("the console is a 16550 whose transmitter is always ready")
    func uart() {
        #expect(read(0x3FD).answer.value & 0x60 == 0x60)
        // Line control, with the divisor latch: bytes to offset 0 are then no text.
        #expect(out(0x3FB, [0x83]).console.isEmpty)
        #expect(out(0x3F8, [0x41]).console.isEmpty)
        #expect(read(0x3F8).answer.value == 0x41)
        #expect(out(0x3FB, [0x03]).device == "console")
        #expect(Array(out(0x3F8, [0x42]).console) == [0x42])
        #expect(read(0x3FB).answer.value == 0x03)
        // Scratch.
        _ = out(0x3FF, [0x5A])
        #expect(read(0x3FF).answer.value == 0x5A)
        // No byte is waiting, and no interrupt is pending.
        #expect(read(0x3FD).answer.value & 1 == 0)
        #expect(read(0x3FA).answer.value & 1 == 1)
    }

    @Test("the debug-exit port ends the run with the byte written", arguments: [0, 1, 0x7F, 0xFF] as [UInt8])
    func debugExit(code: UInt8) {
        #expect(out(0xF4, [code]).disposition == .guestExit(code: code))
        #expect(out(0xF4, [code, 0xEE], size: 2).disposition == .guestExit(code: code))
        #expect(out(0xF4, [code]).device == "debug-exit")
    }

    @Test("nobody's port takes what is written and reads all ones", arguments: [1, 2, 4] as [UInt8])
    func unservedPorts(size: UInt8) {
        for port: UInt16 in [0, 0x80, 0xF3, 0xF5, 0x3F7, 0x400, 0xFFFF] {
            let answer = read(port, size: size)
            #expect(answer.device == nil)
            #expect(Array(answer.answer) == [UInt8](repeating: 0xFF, count: Int(size)))
            let written = out(port, [UInt8](repeating: 1, count: Int(size)), size: size)
            #expect(written.device == nil && written.disposition == .resume && written.console.isEmpty)
        }
        #expect(Array(read(0x80, size: size, count: 5).answer) == [UInt8](repeating: 0xFF, count: 5 * Int(size)))
    }

    @Test("a count that no run page could hold is cut, not believed")
    func absurdCount() {
        #expect(read(0x80, size: 4, count: .max).answer.count <= 4 * 4096)
        let lie = ExitHandling(
            of: .io(IOExit(direction: .output, port: 0x3F8, size: 1, count: 1000, data: ExitBytes([1, 2]))), on: bus)
        #expect(Array(lie.console) == [1, 2])
        let noSize = ExitHandling(
            of: .io(IOExit(direction: .output, port: 0x3F8, size: 0, count: 3, data: ExitBytes([]))), on: bus)
        #expect(noSize.disposition == .resume)
    }

    @Test("nobody's address reads all ones", arguments: [1, 2, 4, 8] as [UInt32])
    func unservedAddresses(length: UInt32) {
        for address: UInt64 in [0x1000_0000, 0xCFFF_FFFF, 0xD000_1000, .max] {
            let handling = load(address, length: length)
            #expect(handling.device == nil && handling.disposition == .resume)
            #expect(Array(handling.answer) == [UInt8](repeating: 0xFF, count: Int(length)))
            #expect(store(address, [UInt8](repeating: 0, count: Int(length))).device == nil)
        }
        #expect(load(0x1000_0000, length: .max).answer.count == 8)
    }

    @Test("the lessons' device has its four registers at 0xd0000000")
    func counter() {
        let base: UInt64 = 0xD000_0000
        #expect(load(base).answer.value == 0x4B56_4D53 && load(base).device == "counter")
        #expect((0..<4).map { _ in load(base + 4).answer.value } == [0, 1, 2, 3])
        _ = store(base + 8, [0xEF, 0xBE, 0xAD, 0xDE])
        #expect(load(base + 8).answer.value == 0xDEAD_BEEF)
        #expect(load(base + 9, length: 1).answer.value == 0xBE)
        _ = store(base + 10, [0x34, 0x12])
        #expect(load(base + 8).answer.value == 0x1234_BEEF)
        _ = store(base + 8, [0x77])
        #expect(load(base + 8).answer.value == 0x1234_BE77)
        #expect(load(base + 4, length: 8).answer.value == 0x1234_BE77_0000_0004)
        #expect(load(base + 12).answer.value == 0)
        _ = store(base + 12, [0])
        _ = store(base + 12, [9, 9])
        #expect(load(base + 12).answer.value == 2)
        #expect(load(base + 16).answer.value == 0xFFFF_FFFF)
        #expect(load(base + 0xFFF, length: 1).device == "counter")
    }

    @Test("each other exit is resumed, ends in a halt, or waits for somebody's decision")
    func others() {
        func disposition(_ exit: Exit) -> ExitHandling.Disposition { ExitHandling(of: exit, on: bus).disposition }
        #expect(disposition(.hlt) == .halted)
        for exit in [
            Exit.intr, .irqWindow, .nmi, .setTPR, .tprAccess(rip: 0, isWrite: true),
            .hypercall(.init(number: 1, arguments: [], flags: 0)),
        ] {
            #expect(disposition(exit) == .resume, "\(exit.name)")
        }
        #expect(disposition(.debug(DebugExit(exception: 1, pc: 0, dr6: 0, dr7: 0))) == .debug)
        for exit in [
            Exit.shutdown, .failEntry(hardwareReason: 1, cpu: 0),
            .internalError(InternalErrorExit(suberror: 1, data: [])),
            .unknown(number: 999), .unknownHardware(reason: 3), .systemEvent(type: 1, data: []), .watchdog,
            .dirtyRingFull,
            .exception(vector: 6, errorCode: 0), .memoryFault(flags: 0, address: 0, size: 1),
            .otherArchitecture(number: 13),
            .rdmsr(.init(index: 1, reason: 1, data: 0)),
        ] {
            #expect(disposition(exit) == .failed, "\(exit.name)")
        }
    }
}
