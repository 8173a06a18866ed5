internal import Glibc
internal import Lesson

/// The lines that were entered at the screen's prompt, kept over runs of the program.
///
/// Several programs may write at once: a line goes to the end of the file in one call. What cannot be read or written is
/// no reason to stop anybody: the history then lasts as long as the program.
struct HistoryFile {
    let path: String

    /// How many lines are kept from one run to the next.
    static let limit = 500
    /// The file may grow to twice the lines before it is cut.
    private static let longest = 1 << 20

    /// In the folder of the lessons' progress; nil where nothing says where that is.
    static var standard: HistoryFile? {
        ProgressStore.defaultDirectory().map { HistoryFile(path: $0 + "/history") }
    }

    /// The newest lines, the oldest first.
    func lines() -> [String] {
        guard let text = read() else { return [] }
        let lines = text.split(separator: "\n").map(String.init).filter(Self.isLine)
        let kept = Array(lines.suffix(Self.limit))
        if lines.count > 2 * Self.limit { replace(with: kept) }
        return kept
    }

    func append(_ line: String) {
        guard Self.isLine(line) else { return }
        makeFolder()
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        Self.write(line + "\n", to: file)
    }

    /// A line as it can be typed; what a stranger's file holds may be anything.
    private static func isLine(_ line: String) -> Bool {
        !line.isEmpty && line.utf8.count <= 4096
            && !line.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private func read() -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        // The end of a file that grew too long is its newest part.
        if Int(status.st_size) > Self.longest { lseek(file, -off_t(Self.longest), SEEK_END) }
        var bytes = [UInt8](repeating: 0, count: Self.longest)
        var count = 0
        while count < bytes.count {
            let got = bytes[count...].withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            guard got > 0 else { break }
            count += got
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    private func replace(with lines: [String]) {
        let beside = "\(path).\(getpid())"
        let file = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        let isWhole = Self.write(lines.map { $0 + "\n" }.joined(), to: file)
        close(file)
        if !isWhole || rename(beside, path) != 0 { unlink(beside) }
    }

    @discardableResult
    private static func write(_ text: String, to file: CInt) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } == bytes.count
    }

    private func makeFolder() {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            mkdir(folder, 0o700)
        }
    }
}

/// The names in a folder, for a file name that is being typed.
enum FolderListing {
    /// More than anybody would look through.
    private static let limit = 2000

    /// As a line names them, in order: with the folder before each, and a slash behind one of its folders.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder.isEmpty ? "." : folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < limit, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            // What the command line would read as something else is left to be typed in quotes.
            guard name.first != ".", !name.unicodeScalars.contains(where: isSpecial) else { continue }
            var isFolder = entry.pointee.d_type == UInt8(DT_DIR)
            if entry.pointee.d_type == UInt8(DT_LNK) {
                var status = stat()
                isFolder = stat(folder + name, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            }
            names.append(folder + name + (isFolder ? "/" : ""))
        }
        return names.sorted()
    }

    private static func isSpecial(_ scalar: Unicode.Scalar) -> Bool {
        "\";#\\\u{FFFD}".unicodeScalars.contains(scalar) || scalar.properties.generalCategory == .control
    }
}
