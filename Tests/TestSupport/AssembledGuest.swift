internal import Glibc
public import Machine
internal import Synchronization
internal import Testing

/// A file of a guest's source that is gone when its owner is.
public final class SourceFile {
    public let path: String

    public init(_ text: String, suffix: String = ".S") throws {
        var template = Array("/tmp/kvmscope-test.XXXXXX\(suffix)".utf8CString)
        let fd = mkstemps(&template, Int32(suffix.utf8.count))
        try #require(fd >= 0)
        path = template.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { String(cString: $0) } ?? "" }
        let bytes = Array(text.utf8)
        #expect(write(fd, bytes, bytes.count) == bytes.count)
        close(fd)
    }

    deinit { unlink(path) }
}

/// A guest from the text of its assembly source; `_start` is its entry. Each text is assembled once.
public func assembled(_ text: String, _ mode: StartMode = .long) throws -> GuestImage {
    let key = "\(mode) \(text)"
    if let image = images.withLock({ $0[key] }) { return image }
    let file = try SourceFile(".globl _start\n_start:\n" + text + "\n")
    let image = try Guest(path: file.path, mode: mode).image()
    images.withLock { $0[key] = image }
    return image
}

private let images = Mutex<[String: GuestImage]>([:])
