import Foundation
import TestSupport
import Testing

/// Where a program's output goes, and what its end says when it does not get there.
@Suite("the program's output and its end")
struct OutputTests {
    private static let recording = "\(Program.lessons)/02-enter-exit/recording.kvmscope"

    private static func shell(_ text: String) throws -> Program.Result {
        try Program.run("/bin/sh", ["-c", "k='\(Program.path)'; r='\(recording)'; \(text)"])
    }

    @Test(
        "A full or closed standard output is told in one line, with status 1",
        arguments: [
            "export \"$r\" --csv", "export \"$r\" --html", "replay \"$r\" --plain", "replay \"$r\" --json", "doctor",
            "doctor --json", "check 02 --replay", "lesson 02 --replay --plain", "menu --plain", "--help", "--version",
        ])
    func full(command: String) throws {
        for (target, reason) in [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")] {
            let result = try Self.shell("KVMSCOPE_LESSONS='\(Program.lessons)' $k \(command) \(target)")
            #expect(result.status == 1, "\(command) \(target)")
            #expect(result.errors == "kvmscope: standard output cannot be written: \(reason)\n", "\(command) \(target)")
        }
    }

    @Test(
        "Commands that run a guest tell it too", .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"),
        arguments: [
            "trace", "trace --json", "run --plain", "run --json", "walk --address _start", "record -o run.kvmscope",
        ])
    func running(command: String) throws {
        let guests = try Guests()
        let guest = try guests.source("guest.S", ".globl _start\n_start: mov $0x3f8, %dx\n out %al, (%dx)\n hlt\n")
        for target in ["> /dev/full", ">&-"] {
            let result = try Self.shell("cd '\(guests.folder.path)' && $k \(command) '\(guest)' \(target)")
            #expect(result.status == 1, "\(command) \(target)")
            #expect(result.errors.hasPrefix("kvmscope: standard output cannot be written: "), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1)
        }
        let read = try Self.shell("$k trace '\(guest)' | head -n 1; echo end")
        #expect(read.errors == "" && read.output.hasSuffix("end\n"))
    }

    @Test(
        "A signal ends it with 128 and the signal's number",
        .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"),
        arguments: [SIGTERM, SIGINT, SIGHUP], ["trace", "record -o run.kvmscope", "run --plain -e 'until 0'"])
    func signals(signal: Int32, command: String) throws {
        let guests = try Guests()
        let guest = try guests.source("guest.S", ".globl _start\n_start: mov $0x80, %dx\n1: out %al, (%dx)\n jmp 1b\n")
        let result = try Self.shell(
            "cd '\(guests.folder.path)' && exec timeout -k 20 -s \(signal) --preserve-status 1 $k \(command) '\(guest)'"
        )
        #expect(result.status == 128 + signal, "\(command): \(result.errors)")
    }

    @Test("-o replaces an export of ours alone, through links and with its mode")
    func replacing() throws {
        let guests = try Guests()
        func shell(_ text: String) throws -> Program.Result { try Self.shell("cd '\(guests.folder.path)' && \(text)") }
        let printed = try shell("$k export \"$r\" --csv").output
        func holds(_ name: String, _ text: String) -> Bool {
            (try? String(contentsOfFile: guests.folder.path + "/" + name, encoding: .utf8)) == text
        }
        // A new file, one of ours in another form, an empty one; modes and links stay.
        for before in [
            "true", "$k export \"$r\" --svg -o o", "$k export \"$r\" --html -o o", "$k export \"$r\" --json -o o",
            ": > o",
        ] {
            let result = try shell(
                "rm -f o l; \(before); test -e o && chmod 640 o; ln -s o l; test -e o || rm l; "
                    + "t=l; test -e l || t=o; $k export \"$r\" --csv -o $t && stat -c %a o; test -e l && test -h l && echo link"
            )
            #expect(holds("o", printed), "\(before)")
            if before != "true" { #expect(result.output == "640\nlink\n", "\(before): \(result.output)") }
        }
        // Whatever is none.
        for foreign in [
            "echo precious > p", "printf '<?xml version=\"1.0\"?><svg/>' > p", "cp \"$r\" p", "ln -s none p", "mkdir p",
        ] {
            let result = try shell(
                "rm -rf p; \(foreign); ls -ldi p > before; $k export \"$r\" --csv -o p; echo $?; ls -ldi p | cmp - before"
            )
            #expect(result.output == "1\n", "\(foreign): \(result.output)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
        #expect(try shell("ls | grep new").output == "")
    }

    @Test(
        "A signal ends it where a pipe is full and nobody reads it",
        .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"), arguments: ["TERM 143", "HUP 129"])
    func unread(signalAndStatus: String) throws {
        let guests = try Guests()
        let guest = try guests.source("loop.S", ".globl _start\n_start: mov $0x3f8, %dx\n1: out %al, (%dx)\n jmp 1b\n")
        let words = signalAndStatus.split(separator: " ")
        let result = try Self.shell(
            "cd '\(guests.folder.path)' && mkfifo f && exec 9<>f && { $k trace '\(guest)' > f & } && sleep 3; "
                + "kill -\(words[0]) $!; timeout 20 tail --pid=$! -f /dev/null; wait $!; echo $?")
        #expect(result.output == "\(words[1])\n", "\(result.output) \(result.errors)")
    }

    @Test("-o writes to a device or a pipe, which stays what it is")
    func streams() throws {
        let guests = try Guests()
        func shell(_ text: String) throws -> Program.Result { try Self.shell("cd '\(guests.folder.path)' && \(text)") }
        let printed = try shell("$k export \"$r\" --csv").output
        let piped = try shell("mkfifo f; $k export \"$r\" --csv -o f & cat f; wait; test -p f")
        #expect(piped.status == 0 && piped.output == printed)
        #expect(try shell("$k export \"$r\" --csv -o /dev/stdout | cat").output == printed)
        #expect(try shell("$k export \"$r\" --csv -o /dev/null; test -c /dev/null && echo device").output == "device\n")
        let full = try shell("$k export \"$r\" --csv -o /dev/full")
        #expect(full.status == 1 && full.errors == "kvmscope: /dev/full cannot be written: No space left on device\n")
        // Nobody reads: it waits, and can be ended.
        #expect(try shell("mkfifo g; timeout -s TERM --preserve-status 1 $k export \"$r\" --csv -o g").status == 143)
    }
}
