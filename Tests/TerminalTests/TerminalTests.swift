import Glibc
import Screen
import Testing

@testable import Terminal

/// Each test runs in a process of its own: signal actions and ncurses' state belong to the whole process.
@Suite("A terminal is taken, drawn on, read, and given back as it was", .serialized)
struct TerminalTests {
    /// Takes back what a shell does to jobs in the background: they ignore Ctrl-C, and Terminal leaves it so.
    static func heedSignals() {
        for number in [SIGINT, SIGTERM, SIGHUP, SIGWINCH] { signal(number, SIG_DFL) }
    }

    static func open(_ pty: PseudoTerminal, _ type: String = "xterm-256color") throws -> Terminal {
        var options = Terminal.Options()
        options.type = type
        return try Terminal(options, input: pty.slave, output: pty.slave)
    }

    /// Descriptors of the kinds that a terminal needs; the test library opens others when it likes.
    static func openDescriptors() -> Int {
        (0..<256).count { descriptor in
            var buffer = [CChar](repeating: 0, count: 64)
            guard readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count - 1) > 0 else { return false }
            let target = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            return target.hasPrefix("/dev/pts/") || target.hasPrefix("pipe:") || target == "/dev/null"
        }
    }

    /// Reads events until there are so many.
    static func events(_ terminal: inout Terminal, count: Int) -> [InputEvent] {
        var events: [InputEvent] = []
        while events.count < count {
            _ = terminal.wait()
            events += terminal.readEvents()
        }
        return events
    }

    @Test("Closing restores the modes, the screen, the cursor, the mouse and the descriptors")
    func closing() async {
        await #expect(processExitsWith: .success) {
            let pty = try #require(PseudoTerminal())
            for (type, hasSecondScreen) in [
                ("xterm-256color", true), ("linux", false), ("vt100", false), ("screen", true),
                ("xterm-256color", true),
            ] {
                let modes = pty.modes
                let descriptors = Self.openDescriptors()
                var terminal = try Self.open(pty, type)
                #expect(pty.modes != modes)
                terminal.show(Grid(width: 30, height: 6) { $0.put("picture", x: 3, y: 2) })
                let drawn = pty.output()
                #expect(drawn.contains("picture"))
                #expect(drawn.contains("\u{1B}[?1049h") == hasSecondScreen)
                terminal.close()
                #expect(pty.modes == modes)
                #expect(Self.openDescriptors() == descriptors)
                let end = pty.output()
                if hasSecondScreen {
                    for sequence in ["[?1049l", "[?1000l", "[?1006l", "[?2004l", "[?25h"] {
                        #expect(end.contains("\u{1B}" + sequence))
                    }
                }
            }
        }
    }

    @Test("Only what changed is written, and an unchanged picture writes nothing")
    func differences() async {
        await #expect(processExitsWith: .success) {
            let pty = try #require(PseudoTerminal())
            var terminal = try Self.open(pty)
            var grid = Grid(width: 30, height: 6) { canvas in
                for y in 0..<6 { canvas.put("日本語 some text on row \(y)", x: 0, y: y) }
            }
            terminal.show(grid)
            #expect(pty.output().contains("日本語 some text on row 5"))
            terminal.show(grid)
            #expect(pty.output() == "")
            grid.put("Z", x: 20, y: 3, .bad)
            terminal.show(grid)
            let changed = pty.output()
            #expect(changed.contains("Z"))
            #expect(changed.utf8.count < 40)
            grid.cursor = Point(2, 1)
            terminal.show(grid)
            #expect(pty.output().contains("\u{1B}[?25h"))
            terminal.show(Grid(width: 500, height: 500))
            terminal.show(Grid(width: 0, height: 0))
            _ = pty.output()
            terminal.close()
        }
    }

    @Test("Keys, the mouse and a lone escape arrive as events")
    func input() async {
        await #expect(processExitsWith: .success) {
            let pty = try #require(PseudoTerminal())
            var terminal = try Self.open(pty)
            pty.type("q\u{1B}[A\u{1B}[<0;2;3M")
            #expect(
                Self.events(&terminal, count: 3) == [
                    .key(.character("q")), .key(.up), .mouse(Mouse(x: 1, y: 2, .press(1))),
                ])
            pty.type("\u{1B}")
            #expect(Self.events(&terminal, count: 1) == [.key(.escape)])
            #expect(terminal.readEvents() == [])
            terminal.isMouseOn = false
            #expect(pty.output().hasSuffix("\u{1B}[?1006l\u{1B}[?1000l"))
            #expect(terminal.wait(timeout: .zero) == [])
            #expect(terminal.wait(for: [pty.slave], timeout: .milliseconds(-5)) == [])
        }
    }

    @Test("What comes in pieces over a slow line is one key, and ESCDELAY says how slow a line may be")
    func pieces() async {
        await #expect(processExitsWith: .success) {
            setenv("ESCDELAY", "4000", 1)
            let pty = try #require(PseudoTerminal())
            var terminal = try Self.open(pty)
            pty.type("\u{1B}")
            _ = terminal.wait()
            #expect(terminal.readEvents() == [])
            // Waiting for the rest wakes up by itself, and is no busy loop: nothing comes of a look in between.
            _ = terminal.wait(timeout: .milliseconds(150))
            #expect(terminal.readEvents() == [])
            pty.type("[")
            _ = terminal.wait()
            #expect(terminal.readEvents() == [])
            pty.type("A")
            #expect(Self.events(&terminal, count: 1) == [.key(.up)])
            pty.type("\u{1B}]11;rgb:ss")
            _ = terminal.wait()
            #expect(terminal.readEvents() == [])
            pty.type("ss/1e1e/2e2e\u{1B}\\q")
            #expect(Self.events(&terminal, count: 1) == [.key(.character("q"))])
        }
    }

    @Test(
        "A UTF-8 locale that is not installed still means UTF-8",
        arguments: [("xx_XX.UTF-8", true), ("xx_XX.utf8", true), ("C", false), ("xx_XX.ISO-8859-1", false), ("", true)])
    func locales(_ name: String, _ isUTF8: Bool) async {
        await #expect(processExitsWith: .success) { [name, isUTF8] in
            for variable in ["LC_ALL", "LC_CTYPE", "LANG"] { unsetenv(variable) }
            if !name.isEmpty { setenv("LANG", name, 1) }
            let pty = try #require(PseudoTerminal())
            var terminal = try Self.open(pty)
            terminal.show(Grid(width: 30, height: 6) { $0.put("é→", x: 0, y: 0) })
            #expect(pty.output().contains("é") == isUTF8)
        }
    }

    @Test("What is said of a terminal that the database does not have names a remedy")
    func unknownTerminals() {
        for name in ["xterm-kitty", "foot", "xterm-ghostty", "wezterm"] {
            let text = TerminalError.unknownType(name).description
            #expect(text.contains("TERM=xterm-256color kvmscope") && text.contains("infocmp -x \(name)"))
        }
        #expect(TerminalError.unknownType("adm3a-q").description.contains("TERM=xterm-256color"))
    }

    @Test("A new size is told, and the next picture fills it")
    func resizing() async {
        await #expect(processExitsWith: .success) {
            Self.heedSignals()
            let pty = try #require(PseudoTerminal())
            var terminal = try Self.open(pty)
            #expect((terminal.width, terminal.height) == (30, 6))
            terminal.show(Grid(width: 30, height: 6))
            _ = pty.output()
            for (columns, rows) in [(40, 8), (10, 2), (1, 1), (35, 9)] as [(UInt16, UInt16)] {
                pty.resize(columns: columns, rows: rows)
                kill(getpid(), SIGWINCH)
                #expect(
                    Self.events(&terminal, count: 1) == [.resize(width: Int(columns), height: Int(rows))])
                terminal.show(
                    Grid(width: Int(columns), height: Int(rows)) { $0.put("X", x: Int(columns) - 1, y: Int(rows) - 1) })
                #expect(pty.output().contains("X"))
            }
        }
    }

    @Test("The first interrupt asks, and after it is dealt with the next one asks again")
    func interrupts() async {
        await #expect(processExitsWith: .success) {
            Self.heedSignals()
            let pty = try #require(PseudoTerminal())
            var terminal = try Self.open(pty)
            for _ in 0..<3 {
                kill(getpid(), SIGINT)
                #expect(Self.events(&terminal, count: 1) == [.interrupted])
                terminal.forgiveInterrupt()
            }
            kill(getpid(), SIGTERM)
            #expect(Self.events(&terminal, count: 1) == [.terminated])
            for _ in 0..<3 {
                kill(getpid(), SIGHUP)
                #expect(Self.events(&terminal, count: 1) == [.hangup])
            }
        }
    }

    @Test("What cannot show a screen is refused with a reason and nothing changed")
    func refusals() async {
        await #expect(processExitsWith: .success) {
            let pty = try #require(PseudoTerminal())
            let modes = pty.modes
            let descriptors = Self.openDescriptors()
            for (type, error) in [
                ("no-such-terminal", TerminalError.unknownType("no-such-terminal")),
                ("dumb", .cannotPosition("dumb")),
            ] {
                do {
                    let terminal = try Self.open(pty, type)
                    terminal.close()
                    Issue.record("\(type) was taken")
                } catch let found as TerminalError {
                    #expect(found == error)
                    #expect(!found.description.contains("\n"))
                }
            }
            let null = Glibc.open("/dev/null", O_RDWR)
            do {
                let terminal = try Terminal(input: null, output: pty.slave)
                terminal.close()
                Issue.record("/dev/null was taken")
            } catch let found as TerminalError {
                #expect(found == .notATerminal(stream: "standard input"))
            }
            Glibc.close(null)
            let terminal = try Self.open(pty)
            do {
                let second = try Self.open(pty)
                second.close()
                Issue.record("taken twice")
            } catch let found as TerminalError {
                #expect(found == .alreadyOpen)
            }
            terminal.close()
            #expect(pty.modes == modes)
            #expect(Self.openDescriptors() == descriptors)
        }
    }

    @Test("When the terminal goes away that is an event, not an endless loop")
    func hangup() async {
        await #expect(processExitsWith: .success) {
            let pty = try #require(PseudoTerminal())
            var terminal = try Self.open(pty)
            Glibc.close(pty.master)
            #expect(Self.events(&terminal, count: 1) == [.hangup])
            terminal.show(Grid(width: 30, height: 6) { $0.put("nobody sees this", x: 0, y: 0) })
            #expect(terminal.readEvents() == [.hangup])
            terminal.close()
        }
    }
}
