import Glibc
import TestSupport
import Testing

@testable import Machine

@Suite("A source takes no more than its share", .enabled(if: LiveHost.hasToolchain, LiveHost.toolchainReason))
struct BuildingBoundsTests {
    /// A folder of files that is gone when its owner is.
    final class Folder {
        let path: String
        private var made: [String] = []

        init() throws {
            var template = Array("/tmp/kvmscope-test.XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        }

        deinit {
            for name in made.reversed() { remove("\(path)/\(name)") }
            rmdir(path)
        }

        @discardableResult
        func file(_ name: String, _ text: String) throws -> String {
            let stream = try #require(fopen("\(path)/\(name)", "w"))
            fputs(text, stream)
            fclose(stream)
            made.append(name)
            return "\(path)/\(name)"
        }

        func link(_ name: String, to target: String) {
            symlink(target, "\(path)/\(name)")
            made.append(name)
        }
    }

    func refusal(_ build: () throws(MachineError) -> GuestImage) -> String? {
        do throws(MachineError) {
            _ = try build()
            return nil
        } catch {
            return error.description
        }
    }

    static let hello = "mov $'A', %al\nmov $0x3f8, %dx\nout %al, %dx\nhlt\n"

    @Test(
        "a name is a file's name, whatever it looks like",
        arguments: ["@x.S", "-x.S", "-wrapper,sh.S", "a\"b$c.S", "line\nbreak.S", "a b;c|d.S", "@y.c", "-o.c"])
    func names(name: String) throws {
        let folder = try Folder()
        let isC = name.hasSuffix(".c")
        let options = "-wrapper \(folder.path)/run.sh other"
        for other in ["x.S", "y.c"] { try folder.file(other, options) }
        let mark = folder.path + "/ran"
        chmod(try folder.file("run.sh", "#!/bin/sh\ntouch \(mark)\n"), 0o755)
        try folder.file(name, isC ? "int main(int vcpu) { return vcpu; }" : Self.hello)
        // Relative to a folder, as a person types it: the tools of a lesson run in its folder.
        for mode in StartMode.allCases {
            let path = "\(folder.path)/\(name)"
            #expect(refusal { () throws(MachineError) in try Guest(path: path, mode: mode).image() } == nil)
            let confined = refusal { () throws(MachineError) in
                try Guest(path: path, mode: mode, confinedTo: folder.path).image()
            }
            // The lists of what was read have no way to write a line break in a name: it counts as unknown.
            #expect((confined == nil) == !name.contains("\n"))
        }
        let source = try SourcePath(name, confinedTo: nil)
        #expect(source.argument == "./" + name && source.folder == ".")
        #expect(try SourcePath("/a/" + name, confinedTo: nil).folder == "/a")
        #expect(access(mark, F_OK) != 0)
    }

    @Test(
        "what would take all time, memory or disk is ended, and says what the bounds are",
        arguments: [
            ".rept 400000000\nnop\n.endr\n", ".fill 900000000\n", ".include \"SELF\"\n",
            "#include \"SELF\"\n#include \"SELF\"\n", ".incbin \"/dev/zero\"\n",
        ])
    func bounds(text: String) throws {
        let folder = try Folder()
        let path = try folder.file("self.S", text.replacing("SELF", with: "self.S"))
        let toolchain = try #require(Toolchain.find())
        let bounds = ToolBounds(seconds: 5, memory: 512 << 20, file: 64 << 20)
        let words = try #require(
            refusal { () throws(MachineError) in try toolchain.build(path, .long, nil, nil, bounds) })
        #expect(words.contains("5 s, 512 MiB of memory and files of 64 MiB") || words.contains("/dev/zero"), "\(words)")
        #expect(words.split(separator: "\n").count <= 25)
    }

    @Test(
        "a stranger's source includes nothing that lies outside its folder",
        arguments: [
            ("guest.S", ".incbin \"/etc/passwd\"\nhlt\n"), ("guest.S", ".include \"/etc/passwd\"\n"),
            ("guest.S", "#include \"/etc/passwd\"\n"), ("guest.S", "#include \"../secret\"\nhlt\n"),
            ("guest.S", "hlt\n.incbin \"link\"\n"), ("guest.S", "hlt\n.incbin \"../secret\"\n"),
            ("guest.S", ".macro take what file\n.\\what\\()bin \"\\file\"\n.endm\nhlt\ntake inc, /etc/hostname\n"),
            ("guest.S", "#include \"link\"\nhlt\n"),
            ("guest.c", "asm(\".incbin \\\"/etc/passwd\\\"\");\nint main(void) { return 0; }\n"),
            ("guest.c", "#include \"/usr/include/stdio.h\"\nint main(void) { return 0; }\n"),
            ("guest.c", "#define NAME \"/etc/passwd\"\n#include NAME\n"),
        ])
    func confinement(name: String, text: String) throws {
        let parent = try Folder()
        try parent.file("secret", "# 4711\n")
        let inside = parent.path + "/lesson"
        mkdir(inside, 0o700)
        defer {
            for name in ["guest.S", "guest.c", "link"] { unlink("\(inside)/\(name)") }
            rmdir(inside)
        }
        symlink("../secret", inside + "/link")
        let stream = try #require(fopen("\(inside)/\(name)", "w"))
        fputs(text, stream)
        fclose(stream)
        for mode in [StartMode.long, .real] {
            let words = try #require(
                refusal { () throws(MachineError) in
                    try Guest(path: "\(inside)/\(name)", mode: mode, confinedTo: inside).image()
                })
            #expect(words.contains("lies outside its lesson's folder") && !words.contains("\n"), "\(words)")
        }
    }

    @Test("what lies in the folder, and the compiler's own headers, may be included; one's own guest may do more")
    func neighbours() throws {
        let folder = try Folder()
        try folder.file("values.h", "#define NUMBER 5\n")
        try folder.file("more.inc", "nop\n")
        try folder.file("data", "abc")
        let path = try folder.file(
            "guest.S", "#include \"values.h\"\nmov $NUMBER, %al\n.include \"more.inc\"\nhlt\n.incbin \"data\"\n")
        let image = try Guest(path: path, confinedTo: folder.path).image()
        #expect(image.segments[0].bytes == [0xB0, 5, 0x90, 0xF4, 0x61, 0x62, 0x63])
        #expect(try Guest(path: path).image().segments[0].bytes == image.segments[0].bytes)
        let c = try folder.file(
            "guest.c", "#include <stdint.h>\n#include \"values.h\"\nint main(int v) { return (uint8_t)NUMBER; }\n")
        #expect(refusal { () throws(MachineError) in try Guest(path: c, confinedTo: folder.path).image() } == nil)
        let own = try folder.file("own.S", "hlt\n.incbin \"/etc/hostname\"\n")
        #expect(refusal { () throws(MachineError) in try Guest(path: own).image() } == nil)
        folder.link("out.S", to: "/etc/hostname")
        let words = refusal { () throws(MachineError) in
            try Guest(path: folder.path + "/out.S", confinedTo: folder.path).image()
        }
        #expect(words?.contains("lies outside") == true)
    }

    @Test("the names in a rule of make are read as gcc and as write them")
    func rules() {
        #expect(
            Inclusions.prerequisites("guest.o: a\\ b.S /x/c.h \\\n  d$$e \\\n\\#f\n") == [
                "a b.S", "/x/c.h", "d$e", "#f",
            ])
        #expect(Inclusions.prerequisites("").isEmpty)
        #expect(
            Inclusions.mentioned(in: "In file included from a:b.S:3:\n/etc/passwd:1:5: error: x\nld: none")
                == ["a:b.S", "/etc/passwd", "ld"])
    }
}
