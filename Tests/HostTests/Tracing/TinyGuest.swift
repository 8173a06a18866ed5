import Glibc

/// A real-mode guest of one vCPU, run by bare ioctls: this module's tests know nothing of ours that drives KVM.
final class TinyGuest {
    /// KVM_EXIT_IO, KVM_EXIT_MMIO, KVM_EXIT_HLT.
    static let exits: [UInt32] = [2, 6, 5]

    static let start: UInt64 = 0x1000
    static let code: [UInt8] = [
        0x66, 0x31, 0xC0,  // xor eax, eax
        0x0F, 0xA2,  // cpuid
        0xBA, 0xF8, 0x03,  // mov dx, 0x3f8
        0xB0, 0x41,  // mov al, 'A'
        0xEE,  // out dx, al
        0xB8, 0x00, 0xF0,  // mov ax, 0xf000
        0x8E, 0xD8,  // mov ds, ax
        0xC6, 0x06, 0x34, 0x12, 0x5A,  // mov byte [0x1234], 0x5a
        0xF4,  // hlt
    ]

    static let isPossible = access("/dev/kvm", R_OK | W_OK) == 0

    private let system: Int32
    private let machine: Int32
    private let vcpu: Int32
    private let memory: UnsafeMutableRawPointer
    private let page: UnsafeMutableRawPointer
    private let pageSize: Int
    private static let size = 65536

    init?() {
        system = open("/dev/kvm", O_RDWR | O_CLOEXEC)
        machine = ioctl(system, 0xAE01, 0)  // KVM_CREATE_VM
        vcpu = ioctl(machine, 0xAE41, 0)  // KVM_CREATE_VCPU
        pageSize = Int(max(ioctl(system, 0xAE04, 0), 0))  // KVM_GET_VCPU_MMAP_SIZE
        guard
            let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            let page = mmap(nil, pageSize, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0), memory != MAP_FAILED,
            page != MAP_FAILED
        else { return nil }
        self.memory = memory
        self.page = page
        var region: [UInt64] = [0, 0, UInt64(Self.size), UInt64(UInt(bitPattern: memory))]
        guard ioctl(machine, 0x4020_AE46, &region) == 0 else { return nil }  // KVM_SET_USER_MEMORY_REGION
        memory.advanced(by: Int(Self.start)).copyMemory(from: Self.code, byteCount: Self.code.count)
    }

    deinit {
        munmap(page, pageSize)
        munmap(memory, Self.size)
        for fd in [vcpu, machine, system] { close(fd) }
    }

    /// KVM_GET_STATS_FD of the vCPU.
    func statistics() -> Int32 { ioctl(vcpu, 0xAECE, 0) }

    /// Sets the vCPU to the start and runs until `hlt` or `limit` exits; the exit reasons in order.
    func run(limit: Int = 8) -> [UInt32] {
        var segments = [UInt8](repeating: 0, count: 312)
        guard ioctl(vcpu, 0x8138_AE83, &segments) == 0 else { return [] }  // KVM_GET_SREGS
        // Base and selector of CS and of DS.
        for segment in [0, 24] {
            for index in 0..<8 { segments[segment + index] = 0 }
            for index in 12..<14 { segments[segment + index] = 0 }
        }
        var registers = [UInt64](repeating: 0, count: 18)
        registers[16] = Self.start
        registers[17] = 2
        guard ioctl(vcpu, 0x4138_AE84, &segments) == 0, ioctl(vcpu, 0x4090_AE82, &registers) == 0 else { return [] }
        var reasons: [UInt32] = []
        while reasons.count < limit, reasons.last != 5, ioctl(vcpu, 0xAE80, 0) == 0 {  // KVM_RUN
            reasons.append(page.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        }
        return reasons
    }
}

/// The calling thread's number, as `gettid` gives it.
func currentThread() -> Int32 {
    // /proc/thread-self is a link to <process>/task/<thread>.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
        guard let start = text.baseAddress else { return 0 }
        let count = readlink("/proc/thread-self", start, text.count)
        let link = String(decoding: UnsafeRawBufferPointer(start: start, count: max(count, 0)), as: UTF8.self)
        return link.split(separator: "/").last.flatMap { Int32($0) } ?? 0
    }
}

/// Runs a closure on a thread of its own and waits for it.
func onNewThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body)).toOpaque()
    pthread_create(
        &thread, nil,
        {
            guard let box = $0 else { return nil }
            Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body()
            return nil
        }, box)
    pthread_join(thread, nil)
}
