import Foundation
import TestSupport

/// The built program, run on a file with its time and its memory measured.
enum BoundedChild {
    static let lessons = BuiltProgram.lessons

    struct Result {
        /// Nil where it had to be ended.
        var status: Int32?
        var output: String
        var errors: String
        var seconds: Double
        /// The most that it had in memory, in MiB; a little less where that was for an instant.
        var mebibytes: Int
    }

    /// - Parameter patience: seconds after which it is killed.
    static func run(_ arguments: [String], patience: Double = 30) throws -> Result {
        let scratch = ScratchFile()
        let (output, errors) = (scratch.folder + "/output", scratch.folder + "/errors")
        let child = try Child(
            BuiltProgram.path, arguments, descriptors: [0: .nothing, 1: .file(output), 2: .file(errors)])
        let start = ContinuousClock.now
        var (status, most): (Int32?, Int) = (nil, 0)
        while true {
            var raw: Int32 = 0
            if waitpid(child.id, &raw, WNOHANG) == child.id {
                status = raw & 0x7F == 0 ? raw >> 8 & 0xFF : 128 + (raw & 0x7F)
                break
            }
            most = max(most, resident(child.id))
            if ContinuousClock.now - start > .seconds(patience) {
                kill(child.id, SIGKILL)
                try child.wait()
                break
            }
            usleep(2000)
        }
        let elapsed = ContinuousClock.now - start
        func text(_ path: String) -> String {
            String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        }
        return Result(
            status: status, output: text(output), errors: text(errors),
            seconds: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18,
            mebibytes: most / 1024)
    }

    /// proc(5), /proc/pid/status: the peak of the resident set in KiB.
    private static func resident(_ process: pid_t) -> Int {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return 0 }
        return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
    }
}
