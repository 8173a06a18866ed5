import Testing

@testable import Machine

@Suite("What is no guest is refused by its content") struct GuestContentTests {
    func refusal(_ bytes: [UInt8], name: String = "guest", isTold: Bool = false) -> String? {
        GuestContent.refusal(bytes, name: name, isTold: isTold)
    }

    func padded(_ bytes: [UInt8], to count: Int, with parts: [Int: [UInt8]] = [:]) -> [UInt8] {
        var result = bytes + [UInt8](repeating: 0x90, count: max(0, count - bytes.count))
        for (offset, part) in parts { result.replaceSubrange(offset..<offset + part.count, with: part) }
        return result
    }

    @Test(
        "texts are told apart, and each says what to do with it",
        arguments: [
            ("bits 64\nhlt\n", "a.bin", "nasm -f bin"), ("; nothing\n", "boot.asm", "nasm -f bin"),
            ("org 0x7c00\nmov al, 5\n", "boot", "nasm -f bin"), ("#!/bin/sh\necho x\n", "run", "a script"),
            (".globl _start\n_start: hlt\n", "guest", "ends with .S"), ("#include <x>\n", "guest", "ends with .c"),
            ("# Hello\n\nRead me.\n", "README.md", "it is text"), ("hlt", "x", "it is text"), ("a", "x", "it is text"),
            ("讀我：這是說明。\n這不是客體。\n", "README.zh", "it is text"),
        ])
    func texts(text: String, name: String, words: String) {
        for isTold in [false, true] {
            let refusal = refusal(Array(text.utf8), name: name, isTold: isTold)
            #expect(refusal?.contains(words) == true, "\(refusal ?? "taken")")
            #expect(refusal?.contains("\n") == false)
        }
    }

    @Test("files that people have at hand are named")
    func kinds() {
        func mark(_ text: String) -> [UInt8] { Array(text.utf8) }
        var efi = padded(mark("MZ"), to: 512, with: [60: [0x80, 0, 0, 0], 0x80: mark("PE\0\0"), 0x80 + 92: [10, 0]])
        #expect(refusal(efi)?.contains("EFI program") == true)
        efi.replaceSubrange(0x80 + 92..<0x80 + 93, with: [3])
        #expect(refusal(efi)?.contains("MZ") == true && refusal(efi, isTold: true) == nil)
        // A kernel with an EFI stub begins as a program for EFI and has a boot sector's mark too.
        let kernel = padded(mark("MZ"), to: 1024, with: [510: [0x55, 0xAA], 0x202: mark("HdrS")])
        #expect(refusal(kernel)?.contains("bzImage") == true)
        let disc = padded([0xEB], to: 0x9000, with: [510: [0x55, 0xAA], 0x8001: mark("CD001")])
        #expect(refusal(disc)?.contains("ISO 9660") == true)
        #expect(refusal(padded([0x1F, 0x8B, 8], to: 100))?.contains("gzip") == true)
        #expect(refusal(padded(mark("PK\u{3}\u{4}"), to: 100))?.contains("ZIP") == true)
        #expect(refusal(padded([0x90], to: 512, with: [257: mark("ustar")]))?.contains("tar") == true)
        #expect(refusal(mark("!<arch>\n") + [0xF4])?.contains("object files") == true)
        #expect(refusal(padded(mark("SQLite format 3\0"), to: 100))?.contains("kvmscope replay") == true)
        #expect(refusal([UInt8](repeating: 0, count: 4096))?.contains("zeros") == true)
    }

    @Test("a boot sector says how it is run, and runs where that is said")
    func bootSector() {
        let sector = padded([0xFA, 0xF4], to: 512, with: [510: [0x55, 0xAA]])
        #expect(refusal(sector)?.contains("--mode real --load 0x7c00") == true)
        #expect(refusal(sector + sector) != nil && refusal(sector, isTold: true) == nil)
        #expect(refusal(padded([0xFA, 0xF4], to: 512)) == nil)
        #expect(refusal(Array(sector.dropLast())) == nil)
    }

    @Test(
        "short code is code, however much of it looks like letters",
        arguments: [
            [0xF4], [0xEB, 0xFE], [0xC3, 0x90], [0xB0, 0x41, 0xE6, 0xF8, 0xF4],
            // Fifteen letters and a halt; two-byte characters of some alphabet without a line.
            Array("AAAAAAAAAAAAAAA".utf8) + [0xF4], [0xC3, 0x90, 0xC3, 0x90, 0x0A],
            // push and pop with short jumps, all but the jump back below 0x80.
            Array("PPXXPPXXPPXXPPXX".utf8) + [0x75, 0xEE, 0xF4], [0x66, 0x90, 0x0A, 0xC0, 0xF4],
        ] as [[UInt8]])
    func code(bytes: [UInt8]) { #expect(refusal(bytes) == nil) }

    @Test("whatever the bytes are, an answer comes and it is one line")
    func anything() {
        var generator = SystemRandomNumberGenerator()
        for count in [1, 2, 63, 64, 65, 511, 512, 600, 40_000] {
            for _ in 0..<20 {
                var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                if count > 64 { bytes.replaceSubrange(0..<2, with: Array("MZ".utf8)) }
                #expect(refusal(bytes)?.contains("\n") != true)
            }
        }
    }
}
