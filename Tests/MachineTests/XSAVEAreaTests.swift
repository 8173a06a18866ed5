import KVM
import Testing

@testable import Machine

@Suite("XSAVE areas as states") struct XSAVEAreaTests {
    private static let avx = XSAVEArea.Component(number: 2, offset: 576, size: 256)

    private static func area(_ present: UInt8, _ change: (inout [UInt8]) -> Void = { _ in }) -> XSAVEArea {
        var bytes = [UInt8](repeating: 0, count: 1024)
        (bytes[0], bytes[1], bytes[24], bytes[25]) = (0x7F, 0x03, 0x80, 0x1F)
        bytes[512] = present
        change(&bytes)
        return XSAVEArea(bytes, components: [avx])
    }

    @Test("a component that holds its initial state is equal to one that is said to be in it")
    func spelling() {
        for present in [0, 1, 2, 3, 4, 7] as [UInt8] {
            #expect(Self.area(present) == Self.area(7))
            #expect(Self.area(present).differences(from: Self.area(0)).isEmpty)
        }
    }

    @Test(
        "bytes of a component that is in its initial state do not count, and all others do",
        arguments: [
            (0, 1), (40, 1), (170, 2), (600, 4),
        ])
    func contents(place: Int, bit: UInt8) {
        let said = Self.area(7) { $0[place] = 0x55 }
        let unsaid = Self.area(7 & ~bit) { $0[place] = 0x55 }
        #expect(said != Self.area(7))
        #expect(said.differences(from: Self.area(7)) == [place])
        #expect(unsaid == Self.area(7))
    }

    @Test("MXCSR counts whatever is said of the components, and what is software's own never does")
    func control() {
        #expect(Self.area(0) { $0[24] = 0xC0 } != Self.area(0))
        #expect(Self.area(0) { $0[470] = 1 } == Self.area(0))
    }
}
