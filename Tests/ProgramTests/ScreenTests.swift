import Foundation
import Testing

@Suite(
    "the program on a terminal", .serialized,
    .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"),
    .enabled(if: Program.hasTmux, "tmux is not installed"))
struct ProgramScreenTests {
    /// Reads on until the screen shows the text, pressing Enter where the lesson waits for that.
    private func read(_ screen: TmuxScreen, to wanted: String) throws {
        for _ in 0..<40 {
            // Looked at once: what came between two looks would be waited for in vain.
            let before = try screen.text
            if before.contains(wanted) { return }
            try screen.press("Enter")
            try screen.wait(what: "anything new after Enter") { $0 != before }
        }
        throw TmuxScreen.Failure(description: "reading on never showed '\(wanted)':\n\(try screen.text)")
    }

    @Test func lessonTwoIsReadToItsEndByKeys() throws {
        let screen = try TmuxScreen(columns: 120, rows: 40, shell: "\"$KVMSCOPE\" lesson 02")
        try screen.wait(for: "Enter and exit")
        try screen.wait(for: "READY")
        try read(screen, to: "▶ your prediction")
        try screen.press("2")
        try screen.wait(for: "1 exit ")
        let afterOut = try screen.wait(for: "Right.")
        #expect(afterOut.contains("2 Handle I/O"))
        // The guest adds 2 and 3 and writes the digit to its console.
        try screen.wait(for: "0x3f8")
        var answered = 0
        for _ in 0..<80 {
            let text = try screen.text
            if text.contains("the lesson is done") { break }
            if text.contains("▶ your prediction") {
                try screen.press("1")
                answered += 1
                try screen.wait(what: "the verdict") { !$0.contains("▶ your prediction") }
            } else if text.contains("task, open") {
                try screen.press(":")
                try screen.type("lesson solution")
                try screen.press("Enter")
                try screen.wait(what: "the task done") { $0 != text }
            } else {
                try screen.press("Enter")
                try screen.wait(what: "the next page") { $0 != text }
            }
        }
        let end = try screen.text
        #expect(end.contains("the lesson is done"))
        // The task was to make the guest print a 7.
        #expect(end.contains("7"))
        try screen.press("q")
        try screen.wait(for: "status 0")
        #expect(try screen.format("#{alternate_on}") == "0")
    }

    @Test func stepsForwardAndBackShowTheSameScreen() throws {
        let guests = try Guests()
        let guest = try guests.source(
            "digits.S", "mov $0x3f8, %dx\n mov $'1', %al\n out %al, %dx\n mov $'2', %al\n out %al, %dx\n hlt\n")
        let screen = try TmuxScreen(columns: 120, rows: 40, shell: "\"$KVMSCOPE\" run \(guest)")
        try screen.wait(for: "READY")
        try screen.press("s")
        try screen.wait(for: "1 exit ")
        try screen.press("s")
        try screen.wait(for: "2 exits")
        try screen.press("S")
        let past = try screen.wait(for: "PAST")
        #expect(past.contains("1 exit "))
        try screen.press("End")
        let now = try screen.wait(what: "the present") { !$0.contains("PAST") }
        #expect(now.contains("2 exits"))
        try screen.press("q")
        try screen.wait(for: "status 0")
    }

    @Test func linesThatWereEnteredAreThereInTheNextRun() throws {
        let guests = try Guests()
        let guest = try guests.source("halt.S", "hlt\n")
        let state = ["XDG_STATE_HOME": guests.folder.path]
        let command = "\"$KVMSCOPE\" run \(guest)"
        let first = try TmuxScreen(columns: 120, rows: 40, shell: command, environment: state)
        try first.wait(for: "READY")
        try first.type(":print 6 * 111")
        try first.press("Enter")
        try first.wait(for: "is 666")
        try first.press("q")
        try first.wait(for: "status 0")
        let second = try TmuxScreen(columns: 120, rows: 40, shell: command, environment: state)
        try second.wait(for: "READY")
        try second.type(":")
        try second.press("Up")
        try second.wait(for: "print 6 * 111")
        try second.press("Enter")
        try second.wait(for: "is 666")
    }

    @Test func leavingBranchesThatNoFileHoldsIsAskedOnce() throws {
        let guests = try Guests()
        let guest = try guests.source("loop.S", "1: out %al, $0x80\n jmp 1b\n")
        let screen = try TmuxScreen(
            columns: 120, rows: 40, shell: "\"$KVMSCOPE\" run \(guest) -e 'step exit 2; goto exit 1; resume'")
        try screen.wait(for: "1 exit ")
        try screen.wait(for: "branch 2")
        try screen.press("q")
        try screen.wait(for: "are in no recording: q again leaves")
        try screen.press("q")
        try screen.wait(for: "status 0")
    }

    @Test(arguments: ["INT", "QUIT", "TERM", "HUP", "SEGV", "ILL", "USR1", "ALRM"])
    func theTerminalIsGivenBackHoweverItEnds(_ signal: String) throws {
        let guests = try Guests()
        let guest = try guests.source("loop.S", "_start: jmp _start\n")
        let screen = try TmuxScreen(columns: 100, rows: 30, shell: "\"$KVMSCOPE\" run \(guest)")
        try screen.wait(for: "READY")
        try screen.press("Space")
        try screen.wait(for: "RUNNING")
        #expect(try screen.format("#{alternate_on}") == "1")
        let process = try #require(try screen.foreground)
        try Program.run("/bin/sh", ["-c", "kill -\(signal) \(process)"])
        if signal == "INT" {
            try screen.wait(for: "PAUSED")
            try Program.run("/bin/sh", ["-c", "kill -\(signal) \(process)"])
        }
        try screen.wait(for: "status ")
        #expect(try screen.format("#{alternate_on}") == "0")
        #expect(try screen.format("#{mouse_any_flag}") == "0")
        // The shell echoes again and takes lines.
        try screen.type("echo see $((40 + 2))")
        try screen.press("Enter")
        try screen.wait(for: "see 42")
    }

    @Test func everySizeIsSafeWhileItIsChanged() throws {
        let screen = try TmuxScreen(columns: 120, rows: 40, shell: "\"$KVMSCOPE\" lesson 01")
        try screen.wait(for: "Descriptors")
        for (columns, rows) in [(80, 24), (20, 5), (200, 60), (1, 1), (60, 20), (300, 10), (120, 40)] {
            try screen.resize(columns: columns, rows: rows)
            if columns >= 60, rows >= 20 {
                try screen.wait(for: "Lesson")
            } else if columns == 20 {
                try screen.wait(what: "that it is too small") { $0.contains("60") }
            }
        }
        try screen.wait(for: "Flowchart")
        try screen.press("q")
        try screen.wait(for: "status 0")
    }

    @Test func withoutADeviceTheLessonsCanStillBeRead() throws {
        let screen = try TmuxScreen(
            columns: 120, rows: 40, shell: "\"$KVMSCOPE\" --device /dev/there-is-no-kvm")
        try screen.wait(for: "Enter and exit")
        try screen.wait(for: "there-is-no-kvm")
        try screen.press("q")
        try screen.wait(for: "status 0")
    }

    @Test func withoutATerminalItSaysSo() throws {
        let result = try Program.kvmscope("lesson", "02")
        #expect(result.status == 3)
        #expect(result.errors.contains("terminal"))
        #expect(result.errors.split(separator: "\n").count == 1)
    }
}

@Suite(
    "the screen as text", .serialized, .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
struct ScreenTextTests {
    /// The linear text and the object say the same of the same run.
    @Test func aRunIsTold() throws {
        let guests = try Guests()
        let guest = try guests.source("digit.S", "mov $0x3f8, %dx\n mov $'7', %al\n out %al, %dx\n hlt\n")
        let script = ["run", guest, "-e", "step exit; print exit.port"]
        let plain = try Program.run(Program.path, script + ["--plain"])
        #expect(plain.status == 0, "\(plain.errors)")
        #expect(plain.output.contains("exit.port is 0x3f8") || plain.output.contains("exit.port is 1016"))
        #expect(plain.output.contains("== Flowchart"))
        let json = try Program.run(Program.path, script + ["--json"])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let panes = try #require(object["panes"] as? [[String: Any]])
        #expect(panes.count { $0["name"] as? String == "flowchart" } == 1)
        for pane in panes {
            let title = try #require(pane["title"] as? String)
            #expect(plain.output.contains("== \(title)"))
        }
        let console = panes.first { $0["name"] as? String == "console" }?["lines"] as? [String]
        #expect(console?.contains { $0.contains("7") } == true)
    }

    @Test func theTwoFormsExcludeEachOther() throws {
        let result = try Program.kvmscope("run", "guest.S", "--plain", "--json")
        #expect(result.status == 2)
    }
}
