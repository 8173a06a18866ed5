/// What kind of text a file is, by its content.
enum SourceText {
    /// Whether all bytes are those of a text: no code of a guest that ever ends, halts or jumps back is made of them.
    ///
    /// Printable ASCII, tabs and line ends. Other characters count where they are whole UTF-8 in a text of some length
    /// with lines: two bytes of code may well be a letter of some alphabet.
    static func isText(_ bytes: [UInt8]) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (0x20...0x7E).contains(byte) || (0x08...0x0D).contains(byte) || byte == 0x1B
        }
        guard bytes.contains(where: { !isPlain($0) }) else { return !bytes.isEmpty }
        guard bytes.count >= 16, bytes.contains(0x0A), bytes.allSatisfy({ isPlain($0) || $0 >= 0x80 }) else {
            return false
        }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    /// What to do with a text that was named as a guest.
    static func advice(_ text: String, name: String) -> String {
        let suffix = name.split(separator: ".").last?.lowercased() ?? ""
        if text.hasPrefix("#!") { return "it is a script, not a guest" }
        if ["asm", "nasm"].contains(suffix) || isNASM(text) {
            return "it is a source for NASM: make a flat binary of it with nasm -f bin, and name that"
        }
        let words = lines(text).prefix(2000)
        if words.contains(where: { line in
            [".globl ", ".global ", ".code16", ".code32", ".code64", ".text"].contains { line.hasPrefix($0) }
        }) {
            return "it is a source for the GNU assembler: give it a name that ends with .S"
        }
        if words.contains(where: {
            $0.hasPrefix("#include") || $0.hasPrefix("int main(") || $0.hasPrefix("void _start(")
        }) {
            return "it is a source in C: give it a name that ends with .c"
        }
        return "it is text, not a guest: name a source (.S or .c), an ELF file or a flat binary"
    }

    /// Whether the text has what NASM's syntax has and the GNU assembler's has not.
    static func isNASM(_ text: String) -> Bool {
        lines(text).prefix(2000).contains { line in
            let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard let first = words.first?.lowercased() else { return false }
            switch first {
            case "bits", "[bits", "use16", "use32", "use64": return words.count <= 2
            case "[org", "%define", "%macro", "%include", "cpu", "global", "extern": return words.count >= 2
            case "org": return words.count == 2
            case "db", "dw", "dd", "dq", "resb", "resw", "resd", "resq", "times": return words.count >= 2
            default: return words.count >= 3 && ["db", "dw", "dd", "dq", "equ"].contains(words[1].lowercased())
            }
        }
    }

    private static func lines(_ text: String) -> [Substring] {
        text.split { $0.isNewline }.map { $0.drop { $0 == " " || $0 == "\t" } }
    }
}
