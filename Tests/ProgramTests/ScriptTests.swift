import Foundation
import Testing

/// Commands by `-e` and by standard input.
@Suite("scripts", .serialized, .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
struct ScriptTests {
    private static let flood = "mov $0x3f8, %dx\n mov $'x', %al\n1: out %al, %dx\n jmp 1b\n"

    /// What each command came to, in order.
    private func results(_ output: String) throws -> [(command: String, result: String, failed: Bool)] {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        return try #require(object["script"] as? [[String: Any]]).map {
            ($0["command"] as? String ?? "", $0["result"] as? String ?? "", $0["failed"] as? Bool ?? true)
        }
    }

    @Test func eachCommandIsWaitedForAndAllResultsComeInOrder() throws {
        let guests = try Guests()
        let guest = try guests.source("flood.S", Self.flood)
        let script = [
            "until exit.count(io) == 700; print exit.number", "step exit 3000; print exit.number; print 1 + 1",
        ]
        let all = ["run", guest, "-e", script[0], "-e", script[1]]
        let object = try Program.run(Program.path, all + ["--json"])
        #expect(object.status == 0, "\(object.errors)")
        let told = try results(object.output)
        #expect(
            told.map(\.command) == [
                "until exit.count(io) == 700", "print exit.number", "step exit 3000", "print exit.number",
                "print 1 + 1",
            ])
        #expect(told.map(\.failed).allSatisfy { !$0 })
        #expect(
            told.map(\.result).filter { $0.contains(" is ") } == [
                "exit.number is 700 = 0x2bc", "exit.number is 3700 = 0xe74", "1 + 1 is 2",
            ])
        let plain = try Program.run(Program.path, all + ["--plain"])
        var rest = Substring(plain.output)
        for (command, result, _) in told where !result.hasPrefix("vCPU") {
            let found = try #require(rest.range(of: "> \(command)\n\(result)\n"), "\(command) in \(plain.output)")
            rest = rest[found.upperBound...]
        }
    }

    @Test func aGuestWithoutEndIsPausedAtTheBoundWhichIsSaid() throws {
        let guests = try Guests()
        for source in [Self.flood, "1: jmp 1b\n"] {
            let guest = try guests.source("endless.S", source)
            for command in ["continue", "until 0", "step exit 1000000000", "step instruction 1000000000"] {
                let start = ContinuousClock.now
                let run = try Program.kvmscope(
                    "run", guest, "--json", "--timeout", "0.5", "-e", "\(command); print machine.state")
                #expect(ContinuousClock.now - start < .seconds(30))
                let told = try results(run.output)
                try #require(told.count == 2)
                #expect(told[0].failed && told[0].result.contains("did not end within 0.5"), "\(told)")
                #expect(told[1].result == "machine.state is stopped", "\(command): \(told)")
                #expect(run.status == 1)
            }
        }
    }

    @Test func aFailedExpectationEndsWithOneAndWhatComesAfterIsCarriedOut() throws {
        let guests = try Guests()
        let guest = try guests.source("digit.S", "mov $0x3f8, %dx\n mov $'7', %al\n out %al, %dx\n hlt\n")
        for script in ["expect 1 == 2; print 7", "step exit; goto exit 9; print 7", "poke 0xfffffff000 = 1; print 7"] {
            let run = try Program.kvmscope("run", guest, "--plain", "-e", script)
            #expect(run.status == 1, "\(script)")
            #expect(run.output.contains("\nfailed: ") || run.output.hasPrefix("failed: "), "\(script)")
            #expect(run.output.contains("7 is 7"))
        }
        let good = try Program.kvmscope(
            "run", guest, "--plain", "-e", "expect 2 == 2", "-e", "continue; expect end.why == hlt")
        #expect(good.status == 0, "\(good.output)")
        let wrong = try Program.kvmscope("run", guest, "--plain", "-e", "print 1", "--timeout", "0")
        #expect(wrong.status == 2)
    }

    @Test func aGuestThatIsToBePausedRunsForAMoment() throws {
        let guests = try Guests()
        let guest = try guests.source("flood.S", Self.flood)
        let run = try Program.kvmscope("run", guest, "--json", "-e", "continue; pause; expect exit.number > 10")
        let told = try results(run.output)
        #expect(run.status == 0, "\(told)")
    }

    @Test(arguments: [
        ("mov $0xd0000000, %ebx\n popcnt (%rbx), %eax\n hlt\n", "popcntl (%rbx), %eax"),
        (".intel_syntax noprefix\n mov ebx, 0xd0000000\n popcnt eax, [rbx]\n hlt\n", "popcnt eax, dword ptr [rbx]"),
    ]) func anInstructionIsNamedAndSkippedInThePanesSyntax(source: String, instruction: String) throws {
        let guests = try Guests()
        let guest = try guests.source("unknown.S", source)
        let run = try Program.kvmscope("run", guest, "--plain", "-e", "step exit; show code; skip; step exit")
        #expect(run.output.contains("this KVM cannot emulate \(instruction) at RIP"), "\(run.output)")
        #expect(run.output.contains("skipped \(instruction), 4 bytes"))
        #expect(run.output.contains("the guest halted"))
    }

    @Test func aVCPUThatWasGivenBackIsNotCountedAndNotChosen() throws {
        let guests = try Guests()
        let guest = try guests.source("halt.S", "hlt\n")
        let run = try Program.kvmscope("run", guest, "--vcpus", "2", "--plain", "-e", "create vcpu 2; vcpu 2")
        #expect(run.output.contains("given back at once"))
        #expect(run.output.contains("there is no vCPU 2; there are vCPUs 0 to 1"))
        #expect(run.output.contains("vCPU 0 of 2") && !run.output.contains("of 3"))
    }

    @Test func aLessonIsPlayedToItsEndFromStandardInput() throws {
        let state = try Guests()
        // An empty line reads on, a number answers; what does not fit at its place is said and harms nothing.
        let lines = String(repeating: "\n1\nlesson solution\n", count: 12)
        let input = try state.source("lines", lines + "show console\n")
        let run = try Program.run(
            "/bin/sh", ["-c", "exec \"$0\" lesson 02 --plain -e - < \"$1\"", Program.path, input],
            environment: ["XDG_STATE_HOME": state.folder.path, "KVMSCOPE_LESSONS": Program.lessons])
        #expect(run.output.contains("✓ the lesson is done"), "\(run.errors)")
        // Each step was read, and none twice over.
        for number in 1...6 { #expect(run.output.contains("Enter and exit  \(number)/6"), "\(number)") }
        #expect(run.output.components(separatedBy: "We shall follow six instructions").count == 2)
    }

    @Test func standardInputNeedsAPrintedScreen() throws {
        let guests = try Guests()
        let guest = try guests.source("digit.S", "hlt\n")
        #expect(try Program.kvmscope("run", guest, "-e", "-").status == 2)
        let run = try Program.run(
            "/bin/sh",
            [
                "-c", "printf 'step exit\\nprnt 1\\nshow console; print 5' | \"$0\" run \"$1\" --plain -e -",
                Program.path, guest,
            ])
        #expect(run.status == 1)
        #expect(run.output.contains("there is no command 'prnt'"))
        #expect(run.output.contains("== Console ==") && run.output.contains("5 is 5"))
        #expect(!run.output.contains("== Flowchart"))
    }
}
