import Screen
import Testing
import Timeline

@testable import Explorer

@Suite struct IoctlsPaneTests {
    private static func atTheGate(fields: Int) -> Play {
        let timeline = SampleRun.ready()
        var call = IoctlCall(kind: .vcpu, fd: 7, name: "KVM_SET_SREGS", request: 0x4138_ae84, argument: 0x1000)
        call.fields = (1...fields).map { IoctlField(name: "field\($0)", value: "value \($0).") }
        SampleRun.Writer(timeline).append(.gate(call))
        var play = Play(timeline, width: 80, height: 24)
        play.type("5+")
        return play
    }

    @Test func theCallThatWaitsAndTheNewestThatWasMadeCanBothBeChosen() {
        var play = Self.atTheGate(fields: 2)
        #expect(play.text.contains("waits at the gate"))
        play.press(.up)
        #expect(!play.text.contains("waits at the gate"))
        play.press(.down)
        #expect(play.text.contains("waits at the gate"))
    }

    @Test func everyRowOfALongArgumentCanBeReached() {
        var play = Self.atTheGate(fields: 30)
        #expect(play.text.contains("value 1.") && !play.text.contains("value 30."))
        var seen: Set<Int> = []
        for _ in 0..<30 {
            for number in 1...30 where play.text.contains("value \(number).") { seen.insert(number) }
            play.press(.right)
        }
        #expect(seen == Set(1...30))
        #expect(play.text.contains("value 30."))
        for _ in 0..<30 { play.press(.left) }
        #expect(play.text.contains("value 1."))
        // Another call is read from its beginning.
        play.press(.right, .up, .down)
        #expect(play.text.contains("value 1."))
    }
}
