import Foundation
import Testing

/// A lesson that goes along the arrows of the flowchart, by the same rules on a machine, from its recording and on the
/// screen.
@Suite("arrow by arrow", .enabled(if: Program.obstacle == nil, "\(Program.obstacle ?? "")"))
struct ArrowTests {
    private static let lesson = """
        ---
        title: Arrows
        summary: One after the other.
        minutes: 1
        guest: guest.S
        ---

        ## Along them

        Each `step transition` takes one.

        ~~~kvmscope
        step transition
        expect !timeline.live && exit.number == 0
        step transition 1000
        expect timeline.live && exit.number == 1
        back transition 2
        expect !timeline.live
        goto end
        step transition 1000
        expect timeline.live && exit.number == 2
        step transition
        expect !timeline.live && exit.number == 2
        step transition
        step exit
        expect timeline.live && exit.number == 4
        ~~~
        """

    @Test func aLessonHoldsOnTheMachineAndFromItsRecording() throws {
        let guests = try Guests()
        let folder = guests.folder.appendingPathComponent("01-arrows")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.lesson.replacing("~~~", with: "```").write(
            to: folder.appendingPathComponent("lesson.md"), atomically: true, encoding: .utf8)
        _ = try guests.source(
            "01-arrows/guest.S", "_start: out %al, $0x80\n out %al, $0x80\n out %al, $0x80\n out %al, $0x80\n hlt\n")
        for level in ["", "boundary"] {
            let environment = ["KVMSCOPE_LESSONS": guests.folder.path, "KVMSCOPE_KERNEL": level]
            let live = try Program.kvmscope("check", environment: environment)
            #expect(live.status == 0, "\(live.output)\(live.errors)")
            let recorded = try Program.kvmscope("check", "--record", guests.folder.path, environment: environment)
            #expect(recorded.status == 0, "\(recorded.output)\(recorded.errors)")
            let place = folder.appendingPathComponent("recording.kvmscope")
            try? FileManager.default.removeItem(at: place)
            try FileManager.default.moveItem(
                at: guests.folder.appendingPathComponent("01-arrows.kvmscope"), to: place)
            let replayed = try Program.kvmscope("check", "--replay", environment: environment)
            #expect(replayed.status == 0, "\(replayed.output)\(replayed.errors)")
        }
    }
}
