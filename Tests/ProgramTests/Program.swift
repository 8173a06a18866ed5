import Foundation
import TestSupport

/// The built program beside the test bundle.
enum Program {
    static let path = BuiltProgram.path
    static let lessons = BuiltProgram.lessons

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

    /// Runs a tool to its end.
    ///
    /// The output goes to files, not pipes, since tmux leaves a server behind that holds what it inherited.
    @discardableResult
    static func run(_ tool: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kvmscope-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (output, errors) = (folder.path + "/output", folder.path + "/errors")
        let child = try Child(
            tool, arguments, environment: environment,
            descriptors: [0: .nothing, 1: .file(output), 2: .file(errors)])
        let status = try child.wait()
        func text(_ path: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        }
        return Result(status: status, output: try text(output), errors: try text(errors))
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
