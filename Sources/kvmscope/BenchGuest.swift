internal import Machine

/// The guests that are measured: machine code, since a machine that measures needs no assembler.
enum BenchGuest {
    /// Exits for ever, by a write to a port that nobody serves.
    ///
    ///     100000:  e6 80     out %al, $0x80
    ///     100002:  eb fc     jmp 0x100000
    static let exiting: [UInt8] = [0xE6, 0x80, 0xEB, 0xFC]

    /// Never exits by itself: each single step is an exit.
    ///
    ///     100000:  48 ff c0  inc %rax
    ///     100003:  eb fb     jmp 0x100000
    static let counting: [UInt8] = [0x48, 0xFF, 0xC0, 0xEB, 0xFB]

    /// Its first exit is its end.
    ///
    ///     100000:  f4        hlt
    static let halting: [UInt8] = [0xF4]

    /// The same as `halting`, to be assembled and linked first.
    static let haltingSource = ".globl _start\n_start: hlt\n"

    static func image(_ name: String, _ code: [UInt8]) throws(MachineError) -> GuestImage {
        try GuestImage.flat(name: name, bytes: code, mode: .long)
    }
}
