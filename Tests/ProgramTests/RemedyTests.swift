import Foundation
import Testing

/// What there must be to play a machine.
enum Playing {
    /// Why nothing can be played here; nil where it can.
    static let obstacle: String? = {
        if let missing = Program.obstacle { return missing }
        guard getuid() == 0 else { return "what root may do is tried by root alone" }
        let trial = try? Program.run("/usr/bin/env", ["unshare", "--mount", "setpriv", "--version"])
        return trial?.status == 0 ? nil : "no mount namespace can be made here"
    }()

    static let hasTraceFS = FileManager.default.fileExists(atPath: "/sys/kernel/tracing/events/kvm")
}

/// Carries out what `doctor` advises and asks it again. Each machine is played in a mount namespace of its own, so that
/// nobody else loses a file system.
@Suite("What doctor advises, tried", .enabled(if: Playing.obstacle == nil, "\(Playing.obstacle ?? "")"))
struct RemedyTests {
    private typealias Items = [String: (state: String, remedy: String)]

    /// Runs lines of a shell as root; each `doctor` in them is asked for its findings.
    ///
    /// `sudo` is what root does not need, and `nobody` begins a command of that user.
    private func play(_ lines: String) throws -> [Items] {
        let script = """
            set -e
            sudo() { "$@"; }
            nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"; }
            doctor() { "$PROGRAM" doctor --json "$@" || true; echo; echo ======; }
            # What a user runs must lie where that user may go.
            here=$(mktemp -d); chmod 755 "$here"; trap 'rm -rf "$here"' EXIT
            cp "$BUILT" "$here/kvmscope"; PROGRAM=$here/kvmscope
            asNobody() { nobody "$PROGRAM" doctor --json "$@" || true; echo; echo ======; }
            \(lines)
            """
        let result = try Program.run(
            "/usr/bin/env", ["unshare", "--mount", "--propagation", "private", "bash", "-c", script],
            environment: ["BUILT": Program.path])
        #expect(result.status == 0, "\(result.errors)")
        return try result.output.components(separatedBy: "======\n").dropLast().map { text in
            let answer = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            var items: Items = [:]
            for item in try #require(answer["items"] as? [[String: Any]]) {
                guard let id = item["id"] as? String else { continue }
                items[id] = (item["state"] as? String ?? "", item["remedy"] as? String ?? "")
            }
            return items
        }
    }

    @Test("tracefs that is not mounted is mounted", .enabled(if: Playing.hasTraceFS, "tracefs is not mounted here"))
    func mounting() throws {
        let answers = try play(
            """
            while umount /sys/kernel/tracing 2> /dev/null; do :; done
            while umount /sys/kernel/debug/tracing 2> /dev/null; do :; done
            doctor; asNobody
            sudo mount -t tracefs nodev /sys/kernel/tracing
            doctor
            """)
        try #require(answers.count == 3)
        let advice = "sudo mount -t tracefs nodev /sys/kernel/tracing"
        #expect(answers[0]["tracefs"]?.remedy == advice)
        #expect(answers[0]["kernel-view"]?.remedy == "for tracepoints: " + advice)
        #expect(answers[1]["tracefs"]?.remedy == advice + ", then run as root (sudo)")
        #expect(answers[2]["tracefs"]?.state == "yes" && answers[2]["kvm-events"]?.state == "yes")
        // In a container more than that is in the way, and it is said.
        let view = try #require(answers[2]["kernel-view"])
        #expect(view.state == "yes" || view.remedy.contains("--pid=host"))
    }

    @Test("Nobody is told to be root exactly where root gets more")
    func beingRoot() throws {
        let answers = try play("asNobody; doctor")
        try #require(answers.count == 2)
        for (id, item) in answers[0] where item.remedy.hasSuffix("run as root (sudo)") && id != "kernel-view" {
            // Root may learn that the kernel lacks it, which is more than nobody was told.
            #expect(answers[1][id].map { $0.state != item.state } == true, "\(id)")
        }
        #expect(answers[0]["pagemap"]?.remedy == "run as root (sudo)")
        #expect(!answers[0].values.contains { $0.remedy.contains("perf_event_paranoid") })
        #expect(!answers[1].values.contains { $0.remedy.contains("run as root") })
    }

    @Test("A device that its group may open is opened by who joined the group")
    func joiningTheGroup() throws {
        let answers = try play(
            """
            mount -t tmpfs none /mnt; mknod -m 660 /mnt/kvm c 10 232; chgrp 104 /mnt/kvm
            asNobody --device /mnt/kvm
            nobody() { setpriv --reuid=65534 --regid=65534 --groups=104 --inh-caps=-all "$@"; }
            asNobody --device /mnt/kvm
            """)
        try #require(answers.count == 2)
        let remedy = try #require(answers[0]["kvm-device"]?.remedy)
        #expect(remedy.hasPrefix("sudo usermod -aG ") && remedy.hasSuffix(" $USER, then log in again"))
        #expect(answers[1]["kvm-device"]?.state == "yes")
        #expect(answers[1]["guest-long"]?.state == "yes")
    }

    @Test("A device that is not there is made")
    func makingTheNode() throws {
        let answers = try play(
            """
            mount -t tmpfs none /dev; mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/urandom c 1 9
            doctor
            sudo mknod /dev/kvm c 10 232
            doctor
            """)
        try #require(answers.count == 2)
        #expect(answers[0]["kvm-device"]?.remedy.hasSuffix("or sudo mknod /dev/kvm c 10 232") == true)
        #expect(answers[1]["kvm-device"]?.state == "yes")
    }
}
