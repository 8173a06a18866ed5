import Command
import Screen
import Testing
import Timeline

@testable import Explorer

@Suite("Strings without end in a recording")
struct LongTextTests {
    /// What rows hold is what is measured, cut and drawn of them.
    @Test("cost no more than a bounded part of each, however long they are")
    func bounded() {
        func bytes(_ length: Int) -> Int {
            let long = String(repeating: "word ", count: length / 5)
            let timeline = SampleRun.ready()
            let writer = SampleRun.Writer(timeline)
            for _ in 0..<20 {
                var call = IoctlCall(kind: .vm, fd: 5, name: long, request: 0xAE00)
                call.fields = [IoctlField(name: long, value: long)]
                writer.append(.ioctl(call))
            }
            var play = Play(timeline, width: 120, height: 40)
            play.enter("show ioctls")
            let context = play.model.context(for: .ioctls, world: timeline.world(at: timeline.end))
            let rows = IoctlsPane.lines(context, width: 120, height: PaneText.unlimited)
            return rows.reduce(0) { $0 + $1.spans.reduce(0) { $0 + $1.text.utf8.count } }
        }
        let (some, many) = (bytes(100_000), bytes(1_000_000))
        #expect(some < 1 << 20)
        #expect(many <= some + 1024)
    }
}
