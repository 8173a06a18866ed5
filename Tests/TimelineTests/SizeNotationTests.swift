import Testing
import Timeline

@Suite("Sizes as a person writes them") struct SizeNotationTests {
    @Test(
        "decimal, hexadecimal, and with a unit of either case",
        arguments: [
            ("0", 0), ("4096", 4096), ("4K", 4096), ("4k", 4096), ("16M", 16 << 20), ("2g", 2 << 30), ("0x1000", 4096),
            ("0X10k", 16 << 10), ("18446744073709551615", .max), ("17179869183G", 17_179_869_183 << 30),
        ] as [(String, UInt64)])
    func read(text: String, number: UInt64) {
        #expect(SizeNotation.number(text) == number)
        #expect(SizeNotation.number(text[...]) == number)
        #expect(SizeNotation.number(SizeNotation.text(number)) == number)
    }

    @Test(
        "what is no number, or none of 64 bits, is none",
        arguments: ["", "K", "0x", "0xK", "-1", "4KB", "4 K", "1.5M", "four", "17179869184G", "18446744073709551616"])
    func refused(text: String) { #expect(SizeNotation.number(text) == nil) }

    @Test(
        "written with the largest unit that leaves no rest",
        arguments: [("1M", 1 << 20), ("1025K", 1025 << 10), ("5", 5)] as [(String, UInt64)])
    func written(text: String, number: UInt64) { #expect(SizeNotation.text(number) == text) }
}
