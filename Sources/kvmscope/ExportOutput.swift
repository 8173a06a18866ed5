internal import Export
internal import Glibc

/// Where an export goes: a file that appears when it is whole, a device or a pipe, or standard output.
///
/// What is there is replaced only where it is an export of ours, and keeps its mode and owner then.
final class ExportOutput {
    struct Failure: Error {
        var text: String
    }

    private struct Replacement {
        var place: String
        /// What is said of the file that is there.
        var facts: stat?
        /// The new file, beside the one whose place it takes; made when there is something to be written.
        var draft: (name: String, file: Int32)?
    }

    private enum Target {
        case standardOutput
        /// A device or a pipe: nothing that could be replaced.
        case stream(Int32)
        /// A file that takes the place of what is there when it is whole.
        case file(Replacement)
    }

    private let path: String
    private var target: Target
    /// While there is a draft, which must not stay behind.
    private var interruption: Interruption?
    private var buffer: [UInt8] = []

    /// - Parameter source: a file that must not be written over.
    init(path: String?, besides source: String) throws {
        self.path = path ?? ""
        guard let path else {
            target = .standardOutput
            return
        }
        target = try Self.target(path, source)
    }

    private static func target(_ path: String, _ source: String) throws -> Target {
        func refusal(_ reason: String) -> Failure { Failure(text: "\(path) cannot be written: \(reason)") }
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            guard errno == ENOENT else { throw refusal(text(errno)) }
            if lstat(path, &facts) == 0 { throw refusal("it is a link to nothing") }
            return .file(Replacement(place: path))
        }
        var (original, standard) = (stat(), stat())
        if stat(source, &original) == 0, isSame(facts, original) {
            throw Failure(text: "\(path) is the recording itself")
        }
        if fstat(1, &standard) == 0, isSame(facts, standard) { return .standardOutput }
        switch facts.st_mode & S_IFMT {
        case S_IFREG:
            guard let place = realpath(path, nil) else { throw refusal(text(errno)) }
            defer { free(place) }
            guard isOurs(path) else {
                throw Failure(text: "\(path) exists and is no export of kvmscope; it is left as it is")
            }
            return .file(Replacement(place: String(cString: place), facts: facts))
        case S_IFCHR, S_IFIFO:
            let file = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
            guard file >= 0 else { throw refusal(text(errno)) }
            return .stream(file)
        case S_IFDIR: throw refusal(text(EISDIR))
        default: throw refusal("it is no file, pipe or character device")
        }
    }

    /// Whether a file is empty or begins as our exports do.
    private static func isOurs(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return false }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: ExportMark.length)
        let count = pread(file, &bytes, bytes.count, 0)
        return count == 0 || count > 0 && ExportMark.isBeginning(bytes.prefix(count))
    }

    private static func text(_ errno: Int32) -> String { String(cString: strerror(errno)) }

    private static func isSame(_ a: stat, _ b: stat) -> Bool { a.st_dev == b.st_dev && a.st_ino == b.st_ino }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) throws {
        buffer += bytes
        if buffer.count >= 1 << 16 { try flush() }
    }

    private func flush() throws {
        if let interruption, interruption.hasCome, let signal = interruption.signal { throw Status.ended(by: signal) }
        switch target {
        case .standardOutput:
            StandardOutput.write(buffer)
            // Told when the program ends; a reader like `head` that has seen enough is no failure.
            if StandardOutput.isClosed { throw Status.done }
        case .stream(let file): try write(to: file)
        case .file(var replacement):
            let file = try replacement.draft?.file ?? beginDraft(&replacement)
            target = .file(replacement)
            try write(to: file)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private func beginDraft(_ replacement: inout Replacement) throws -> Int32 {
        interruption = Interruption()
        let name = "\(replacement.place).new-\(getpid())"
        let file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard file >= 0 else { throw failure }
        if let facts = replacement.facts {
            // Another's file stays another's where that is allowed; the mode last, since a new owner takes bits away.
            _ = fchown(file, facts.st_uid, facts.st_gid)
            _ = fchmod(file, facts.st_mode & 0o7777)
        }
        replacement.draft = (name, file)
        return file
    }

    private func write(to file: Int32) throws {
        var start = 0
        while start < buffer.count {
            let count = buffer[start...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EPIPE { throw Status.done }
            guard count > 0 else { throw failure }
            start += count
        }
    }

    /// What the system said last.
    private var failure: Failure { Failure(text: "\(path) cannot be written: \(Self.text(errno))") }

    func finish() throws {
        do {
            try flush()
        } catch {
            abandon()
            throw error
        }
        switch target {
        case .standardOutput: break
        case .stream(let file): guard close(file) == 0 else { throw failure }
        case .file(let replacement):
            guard let draft = replacement.draft else { return }
            guard close(draft.file) == 0, rename(draft.name, replacement.place) == 0 else {
                let failure = failure
                unlink(draft.name)
                throw failure
            }
        }
    }

    /// Leaves what was there as it was.
    func abandon() {
        switch target {
        case .standardOutput: break
        case .stream(let file): close(file)
        case .file(let replacement):
            guard let draft = replacement.draft else { return }
            close(draft.file)
            unlink(draft.name)
        }
    }
}
