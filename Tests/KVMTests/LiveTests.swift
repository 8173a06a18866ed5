import Testing

@testable import KVM

extension Tag {
    @Tag static var live: Self
}

@Suite("On this machine's /dev/kvm", .enabled(if: LiveHost.isUsable, LiveHost.reason), .tags(.live), .serialized)
struct LiveTests {
    @Test func theSmallestGuestAddsWritesADigitAndHalts() throws {
        let machine = try SmallMachine(code: [
            0xB0, 0x02,  // mov al, 2
            0x04, 0x35,  // add al, '5'
            0xBA, 0xF8, 0x03,  // mov dx, 0x3f8
            0xEE,  // out dx, al
            0xF4,  // hlt
        ])
        #expect(machine.vcpu.run() == .exit)
        guard case .io(let io) = machine.vcpu.runPage.exit() else {
            Issue.record("no io exit: \(machine.vcpu.runPage.exit())")
            return
        }
        #expect(io.direction == .output)
        #expect(io.port == 0x3F8)
        #expect(io.size == 1 && io.count == 1)
        #expect(io.data.hex == "37")
        #expect(machine.vcpu.run() == .exit)
        #expect(machine.vcpu.runPage.exit() == .hlt)
    }
}
