import Glibc

/// A directory of made-up files that is removed with its owner.
final class TemporaryTree {
    let path: String
    /// Everything made, in order, so that it can be removed backwards.
    private var made: [String] = []

    init() {
        var template = Array("/tmp/kvmscope-host-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
    }

    func write(_ name: String, _ text: String) {
        makeDirectory(name.split(separator: "/").dropLast().joined(separator: "/"))
        guard let file = fopen(path + "/" + name, "w") else { return }
        fputs(text, file)
        fclose(file)
        made.append(path + "/" + name)
    }

    func makeDirectory(_ name: String) {
        var directory = path
        for part in name.split(separator: "/") {
            directory += "/" + part
            if mkdir(directory, 0o755) == 0 { made.append(directory) }
        }
    }

    func makeLink(_ name: String, to target: String) {
        if symlink(target, path + "/" + name) == 0 { made.append(path + "/" + name) }
    }

    deinit {
        for name in made.reversed() { remove(name) }
        rmdir(path)
    }
}
