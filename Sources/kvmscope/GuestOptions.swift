public import ArgumentParser
public import Machine
internal import Session
public import Timeline

/// The options that every command with a guest takes.
struct GuestOptions: ParsableArguments {
    @Argument(help: "The guest: .S or .c source, an ELF file, or a flat binary.", completion: .file())
    var guest: String

    @Option(help: ArgumentHelp("Start state: real, protected or long. An ELF file says its own.", valueName: "mode"))
    var mode: StartMode?

    @Option(help: ArgumentHelp("Load address of a flat binary or a source, such as 0x7c00.", valueName: "address"))
    var load: Address?

    @Option(help: ArgumentHelp("How many vCPUs, 1 to 64.", valueName: "n"))
    var vcpus = 1

    @Option(help: ArgumentHelp("Guest memory, 4K and up; suffixes K, M, G.", valueName: "size"))
    var memory = ByteCount(MachineConfiguration.defaultMemorySize)

    @Option(
        name: .customLong("slot"),
        help: ArgumentHelp(
            "One more memory slot, such as 0x10000000:64K, read-only with :ro behind it; may be given several times.",
            valueName: "start:size[:ro]"))
    var slots: [SlotPlan] = []

    @Option(help: ArgumentHelp("KVM's device.", valueName: "path"), completion: .file())
    var device = DevicePath.standard

    func validate() throws {
        guard (1...64).contains(vcpus) else { throw ValidationError("--vcpus takes 1 to 64, not \(vcpus)") }
    }

    /// Reads or builds the guest.
    func sessionConfiguration() throws(MachineError) -> SessionConfiguration {
        var configuration = SessionConfiguration(
            image: try Guest(path: guest, mode: mode, loadAddress: load?.value).image(), vcpus: vcpus,
            memorySize: memory.value, devicePath: device)
        configuration.slots = slots
        return configuration
    }
}

extension StartMode: ExpressibleByArgument {}

extension SlotPlan: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// An address as a person writes it: decimal, or hexadecimal with 0x.
struct Address: ExpressibleByArgument {
    var value: UInt64

    init?(argument: String) {
        let parsed = argument.lowercased().hasPrefix("0x") ? UInt64(argument.dropFirst(2), radix: 16) : UInt64(argument)
        guard let parsed else { return nil }
        value = parsed
    }
}

/// A size with an optional suffix K, M or G, from one page up.
struct ByteCount: ExpressibleByArgument, CustomStringConvertible {
    var value: Int

    init(_ value: Int) { self.value = value }

    init?(argument: String) {
        // The largest guest physical address space that x86-64 defines has 52 bits.
        guard let bytes = SizeNotation.number(argument), bytes >= 4096, bytes <= 1 << 52 else { return nil }
        value = Int(bytes)
    }

    var description: String { SizeNotation.text(UInt64(value)) }
}
