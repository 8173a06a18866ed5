import Glibc
import Screen
import Testing

@testable import Terminal

/// The parent keeps a pseudo-terminal open, on which a child opens a screen and dies; then the parent looks at it.
@Suite("However the process ends, the terminal is as it was", .serialized)
struct SuddenEndTests {
    /// A link that a child finds by its parent's number, as an exit test can be handed nothing else.
    static func link(of process: pid_t) -> String { "/tmp/kvmscope-test-terminal-\(process)" }

    /// In the child: takes over the parent's terminal and draws on it.
    static func openScreen() throws -> Terminal {
        let descriptor = Glibc.open(link(of: getppid()), O_RDWR | O_NOCTTY)
        var options = Terminal.Options()
        options.type = "xterm-256color"
        var terminal = try Terminal(options, input: descriptor, output: descriptor)
        terminal.show(Grid(width: 30, height: 6) { $0.put("about to end", x: 0, y: 0) })
        return terminal
    }

    /// Has a child end on a fresh terminal and checks what it left behind.
    private func afterwards(_ child: () async -> Void) async throws {
        let pty = try #require(PseudoTerminal())
        let modes = pty.modes
        let link = Self.link(of: getpid())
        unlink(link)
        try #require(symlink(pty.path, link) == 0)
        defer { unlink(link) }
        await child()
        #expect(pty.modes == modes)
        let output = pty.output()
        let parts = output.split(separator: "about to end", omittingEmptySubsequences: false)
        try #require(parts.count == 2)
        for sequence in ["[?1000l", "[?2004l", "[?25h", "[?1049l"] {
            #expect(parts[1].contains("\u{1B}" + sequence), "after the picture there is no \(sequence)")
        }
    }

    @Test(
        "A process that sends itself a deadly signal",
        arguments: [SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE]
    )
    func signals(_ number: CInt) async throws {
        // A child is handed no values, so each signal needs a closure of its own.
        try await afterwards {
            switch number {
            case SIGQUIT: await #expect(processExitsWith: .signal(SIGQUIT)) { try Self.die(SIGQUIT) }
            case SIGSEGV: await #expect(processExitsWith: .signal(SIGSEGV)) { try Self.die(SIGSEGV) }
            case SIGBUS: await #expect(processExitsWith: .signal(SIGBUS)) { try Self.die(SIGBUS) }
            case SIGILL: await #expect(processExitsWith: .signal(SIGILL)) { try Self.die(SIGILL) }
            case SIGTRAP: await #expect(processExitsWith: .signal(SIGTRAP)) { try Self.die(SIGTRAP) }
            case SIGABRT: await #expect(processExitsWith: .signal(SIGABRT)) { try Self.die(SIGABRT) }
            default: await #expect(processExitsWith: .signal(SIGFPE)) { try Self.die(SIGFPE) }
            }
        }
    }

    static func die(_ number: CInt) throws {
        let terminal = try openScreen()
        kill(getpid(), number)
        // Any thread may take the signal; this one only waits for the end.
        while terminal.width > 0 { pause() }
    }

    @Test("A second interrupt while the first is not dealt with")
    func secondInterrupt() async throws {
        try await afterwards {
            await #expect(processExitsWith: .signal(SIGINT)) {
                TerminalTests.heedSignals()
                let terminal = try Self.openScreen()
                kill(getpid(), SIGINT)
                _ = terminal.wait()
                kill(getpid(), SIGINT)
                while terminal.width > 0 { pause() }
            }
        }
    }

    @Test("A call of exit from anywhere")
    func exits() async throws {
        try await afterwards {
            await #expect(processExitsWith: .exitCode(7)) {
                let terminal = try Self.openScreen()
                exit(terminal.width > 0 ? 7 : 8)
            }
        }
    }

    @Test("A trap of Swift's own")
    func trap() async throws {
        try await afterwards {
            await #expect(processExitsWith: .failure) {
                let terminal = try Self.openScreen()
                precondition(terminal.width == 0, "meant to trap")
                terminal.close()
            }
        }
    }

    @Test("A stack that has overflowed")
    func overflow() async throws {
        try await afterwards {
            await #expect(processExitsWith: .signal(SIGSEGV)) {
                let terminal = try Self.openScreen()
                #expect(Self.sinking(terminal.width) == 0)
                terminal.close()
            }
        }
    }

    static func sinking(_ depth: Int) -> Int { depth == 0 ? 0 : sinking(depth &+ 1) &* 3 &+ sinking(depth &+ 2) }

    @Test("A stray address, touched by another thread than the screen's")
    func stray() async throws {
        try await afterwards {
            await #expect(processExitsWith: .signal(SIGSEGV)) {
                let terminal = try Self.openScreen()
                var thread = pthread_t()
                let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
                    // Nothing is mapped there: Linux keeps the lowest addresses free.
                    UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1
                    return nil
                }
                pthread_create(&thread, nil, body, nil)
                pthread_join(thread, nil)
                terminal.close()
            }
        }
    }
}
