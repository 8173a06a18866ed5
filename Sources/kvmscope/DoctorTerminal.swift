internal import Glibc
internal import Host

/// What can be known of the terminal without taking it over.
enum TerminalFacts {
    static func read() -> [Checkup.Finding] { [screen(), name(), size(), colours(), locale()] }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func screen() -> Checkup.Finding {
        let isTerminal = isatty(0) == 1 && isatty(1) == 1
        return .init(
            id: "terminal", title: "a terminal", state: isTerminal ? .yes : .no,
            value: isTerminal ? "standard input and output" : "standard input or output is none", source: "isatty",
            remedy: isTerminal
                ? nil : "for the screen, start kvmscope in a terminal; trace, walk, check and --plain need none")
    }

    private static func name() -> Checkup.Finding {
        guard let name = variable("TERM") else {
            return .init(
                id: "terminal-name", title: "its name", state: .no, value: "TERM is not set", source: "TERM",
                remedy: "export TERM=xterm-256color")
        }
        let described = describedTerminal(name)
        return .init(
            id: "terminal-name", title: "its name", state: described == nil ? .no : .yes,
            value: described == nil ? "\(name), which terminfo does not know" : name, source: described ?? "TERM",
            remedy: described == nil ? "sudo apt install ncurses-term, or export TERM=xterm-256color" : nil)
    }

    /// Where terminfo keeps its description; terminfo(5), "Fetching Compiled Descriptions".
    private static func describedTerminal(_ name: String) -> String? {
        guard let first = name.utf8.first, !name.contains("/") else { return nil }
        var folders = ["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"]
        if let home = variable("HOME") { folders.insert("\(home)/.terminfo", at: 0) }
        if let own = variable("TERMINFO") { folders.insert(own, at: 0) }
        let letters = [String(UnicodeScalar(first)), String(first, radix: 16)]
        for folder in folders {
            for letter in letters where access("\(folder)/\(letter)/\(name)", R_OK) == 0 {
                return "\(folder)/\(letter)/\(name)"
            }
        }
        return nil
    }

    private static func size() -> Checkup.Finding {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return .init(
                id: "terminal-size", title: "its size", state: .unknown, value: "not told", source: "TIOCGWINSZ",
                remedy: nil)
        }
        let value = "\(size.ws_col)×\(size.ws_row)"
        let state: HostReport.State =
            size.ws_col >= 120 && size.ws_row >= 40 ? .yes : size.ws_col >= 60 && size.ws_row >= 20 ? .limited : .no
        return .init(
            id: "terminal-size", title: "its size", state: state, value: value, source: "TIOCGWINSZ",
            remedy: state == .yes ? nil : "120×40 shows lesson, flowchart, descriptors, threads and ioctls together")
    }

    private static func colours() -> Checkup.Finding {
        func finding(_ state: HostReport.State, _ value: String, _ source: String, _ remedy: String? = nil)
            -> Checkup.Finding
        {
            .init(id: "colours", title: "colours", state: state, value: value, source: source, remedy: remedy)
        }
        if variable("NO_COLOR") != nil { return finding(.no, "none, as you wish", "NO_COLOR") }
        let name = variable("TERM") ?? "dumb"
        if let more = variable("COLORTERM"), more == "truecolor" || more == "24bit" {
            return finding(.yes, "256 and more", "COLORTERM")
        }
        if name.contains("256color") || name.contains("direct") { return finding(.yes, "256", "TERM") }
        let advice = "export TERM=xterm-256color; in tmux: set -g default-terminal tmux-256color"
        if name == "dumb" || name.hasPrefix("vt") { return finding(.no, "none by its name", "TERM", advice) }
        return finding(.limited, "8 by its name", "TERM", advice)
    }

    private static func locale() -> Checkup.Finding {
        let isInstalled = setlocale(LC_CTYPE, "") != nil
        let named = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap(variable).first ?? "C"
        // The screen then draws in UTF-8 all the same.
        if !isInstalled, [".utf-8", ".utf8"].contains(where: named.lowercased().contains) {
            return .init(
                id: "locale", title: "characters", state: .yes, value: "UTF-8; the locale \(named) is not installed",
                source: "LC_ALL, LC_CTYPE, LANG", remedy: nil)
        }
        let codeset = nl_langinfo(nl_item(CODESET)).map { String(cString: $0) } ?? "unknown"
        let isUTF8 = codeset.uppercased() == "UTF-8"
        return .init(
            id: "locale", title: "characters", state: isUTF8 ? .yes : .limited, value: codeset,
            source: "LC_ALL, LC_CTYPE, LANG",
            remedy: isUTF8 ? nil : "export LC_ALL=C.UTF-8 for boxes and arrows; --ascii does without")
    }
}

/// What the tools for guests say of themselves.
enum ToolVersions {
    static func read() -> [String: String] {
        var versions: [String: String] = [:]
        for tool in ["as", "ld", "gcc", "clang", "cc"] {
            // The shell looks through PATH, and a tool that is not there says nothing.
            guard let stream = popen("\(tool) --version 2>/dev/null", "r") else { continue }
            defer { pclose(stream) }
            var line = [CChar](repeating: 0, count: 256)
            guard fgets(&line, Int32(line.count), stream) != nil else { continue }
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            versions[tool] = number(in: text)
        }
        return versions
    }

    /// `gcc (Debian 12.2.0-14) 12.2.0` is 12.2.0: the last word of digits and points alone.
    private static func number(in text: String) -> String? {
        text.split { " ()\n".contains($0) }.last { word in
            word.first?.isNumber == true && word.allSatisfy { $0.isNumber || $0 == "." }
        }.map(String.init)
    }
}
