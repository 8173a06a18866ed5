/// What a person named as the guest, and how it becomes an image.
public struct Guest: Sendable {
    public var path: String
    /// nil takes `long`, or what an ELF file's class says.
    public var mode: StartMode?
    public var loadAddress: UInt64?

    public init(path: String, mode: StartMode? = nil, loadAddress: UInt64? = nil) {
        self.path = path
        self.mode = mode
        self.loadAddress = loadAddress
    }

    /// Builds a source, reads an ELF file, or takes the file as a flat binary.
    public func image() throws(MachineError) -> GuestImage {
        if path.hasSuffix(".S") || path.hasSuffix(".s") || path.hasSuffix(".c") {
            _ = try readWholeFile(path)
            guard let toolchain = Toolchain.find() else {
                throw .toolchain(name: path, output: "no compiler and linker in PATH; install gcc and binutils")
            }
            return try toolchain.build(source: path, mode: mode ?? .long, loadAddress: loadAddress)
        }
        let bytes = try readWholeFile(path)
        guard !bytes.isEmpty else { throw .image(name: path, reason: "the file is empty") }
        if ELFFile.isELF(bytes) { return try .elf(name: path, bytes: bytes, mode: mode) }
        return try .flat(name: path, bytes: bytes, mode: mode ?? .long, loadAddress: loadAddress)
    }
}
