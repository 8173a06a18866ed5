/// What a file is that was named as a guest, decided by its first bytes and never by its name.
///
/// It knows what people have at hand and is no guest: executing it as flat code would end in a triple fault that says
/// nothing.
enum GuestContent {
    /// Why these bytes are not taken as a flat binary, and what to do; nil where nothing speaks against it.
    ///
    /// - Parameter isTold: mode and load address were both given: then a mark of two or three bytes, which code may
    ///   begin with too, counts for nothing.
    static func refusal(_ bytes: [UInt8], name: String, isTold: Bool) -> String? {
        if let kind = longMarks.first(where: { has($0.mark, at: $0.offset, bytes) }) { return kind.words }
        if isEFIProgram(bytes) { return "it is an EFI program, and there is no firmware here that would start it" }
        if SourceText.isText(bytes) {
            return SourceText.advice(String(decoding: bytes.prefix(1 << 16), as: UTF8.self), name: name)
        }
        if !bytes.contains(where: { $0 != 0 }) { return "it holds zeros and nothing else" }
        guard !isTold else { return nil }
        if let kind = shortMarks.first(where: { has($0.mark, at: 0, bytes) }) {
            return kind.words + "; if it is code all the same, say --mode and --load"
        }
        if has([0x55, 0xAA], at: 510, bytes) {
            return "it is a boot sector (55 aa at 510): run it with --mode real --load 0x7c00"
        }
        return nil
    }

    private struct Kind {
        var mark: [UInt8]
        var offset = 0
        var words: String

        init(_ mark: String, at offset: Int = 0, _ words: String) {
            self.init(Array(mark.utf8), at: offset, words)
        }

        init(_ mark: [UInt8], at offset: Int = 0, _ words: String) {
            self.mark = mark
            self.offset = offset
            self.words = words
        }
    }

    private static func has(_ mark: [UInt8], at offset: Int, _ bytes: [UInt8]) -> Bool {
        bytes.count >= offset + mark.count && bytes[offset...].starts(with: mark)
    }

    /// PE behind MZ, with a subsystem of EFI's: 10 to 13; Microsoft's "PE Format".
    private static func isEFIProgram(_ bytes: [UInt8]) -> Bool {
        guard has([0x4D, 0x5A], at: 0, bytes), bytes.count >= 64 else { return false }
        let header = bytes[60..<64].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard has(Array("PE\0\0".utf8), at: header, bytes), bytes.count >= header + 94 else { return false }
        return (10...13).contains(bytes[header + 92])
    }

    private static let packed = "unpack it, and name the guest that is in it"

    /// Four bytes and more, which no code begins with by chance.
    private static let longMarks: [Kind] = [
        Kind("HdrS", at: 0x202, "it is a Linux kernel (bzImage), and this program boots none"),
        Kind("CD001", at: 0x8001, "it is the image of a CD (ISO 9660); \(packed)"),
        Kind([0xFD] + Array("7zXZ\0".utf8), "it is packed with xz; \(packed)"),
        Kind([0x28, 0xB5, 0x2F, 0xFD], "it is packed with zstd; \(packed)"),
        Kind([0x04, 0x22, 0x4D, 0x18], "it is packed with lz4; \(packed)"),
        Kind([0x02, 0x21, 0x4C, 0x18], "it is packed with lz4; \(packed)"),
        Kind([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "it is a 7-Zip archive; \(packed)"),
        Kind("PK\u{3}\u{4}", "it is a ZIP archive; \(packed)"),
        Kind("Rar!", "it is a RAR archive; \(packed)"),
        Kind("!<arch>\n", "it is an archive of object files; link it (ld -Ttext=0x100000)"),
        Kind("!<thin>\n", "it is an archive of object files; link it (ld -Ttext=0x100000)"),
        Kind("ustar", at: 257, "it is a tar archive; \(packed)"),
        Kind("070701", "it is a cpio archive, such as an initramfs; \(packed)"),
        Kind("070702", "it is a cpio archive, such as an initramfs; \(packed)"),
        Kind("070707", "it is a cpio archive; \(packed)"),
        Kind([0xED, 0xAB, 0xEE, 0xDB], "it is an RPM package; \(packed)"),
        Kind("hsqs", "it is a squashfs file system; \(packed)"),
        Kind([0x51, 0x46, 0x49, 0xFB], "it is a disk image (qcow2), and there is no disk here"),
        Kind("KDMV", "it is a disk image (VMDK), and there is no disk here"),
        Kind([0x7F, 0x10, 0xDA, 0xBE], at: 64, "it is a disk image (VDI), and there is no disk here"),
        Kind("SQLite format 3\0", "it is a database; if kvmscope recorded it, say kvmscope replay"),
        Kind("%PDF-", "it is a PDF document, not a guest"),
        Kind([0x89] + Array("PNG\r\n".utf8), "it is a picture (PNG), not a guest"),
        Kind([0xCF, 0xFA, 0xED, 0xFE], "it is a program for macOS (Mach-O), not a guest"),
        Kind([0xCA, 0xFE, 0xBA, 0xBE], "it is a program for macOS or Java, not a guest"),
        Kind("\0asm", "it is WebAssembly, not a guest"),
        Kind([0x42, 0x43, 0xC0, 0xDE], "it is LLVM's bitcode; compile it with clang -c, and link it"),
        Kind("BZh91AY&SY", "it is packed with bzip2; \(packed)"),
    ]

    private static let shortMarks: [Kind] = [
        Kind([0x1F, 0x8B, 0x08], "it is packed with gzip; \(packed)"),
        Kind("BZh", "it is packed with bzip2; \(packed)"),
        Kind("MZ", "it is a program for DOS, Windows or EFI (MZ), not a guest"),
    ]
}
