import Foundation
import TestSupport

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
    private let process: Child
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
        defer {
            close(toBrowser[0])
            close(fromBrowser[1])
        }
        // A group of its own, so that its helpers end with it.
        process = try Child(
            path,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--remote-debugging-pipe", "--user-data-dir=\(folder.path)",
            ],
            descriptors: [
                0: .nothing, 1: .nothing, 2: .nothing, 3: .descriptor(toBrowser[0]), 4: .descriptor(fromBrowser[1]),
            ], leadsGroup: true)
        signal(SIGPIPE, SIG_IGN)
    }

    deinit {
        close(input)
        close(output)
        kill(-process.id, SIGKILL)
        _ = try? process.wait()
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
