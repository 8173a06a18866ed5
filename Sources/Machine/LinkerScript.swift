/// Where the linker puts what: the section with the entry first, then code, constants, data and what is zero, without
/// gaps. A section of another name follows those of its kind.
enum LinkerScript {
    static func text(address: UInt64, entrySection: String?) -> String {
        let first = entrySection.flatMap { isPlain($0) ? "*(\($0)) " : nil } ?? ""
        return """
            SECTIONS
            {
              . = \(hexadecimal(address));
              .text \(hexadecimal(address)) : { \(first)*(.text .text.*) }
              PROVIDE(_etext = .);
              .rodata : { *(.rodata .rodata.*) }
              .data : { *(.data .data.*) }
              PROVIDE(_edata = .);
              .bss : { PROVIDE(__bss_start = .); *(.bss .bss.* COMMON) }
              PROVIDE(_end = .);
              /DISCARD/ : { *(.comment) *(.note .note.*) *(.eh_frame) }
            }

            """
    }

    /// Whether the script's language takes a name for nothing else.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "$"):
                    true
                default: false
                }
            }
    }
}
