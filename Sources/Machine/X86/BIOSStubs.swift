public import KVM

/// One halt for each interrupt vector of real mode: there is no BIOS here, and a call of one would else execute the zeros
/// to which an empty vector leads.
///
/// Vector n leads to the halt that lies n bytes behind the first; so the exit `hlt` there tells which vector was taken. A
/// vector that the guest sets leads where the guest says, and those that its image covers are the guest's.
public struct BIOSStubs: Sendable, Equatable {
    /// Linear address of the first, a multiple of 16.
    public let address: UInt64

    static let size: UInt64 = 256
    static let vectorTableSize: UInt64 = 1024
    /// Where a PC's BIOS lies.
    static let usualAddress: UInt64 = 0xF_0000

    private var segment: UInt16 { UInt16(truncatingIfNeeded: address >> 4) }

    /// What is put into memory beside an image: the halts, and the vectors that the image leaves free.
    func pieces(beside image: GuestImage) -> [(address: UInt64, bytes: [UInt8])] {
        let halts = (address: address, bytes: [UInt8](repeating: 0xF4, count: Int(Self.size)))
        let vectors = (0..<Self.size).compactMap { vector -> (address: UInt64, bytes: [UInt8])? in
            let place = vector * 4..<vector * 4 + 4
            guard !image.segments.contains(where: { ($0.address..<$0.end).overlaps(place) }) else { return nil }
            let parts = [UInt16(vector), segment]
            return (
                place.lowerBound, parts.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
            )
        }
        return [halts] + vectors
    }

    /// What brought a halted vCPU to one of the halts; nil where it halted elsewhere.
    func call(_ general: Registers, _ system: SpecialRegisters, _ memory: GuestMemory) -> BIOSCall? {
        let isReal = system.cr0 & 1 == 0
        // RIP is behind the halt.
        let halt = system.cs.base &+ (general.rip & 0xFFFF) &- 1
        guard isReal, system.cs.selector == segment, halt >= address, halt - address < Self.size else { return nil }
        // The processor has pushed FLAGS, CS and IP.
        func word(_ place: UInt64) -> UInt16? {
            memory.word(at: system.ss.base &+ (general.rsp &+ place & 0xFFFF), size: 2).map {
                UInt16(truncatingIfNeeded: $0)
            }
        }
        var call = BIOSCall(
            vector: UInt8(halt - address), offset: word(0), segment: word(2), isInstruction: false, registers: general)
        if let offset = call.offset, let segment = call.segment {
            func code(_ back: UInt16) -> UInt8? {
                memory.word(at: UInt64(segment) << 4 &+ UInt64(offset &- back), size: 1).map {
                    UInt8(truncatingIfNeeded: $0)
                }
            }
            // INT n, INT3, INTO and INT1 by their opcodes; Intel SDM volume 2.
            let single: UInt8? = [3: 0xCC, 4: 0xCE, 1: 0xF1][call.vector]
            let isSingle = single != nil && code(1) == single
            let isTwo = code(2) == 0xCD && code(1) == call.vector
            call.isInstruction = isSingle || isTwo
            if isSingle || isTwo { call.offset = offset &- (isTwo ? 2 : 1) }
        }
        return call
    }
}

/// A real-mode guest took an interrupt vector that it had not set.
public struct BIOSCall: Sendable, Equatable {
    public var vector: UInt8
    /// Where the guest was: the instruction that called, or that brought about an exception; nil where its stack cannot
    /// be read.
    public var offset: UInt16?
    public var segment: UInt16?
    /// The guest asked for it by `int`; else the processor raised an exception.
    public var isInstruction: Bool
    public var registers: Registers

    /// One line: what was called, and that nothing answers.
    public var text: String {
        let place =
            offset.flatMap { offset in segment.map { " at \(hexadecimal($0, 4)):\(hexadecimal(offset, 4))" } } ?? ""
        guard isInstruction else {
            let name = Self.exceptions[vector].map { "\($0) (vector \(vector))" } ?? "interrupt \(vector)"
            return "\(name)\(place), and the guest has set no vector for it; there is no BIOS here"
        }
        let high = UInt8(truncatingIfNeeded: registers.rax >> 8)
        let low = UInt8(truncatingIfNeeded: registers.rax)
        let letter = (0x20...0x7E).contains(low) ? "'\(Character(Unicode.Scalar(low)))'" : "0x\(hexadecimal(low, 2))"
        return
            "the guest called int 0x\(hexadecimal(vector, 2)) (AH=0x\(hexadecimal(high, 2)) AL=\(letter))\(place); there is no BIOS here"
    }

    /// Intel SDM volume 3, "Exceptions and Interrupts", as far as real mode has them.
    private static let exceptions: [UInt8: String] = [
        0: "#DE, a division", 1: "#DB", 2: "an NMI", 3: "#BP", 4: "#OF", 5: "#BR", 6: "#UD, an invalid opcode",
        7: "#NM",
        8: "#DF", 12: "#SS, the stack segment's limit", 13: "#GP, a segment's limit or a privilege", 16: "#MF",
        17: "#AC",
        18: "#MC", 19: "#XM",
    ]
}

private func hexadecimal(_ value: some FixedWidthInteger, _ digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
