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
        // A relative folder may be a stranger's, with a compiler of a stranger's in it.
        let folders = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
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
    ///
    /// - Parameter folder: where the source is a stranger's: what it includes has to lie there.
    public func build(
        source path: String, mode: StartMode, loadAddress: UInt64? = nil, confinedTo folder: String? = nil
    ) throws(MachineError) -> GuestImage {
        try build(path, mode, loadAddress, folder, ToolBounds())
    }

    func build(
        _ path: String, _ mode: StartMode, _ loadAddress: UInt64?, _ folder: String?, _ bounds: ToolBounds
    ) throws(MachineError) -> GuestImage {
        let source = try SourcePath(path, confinedTo: folder)
        let workshop = try Workshop(for: path, bounds: bounds)
        let address = loadAddress ?? mode.loadAddress
        let text = String(decoding: try readWholeFile(source.file), as: UTF8.self)
        let object = workshop.path + "/guest.o"
        try compile(source, text, mode, to: object, in: workshop)
        let file = try ELFFile(name: path, data: readWholeFile(object))
        let symbols = Set(try file.symbols().map(\.name))
        var objects = [object]
        var entrySection = try file.section(of: "_start")
        if entrySection == nil, symbols.contains("main") {
            objects.insert(try make("start.S", Routines.callMain(mode), mode, in: workshop), at: 0)
            entrySection = ".text"
        } else if entrySection == nil, source.isC {
            throw .toolchain(
                name: path, output: "it has neither main nor _start; write int main(int vcpu) { ... }")
        }
        if try !file.undefinedSymbols().isDisjoint(with: Routines.memoryNames) {
            objects.append(try make("memory.c", Routines.memory, mode, in: workshop))
        }
        let script = workshop.path + "/guest.ld"
        try workshop.write(LinkerScript.text(address: address, entrySection: entrySection), to: script)
        let linked = workshop.path + "/guest.elf"
        let link = try workshop.run(
            linker,
            ["-m", mode == .long ? "elf_x86_64" : "elf_i386", "-N", "-static", "--build-id=none", "-z", "noexecstack"]
                + ["-T", script, "-e", entrySection == nil ? hexadecimal(address) : "_start", "-o", linked] + objects)
        try check(link, linker, source, text, workshop)
        var image = try GuestImage.elf(name: path, bytes: readWholeFile(linked), mode: mode)
        image.source = text
        image.lines = lines(of: linked, source: path, in: workshop)
        return image
    }

    /// A source of ours, compiled like the guest's.
    private func make(
        _ name: String, _ text: String, _ mode: StartMode, in workshop: borrowing Workshop
    ) throws(MachineError) -> String {
        let path = "\(workshop.path)/\(name)"
        try workshop.write(text, to: path)
        try compile(SourcePath(path, confinedTo: nil), text, mode, to: path + ".o", in: workshop)
        return path + ".o"
    }

    private func compile(
        _ source: SourcePath, _ text: String, _ mode: StartMode, to object: String, in workshop: borrowing Workshop
    ) throws(MachineError) {
        let width = mode == .long ? "-m64" : mode == .protected || !source.isC ? "-m32" : "-m16"
        // Integer instructions only: not every KVM can emulate the others at CPL 0.
        var options =
            source.isC
            ? [
                "-O1", "-ffreestanding", "-fno-stack-protector", "-fno-pic", "-fno-asynchronous-unwind-tables",
                "-fcf-protection=none", "-mgeneral-regs-only",
            ] + (mode == .long ? ["-mno-red-zone"] : [])
            : ["-ffreestanding", "-x", "assembler-with-cpp"]
        // Files that the assembler includes are looked for beside the source, as those of the preprocessor are.
        options += ["-Xassembler", "-I", "-Xassembler", source.folder]
        if mode == .real && !source.isC {
            // The assembler starts in 32-bit code; a file that says .code16 itself loses nothing by this.
            let prelude = workshop.path + "/real.h"
            if access(prelude, F_OK) != 0 { try workshop.write(".code16\n", to: prelude) }
            options += ["-include", prelude]
        }
        let inclusions = source.confinement.map { _ in Inclusions(in: workshop.path) }
        var headers = ""
        if let inclusions {
            headers = String(try workshop.run(compiler, ["-print-file-name=include"]).output.prefix { $0 != "\n" })
            options += inclusions.options(for: compiler) + ["-nostdinc", "-isystem", headers]
        }
        let result = try workshop.run(
            compiler, ["-c", "-g", width] + options + ["-o", object, source.argument], in: source.runsIn)
        if let inclusions, let folder = source.confinement {
            try inclusions.check(result, folder: folder, allowed: [workshop.path, headers], source)
        }
        try check(result, compiler, source, text, workshop)
    }

    private func check(
        _ result: ToolResult, _ tool: String, _ source: SourcePath, _ text: String, _ workshop: borrowing Workshop
    ) throws(MachineError) {
        guard result.status != 0 || result.isLate else { return }
        let words = ToolWords(result, tool: tool, bounds: workshop.bounds, isC: source.isC, source: text)
        throw .toolchain(name: source.name, output: words.text)
    }

    private func lines(
        of linked: String, source: String, in workshop: borrowing Workshop
    ) -> [GuestImage.Line] {
        guard let objdump,
            let result = try? workshop.run(objdump, ["--dwarf=decodedline", linked], output: 64 << 20),
            result.status == 0
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
