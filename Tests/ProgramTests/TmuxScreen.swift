import Foundation

/// The real program in a real terminal: tmux shows it, types for it and reads its screen.
final class TmuxScreen {
    private let socket = "kvmscope-test-\(getpid())-\(UInt32.random(in: 0..<UInt32.max))"
    private let state: URL

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// - Parameters:
    ///   - shell: the command line that a shell in the terminal runs; the program's path is in `$KVMSCOPE`.
    init(columns: Int, rows: Int, shell: String, environment: [String: String] = [:]) throws {
        state = FileManager.default.temporaryDirectory.appendingPathComponent(socket)
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        var words = ["-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)"]
        let all = [
            "KVMSCOPE": Program.path, "KVMSCOPE_LESSONS": Program.lessons, "XDG_STATE_HOME": state.path,
            "LC_ALL": "C.UTF-8",
            // Swift would ask at the terminal what to do about a crash.
            "SWIFT_BACKTRACE": "enable=no",
        ].merging(environment) { $1 }
        for (name, value) in all { words += ["-e", "\(name)=\(value)"] }
        // The shell stays, so that what the terminal looks like after the program can be read.
        try tmux(words + ["sh", "-c", "\(shell); echo \"status $?\"; exec sh"])
    }

    deinit {
        _ = try? tmux(["kill-server"])
        try? FileManager.default.removeItem(at: state)
    }

    @discardableResult
    private func tmux(_ arguments: [String]) throws -> String {
        let result = try Program.run("/usr/bin/env", ["tmux", "-L", socket] + arguments)
        guard result.status == 0 else { throw Failure(description: "tmux \(arguments): \(result.errors)") }
        return result.output
    }

    func press(_ keys: String...) throws { try tmux(["send-keys"] + keys) }

    func type(_ text: String) throws { try tmux(["send-keys", "-l", text]) }

    func resize(columns: Int, rows: Int) throws {
        try tmux(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    var text: String { get throws { try tmux(["capture-pane", "-p"]) } }

    var lines: [String] { get throws { try text.components(separatedBy: "\n") } }

    /// What tmux knows of the terminal's modes.
    func format(_ expression: String) throws -> String {
        try tmux(["display-message", "-p", expression]).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Reads the screen until it holds the text; the bound only keeps a broken program from hanging the tests.
    @discardableResult
    func wait(for wanted: String, seconds: Double = 15) throws -> String {
        try wait(seconds: seconds, what: "'\(wanted)'") { $0.contains(wanted) }
    }

    @discardableResult
    func wait(seconds: Double = 15, what: String, until condition: (String) -> Bool) throws -> String {
        let deadline = Date().addingTimeInterval(seconds)
        var last = ""
        while Date() < deadline {
            last = try text
            if condition(last) { return last }
            usleep(20_000)
        }
        throw Failure(description: "the screen never showed \(what):\n\(last)")
    }

    /// The process that the terminal runs in front.
    var foreground: pid_t? {
        get throws {
            let shell = try format("#{pane_pid}")
            let children = try Program.run("/usr/bin/env", ["pgrep", "-P", shell]).output
            return children.split(separator: "\n").first.flatMap { pid_t($0) }
        }
    }
}
