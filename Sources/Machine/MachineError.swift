public import KVM

/// Why a machine could not be built or run, in one line: what was tried, on what, why it failed, what to do.
public enum MachineError: Error, CustomStringConvertible {
    /// A call to KVM was refused.
    case kvm(KVMError)
    /// The host did not give the memory that was asked for.
    case memory(bytes: Int, errno: Int32)
    /// The image is missing, empty, damaged or does not fit.
    case image(name: String, reason: String)
    /// The assembler, compiler or linker said no; its own words follow.
    case toolchain(name: String, output: String)
    /// A guest physical address range lies in no memory slot.
    case address(UInt64, count: Int)
    /// A further memory slot is not whole pages, or overlaps another.
    case slot(start: UInt64, size: Int)
    /// KVM_GET_API_VERSION gave something else than 12.
    case version(Int)
    case tooManyVCPUs(Int, maximum: Int)
    case noVCPU(Int, count: Int)
    /// A thread could not be started.
    case thread(errno: Int32)
    /// No snapshot can be taken, or this one not be set; one line.
    case snapshot(String)

    public var description: String {
        switch self {
        case .kvm(let error): error.description
        case .memory(let bytes, let code):
            "cannot map \(bytes) bytes of guest memory: \(systemMessage(code)); ask for less with --memory"
        case .image(let name, let reason): "cannot load \(name): \(reason)"
        case .toolchain(let name, let output): "cannot build \(name): \(output)"
        case .address(let address, let count):
            "no memory slot holds the \(count) bytes at guest physical address 0x\(String(address, radix: 16))"
        case .slot(let start, let size):
            "a memory slot of \(size) bytes at 0x\(String(start, radix: 16)) cannot be: it must be whole pages and overlap neither guest memory (--memory) nor another slot (--slot)"
        case .version(let version):
            "this KVM has API version \(version), and every KVM since 2007 has 12; use another kernel"
        case .tooManyVCPUs(let count, let maximum):
            count < 1
                ? "a machine has at least one vCPU and \(count) were asked for; ask for more with --vcpus"
                : "this KVM gives a VM at most \(maximum) vCPUs and \(count) were asked for; ask for fewer with --vcpus"
        case .noVCPU(let index, let count): "there is no vCPU \(index): the machine has \(count), numbered from 0"
        case .thread(let code):
            "cannot start a thread: \(systemMessage(code)); close other programs or ask for fewer vCPUs"
        case .snapshot(let reason): reason
        }
    }
}
