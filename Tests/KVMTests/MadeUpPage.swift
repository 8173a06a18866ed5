import CKVM

@testable import KVM

/// A run page in plain memory, as the kernel could have left it.
final class MadeUpPage {
    let memory: UnsafeMutableRawBufferPointer

    init(size: Int = 3 * 4096) {
        memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        memory.deallocate()
    }

    /// Fills the C structure through the header's own field names, so that decoding by offset is held against it.
    @discardableResult
    func with(_ reason: Int32, _ fill: (inout kvm_run) -> Void = { _ in }) -> MadeUpPage {
        memory.withMemoryRebound(to: kvm_run.self) { runs in
            runs[0].exit_reason = UInt32(reason)
            fill(&runs[0])
        }
        return self
    }

    var exit: Exit { Exit(decoding: UnsafeRawBufferPointer(memory)) }
}
