import Foundation

/// The built program beside the test bundle.
enum Program {
    static let path: String = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        for folder in [bundle.deletingLastPathComponent(), Bundle.main.bundleURL] {
            let candidate = folder.appendingPathComponent("kvmscope").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        return "kvmscope"
    }()

    static let lessons = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Lessons").path

    /// Why no guest can run here; nil where one can.
    static let obstacle: String? = {
        let fd = open("/dev/kvm", O_RDWR)
        guard fd >= 0 else { return "/dev/kvm cannot be opened: \(String(cString: strerror(errno)))" }
        close(fd)
        return nil
    }()

    static let hasTmux = (try? run("/usr/bin/env", ["tmux", "-V"]).status) == 0

    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Runs a tool to its end.
    ///
    /// Not by Foundation's Process, which takes a tool for running as long as anything holds a descriptor that it
    /// inherited, and tmux leaves a server behind that does. For the same reason the output goes to files, not pipes.
    @discardableResult
    static func run(_ tool: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kvmscope-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (output, errors) = (folder.path + "/output", folder.path + "/errors")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        func strings(_ list: [String]) -> [UnsafeMutablePointer<CChar>?] { list.map { strdup($0) } + [nil] }
        let words = strings([tool] + arguments)
        let variables = strings(
            ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" })
        defer { for pointer in words + variables { free(pointer) } }
        // A test runs on a thread that takes no signals. A tmux server that inherits this cannot be ended, and lives on
        // with all that runs in it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var child: pid_t = 0
        let code = posix_spawn(&child, tool, &actions, &attributes, words, variables)
        guard code == 0 else { throw Failure(description: "\(tool): \(String(cString: strerror(code)))") }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw Failure(description: "waitpid: \(String(cString: strerror(errno)))") }
        }
        func text(_ path: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        }
        return Result(
            status: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F), output: try text(output),
            errors: try text(errors))
    }

    /// Runs kvmscope itself.
    static func kvmscope(_ arguments: String..., environment: [String: String] = [:]) throws -> Result {
        try run(path, arguments, environment: environment)
    }
}

/// A folder with guests, gone with its owner.
final class Guests {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("kvmscope-guests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func source(_ name: String, _ text: String) throws -> String {
        let file = folder.appendingPathComponent(name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    func binary(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = folder.appendingPathComponent(name)
        try Data(bytes).write(to: file)
        return file.path
    }
}
