import TestSupport
import Testing

@testable import Machine

@Suite("Guests are linked for their address", .enabled(if: LiveHost.hasToolchain, LiveHost.toolchainReason))
struct LinkingTests {
    func words(_ text: String, suffix: String, _ mode: StartMode = .long) throws -> String? {
        let file = try SourceFile(text, suffix: suffix)
        do throws(MachineError) {
            _ = try Guest(path: file.path, mode: mode).image()
            return nil
        } catch {
            return error.description
        }
    }

    @Test("the section with the entry comes first, and all others behind it", arguments: StartMode.allCases)
    func entryFirst(mode: StartMode) throws {
        let file = try SourceFile(
            """
            int value = 7;
            int other(int x) { return x + value; }
            __attribute__((section(".start"))) void _start(void) { other(1); for (;;) asm volatile("hlt"); }
            """, suffix: ".c")
        let image = try Guest(path: file.path, mode: mode).image()
        #expect(image.entry == mode.loadAddress && image.lowestAddress == mode.loadAddress)
        #expect(image.segments.allSatisfy { $0.address - mode.loadAddress < 0x1000 })
        let plain = try SourceFile(".section .boot, \"ax\"\nnop\nhlt\n.data\n.byte 1\n")
        let boot = try Guest(path: plain.path, mode: mode).image()
        #expect(boot.entry == mode.loadAddress && boot.segments[0].bytes.starts(with: [0x90, 0xF4]))
    }

    @Test("what gcc itself calls is there, and a guest's own is taken first", arguments: StartMode.allCases)
    func memoryFunctions(mode: StartMode) throws {
        let copying = """
            struct big { char bytes[500]; };
            volatile int size = 300;
            void *memset(void *, int, __SIZE_TYPE__);
            int memcmp(const void *, const void *, __SIZE_TYPE__);
            int main(int vcpu) { struct big a = {{1}}, b; memset(&b, 3, size); b = a; return memcmp(&a, &b, size); }
            """
        #expect(try words(copying, suffix: ".c", mode) == nil)
        let own = "void *memset(void *a, int b, __SIZE_TYPE__ c) { return a; }\n"
        #expect(
            try words(
                own + copying.replacing("void *memset(void *, int, __SIZE_TYPE__);", with: ""), suffix: ".c", mode)
                == nil)
    }

    @Test("a C file without an entry, with floating point or a C library's function says what to do")
    func hints() throws {
        #expect(try words("int f(void) { return 1; }", suffix: ".c")?.contains("neither main nor _start") == true)
        let floats = [
            "double f(double x) { return x * 2; }\nint main(int v) { return f(v); }",
            "volatile float a = 1; int main(int v) { a = a * v; return 0; }",
        ]
        for text in floats {
            for mode in [StartMode.long, .protected] {
                let words = try words(text, suffix: ".c", mode)
                #expect(words?.contains("floating point is off") == true, "\(words ?? "built")")
            }
        }
        let printing = try words(
            "int printf(const char *, ...);\nint main(int v) { printf(\"x%d\", v); return 0; }", suffix: ".c")
        #expect(printing?.contains("no C library") == true && printing?.contains("RWX") == false)
        let division = try words(
            "long long a = 5, b = 3;\nint main(int v) { return a / (b + v); }", suffix: ".c", .protected)
        #expect(division?.contains("64-bit division") == true)
    }

    @Test(
        "NASM's syntax in a .S is recognised; a slip in the GNU assembler's is not taken for it",
        arguments: [
            ("bits 16\nmov ax, 5\nhlt\n", true), ("section .text\nglobal _start\n_start: mov eax, [ebx]\n", true),
            ("text: db 'hello', 0\nfoo bar\n", true), ("mov %al $5\nhlt\n", false), (".globl x\nfrob %eax\n", false),
        ])
    func nasm(text: String, isNASM: Bool) throws {
        let words = try #require(try words(text, suffix: ".S"))
        #expect(words.contains("nasm -f bin") == isNASM, "\(words)")
    }
}
