import Glibc

/// What the environment asks of the screen.
enum Environment {
    static subscript(_ name: String) -> String? {
        // The string is copied at once, and nobody here changes the environment.
        getenv(name).map { String(cString: $0) }
    }

    /// Lets the C library measure characters as the user's language says.
    ///
    /// Where the environment names no locale at all, as in containers, the terminal is nearly always UTF-8; where it
    /// says `C`, that is respected and the screen is ASCII. A UTF-8 locale that is not installed here, as over ssh, still
    /// says which characters the terminal shows.
    static func setLocale() {
        guard let name = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap({ self[$0] }).first(where: { !$0.isEmpty }) else {
            setlocale(LC_CTYPE, "C.UTF-8")
            return
        }
        if setlocale(LC_CTYPE, "") != nil { return }
        let ending = name.lowercased()
        guard ending.contains(".utf-8") || ending.contains(".utf8") else { return }
        for other in ["C.UTF-8", "C.utf8", "en_US.UTF-8"] where setlocale(LC_CTYPE, other) != nil { return }
    }

    /// How long the escape key waits for the rest of a sequence: `ESCDELAY` in milliseconds, as ncurses has it.
    ///
    /// Without it a tenth of a second: longer than the gaps of most networks, and too short to be noticed.
    static var escapeDelay: Duration {
        guard let text = self["ESCDELAY"], let milliseconds = Int(text), milliseconds >= 0 else {
            return .milliseconds(100)
        }
        return .milliseconds(min(milliseconds, 10_000))
    }
}
