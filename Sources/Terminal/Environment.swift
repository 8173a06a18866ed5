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
    /// says `C`, that is respected and the screen is ASCII.
    static func setLocale() {
        let named = ["LC_ALL", "LC_CTYPE", "LANG"].contains { !(self[$0] ?? "").isEmpty }
        if named {
            setlocale(LC_CTYPE, "")
        } else {
            setlocale(LC_CTYPE, "C.UTF-8")
        }
    }
}
