/// What a person named as the guest, and how it becomes an image.
public struct Guest: Sendable {
    public var path: String
    /// nil takes `long`, or what an ELF file's class says.
    public var mode: StartMode?
    public var loadAddress: UInt64?

    /// The folder that a stranger's guest came in: it lies there, and its source includes only what lies there too.
    public var folder: String?

    public init(path: String, mode: StartMode? = nil, loadAddress: UInt64? = nil, confinedTo folder: String? = nil) {
        self.path = path
        self.mode = mode
        self.loadAddress = loadAddress
        self.folder = folder
    }

    /// Builds a source, reads an ELF file, or takes the file as a flat binary; what is none of these is refused.
    public func image() throws(MachineError) -> GuestImage {
        let file = try SourcePath(path, confinedTo: folder).file
        if path.hasSuffix(".S") || path.hasSuffix(".s") || path.hasSuffix(".c") {
            guard try !readWholeFile(file).isEmpty else { throw .image(name: path, reason: "the file is empty") }
            guard let toolchain = Toolchain.find() else {
                throw .toolchain(name: path, output: "no compiler and linker in PATH; install gcc and binutils")
            }
            return try toolchain.build(
                source: path, mode: mode ?? .long, loadAddress: loadAddress, confinedTo: folder)
        }
        let bytes = try readWholeFile(file)
        guard !bytes.isEmpty else { throw .image(name: path, reason: "the file is empty") }
        if ELFFile.isELF(bytes) { return try .elf(name: path, bytes: bytes, mode: mode) }
        if let reason = GuestContent.refusal(bytes, name: path, isTold: mode != nil && loadAddress != nil) {
            throw .image(name: path, reason: reason)
        }
        return try .flat(name: path, bytes: bytes, mode: mode ?? .long, loadAddress: loadAddress)
    }
}
