import Glibc

/// A directory of procfs whose entries are numbers: descriptors, or threads.
struct NumberedDirectory: ~Copyable {
    private let stream: OpaquePointer
    let fd: Int32

    /// nil when it cannot be opened.
    init?(_ path: String) {
        guard let stream = opendir(path) else { return nil }
        self.stream = stream
        fd = dirfd(stream)
    }

    deinit { closedir(stream) }

    /// Calls `body` with each number and with its name, which ends in a zero byte and lives for the call only.
    func forEachNumber(_ body: (Int32, UnsafePointer<CChar>) -> Void) {
        guard let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) else { return }
        while let entry = readdir(stream) {
            // Sound: the name ends with a zero byte. Read in place, since Swift would copy the 256-byte tuple.
            let name = (UnsafeRawPointer(entry) + nameOffset).assumingMemoryBound(to: CChar.self)
            if let number = Self.number(name) { body(number, name) }
        }
    }

    private static func number(_ name: UnsafePointer<CChar>) -> Int32? {
        var value: Int32 = 0
        var index = 0
        while name[index] != 0 {
            let digit = Int32(name[index]) - 48
            guard (0...9).contains(digit) else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            value = sum
            index += 1
        }
        return index > 0 ? value : nil
    }
}
