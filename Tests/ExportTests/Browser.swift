import Foundation

/// A browser without a window, spoken to over its debugging pipe: NUL-terminated JSON on descriptors 3 and 4.
final class Browser {
    /// The first that is installed; nil where none is.
    static let path: String? = {
        let named = ProcessInfo.processInfo.environment["KVMSCOPE_BROWSER"].map { [$0] } ?? []
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map(String.init)
        let names = [
            "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
        ]
        return (named + names.flatMap { name in folders.map { "\($0)/\(name)" } })
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let folder: URL
    private var process: pid_t = 0
    private var input: Int32 = -1
    private var output: Int32 = -1
    private var received: [UInt8] = []
    private var number = 0
    private var session: String?
    /// Everything that it told unasked, in order.
    private(set) var events: [[String: Any]] = []

    /// Starts it, with a profile of its own that goes with it.
    init(_ path: String) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("kvmscope-browser-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var toBrowser: [Int32] = [0, 0]
        var fromBrowser: [Int32] = [0, 0]
        guard pipe(&toBrowser) == 0, pipe(&fromBrowser) == 0 else {
            throw Failure(description: "no pipe")
        }
        (input, output) = (toBrowser[1], fromBrowser[0])
        // The browser would never see the end of what it reads if it held the other end itself.
        for descriptor in toBrowser + fromBrowser { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // By way of high numbers: either end may itself be 3 or 4 here.
        posix_spawn_file_actions_adddup2(&actions, toBrowser[0], 103)
        posix_spawn_file_actions_adddup2(&actions, fromBrowser[1], 104)
        posix_spawn_file_actions_adddup2(&actions, 103, 3)
        posix_spawn_file_actions_adddup2(&actions, 104, 4)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own, so that its helpers end with it.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let words = [
            path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--remote-debugging-pipe", "--user-data-dir=\(folder.path)",
        ]
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let code = posix_spawn(&process, path, &actions, &attributes, arguments, environ)
        close(toBrowser[0])
        close(fromBrowser[1])
        guard code == 0 else { throw Failure(description: "\(path): \(String(cString: strerror(code)))") }
        signal(SIGPIPE, SIG_IGN)
    }

    deinit {
        close(input)
        close(output)
        if process > 0 {
            kill(-process, SIGKILL)
            waitpid(process, nil, 0)
        }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Opens a page and waits until it is there.
    func open(_ address: String) throws {
        let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] as? String ?? ""
        session = try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
        for domain in ["Page", "Runtime", "Log", "Network"] { _ = try call("\(domain).enable") }
        _ = try call("Page.navigate", ["url": address])
        while !events.contains(where: { $0["method"] as? String == "Page.loadEventFired" }) { try receive() }
    }

    /// The value of an expression, as text.
    func evaluate(_ expression: String) throws -> String {
        let answer = try call("Runtime.evaluate", ["expression": "String(\(expression))", "returnByValue": true])
        return (answer["result"] as? [String: Any])?["value"] as? String ?? "?"
    }

    func press(_ key: String) throws {
        for type in ["rawKeyDown", "keyUp"] { _ = try call("Input.dispatchKeyEvent", ["type": type, "key": key]) }
    }

    /// Addresses that pages asked for.
    var requests: [String] {
        events.filter { $0["method"] as? String == "Network.requestWillBeSent" }.compactMap {
            (($0["params"] as? [String: Any])?["request"] as? [String: Any])?["url"] as? String
        }
    }

    /// Exceptions, errors on the console, and what the browser itself refused.
    var complaints: [String] {
        events.filter {
            let parameters = $0["params"] as? [String: Any] ?? [:]
            return switch $0["method"] as? String {
            case "Runtime.exceptionThrown": true
            case "Runtime.consoleAPICalled": ["error", "warning", "assert"].contains(parameters["type"] as? String)
            case "Log.entryAdded":
                ["error", "warning"].contains((parameters["entry"] as? [String: Any])?["level"] as? String)
            default: false
            }
        }.map { "\($0)" }
    }

    func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
        number += 1
        var message: [String: Any] = ["id": number, "method": method, "params": parameters]
        if let session { message["sessionId"] = session }
        let bytes = [UInt8](try JSONSerialization.data(withJSONObject: message)) + [0]
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure(description: "the browser has gone: \(method)") }
            written += count
        }
        while true {
            guard let answer = try receive() else { continue }
            if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
            return answer["result"] as? [String: Any] ?? [:]
        }
    }

    /// The next message: an answer to the newest call, or nil for an event, which is kept.
    @discardableResult
    private func receive() throws -> [String: Any]? {
        while true {
            if let end = received.firstIndex(of: 0) {
                let message = try JSONSerialization.jsonObject(with: Data(received[..<end])) as? [String: Any] ?? [:]
                received.removeSubrange(...end)
                if message["id"] as? Int == number { return message }
                events.append(message)
                return nil
            }
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 120_000) > 0 else { throw Failure(description: "the browser says nothing") }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { throw Failure(description: "the browser has gone") }
            received += buffer[..<count]
        }
    }
}
