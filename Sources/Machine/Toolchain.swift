internal import Glibc

/// The assembler, compiler and linker found on this machine, and how they make a guest of a source.
public struct Toolchain: Sendable {
    /// Path of gcc or clang.
    public let compiler: String
    public let linker: String
    /// Lists which address belongs to which line; the Code pane does without it where it is missing.
    public let objdump: String?

    /// Looks through PATH; nil where a compiler or a linker is missing.
    public static func find(path: String? = nil) -> Toolchain? {
        let path = path ?? getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let folders = path.split(separator: ":").map(String.init)
        func first(_ names: [String]) -> String? {
            for name in names {
                for folder in folders where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
            }
            return nil
        }
        guard let compiler = first(["gcc", "clang", "cc"]), let linker = first(["ld", "ld.bfd", "ld.lld"]) else {
            return nil
        }
        return Toolchain(compiler: compiler, linker: linker, objdump: first(["objdump", "llvm-objdump"]))
    }

    /// Assembles or compiles a `.S`, `.s` or `.c` file and links it at the mode's load address.
    ///
    /// A C file needs `_start` or `main`; `main(vcpu)` is called with the vCPU's number, and what it returns goes to
    /// the debug-exit port. All files made on the way are removed.
    public func build(
        source path: String, mode: StartMode, loadAddress: UInt64? = nil
    ) throws(MachineError) -> GuestImage {
        let folder = try TemporaryFolder(for: path)
        let address = loadAddress ?? mode.loadAddress
        let object = folder.path + "/guest.o"
        try compile(path, mode: mode, to: object, in: folder)
        var objects = [object]
        let symbols = Set(try ELFFile(name: path, data: readWholeFile(object)).symbols().map(\.name))
        if !symbols.contains("_start"), symbols.contains("main") {
            let start = folder.path + "/start.S"
            try folder.write(Self.callMain(mode), to: start)
            let startObject = folder.path + "/start.o"
            try compile(start, mode: mode, to: startObject, in: folder)
            objects.insert(startObject, at: 0)
        }
        let linked = folder.path + "/guest.elf"
        let hasStart = symbols.contains("_start") || objects.count > 1
        try run(
            linker,
            ["-m", mode == .long ? "elf_x86_64" : "elf_i386", "-N", "-static", "--build-id=none", "-z", "noexecstack"]
                + ["-Ttext=\(hexadecimal(address))", "-e", hasStart ? "_start" : hexadecimal(address), "-o", linked]
                + objects,
            for: path)
        let bytes = try readWholeFile(linked)
        var image = try GuestImage.elf(name: path, bytes: bytes, mode: mode)
        image.source = String(decoding: try readWholeFile(path), as: UTF8.self)
        image.lines = lines(of: linked, source: path)
        return image
    }

    private func compile(
        _ path: String, mode: StartMode, to object: String, in folder: borrowing TemporaryFolder
    ) throws(MachineError) {
        let isC = path.hasSuffix(".c")
        // A name that begins with a minus would be taken for an option.
        var input = path.hasPrefix("-") ? "./" + path : path
        if mode == .real && !isC {
            // The assembler starts in 32-bit code; a file that says .code16 itself loses nothing by this.
            input = folder.path + "/real.S"
            try folder.write(".code16\n#include \"\(absolutePath(path))\"\n", to: input)
        }
        let width = mode == .long ? "-m64" : mode == .protected || !isC ? "-m32" : "-m16"
        // Integer instructions only: not every KVM can emulate the others at CPL 0.
        let language =
            isC
            ? [
                "-O1", "-ffreestanding", "-fno-stack-protector", "-fno-pic", "-fno-asynchronous-unwind-tables",
                "-fcf-protection=none", "-mgeneral-regs-only",
            ] + (mode == .long ? ["-mno-red-zone"] : [])
            : ["-x", "assembler-with-cpp"]
        try run(compiler, ["-c", "-g", width] + language + ["-o", object, input], for: path)
    }

    private static func callMain(_ mode: StartMode) -> String {
        let pass = mode == .long ? "" : mode == .protected ? "push %edi\n" : "pushl %edi\n"
        return """
            .globl _start
            .text
            _start:
            \(pass)call\(mode == .real ? "l" : "") main
            out %al, $0xf4
            1: hlt
            jmp 1b

            """
    }

    private func run(_ tool: String, _ arguments: [String], for source: String) throws(MachineError) {
        let result = try runTool(tool, arguments)
        guard result.status == 0 else {
            var text = result.output.isEmpty ? "\(tool) failed with status \(result.status)" : result.output
            while text.last == "\n" { text.removeLast() }
            throw .toolchain(name: source, output: text)
        }
    }

    private func lines(of linked: String, source: String) -> [GuestImage.Line] {
        guard let objdump, let result = try? runTool(objdump, ["--dwarf=decodedline", linked]), result.status == 0
        else { return [] }
        let wanted = source.split(separator: "/").last.map(String.init) ?? source
        var lines: [GuestImage.Line] = []
        for row in result.output.split(separator: "\n") {
            // FileName  Line  Address [View] [Stmt]; long file names are cut at their front, and may hold blanks.
            let columns = row.split(separator: " ", omittingEmptySubsequences: true)
            guard let at = columns.firstIndex(where: { $0.hasPrefix("0x") }), at >= 2,
                let number = Int(columns[at - 1]),
                let address = UInt64(columns[at].dropFirst(2), radix: 16),
                wanted.hasSuffix(columns[..<(at - 1)].joined(separator: " ").suffix(20))
            else { continue }
            lines.append(.init(address: address, number: number))
        }
        return lines.sorted { $0.address < $1.address }
    }
}
