import Screen
import Testing

@testable import Explorer

@Suite struct MenuTests {
    private static func listings(_ count: Int) -> [LessonListing] {
        (1...count).map {
            LessonListing(
                name: "\($0)-lesson", number: $0, title: "Title \($0)", summary: "Summary \($0).", minutes: 10, steps: 3
            )
        }
    }

    @Test(arguments: [(80, 24), (120, 40), (60, 20)])
    func tenLessonsAreSeenAtOneLook(width: Int, height: Int) {
        var play = Play(menu: Self.listings(10), width: width, height: height)
        for number in 1...10 { #expect(play.text.contains("Title \(number)"), "\(number)") }
        #expect(play.text.contains("Summary 1."))
        play.press(.down, .down)
        #expect(play.text.contains("Summary 3."))
    }

    @Test func aListThatIsLongerSaysSo() {
        var play = Play(menu: Self.listings(40), width: 80, height: 24)
        #expect(play.text.contains("1 to 16 of 40"))
        play.press(.end)
        #expect(play.text.contains("Title 40") && play.text.contains("25 to 40 of 40"))
    }

    @Test func aClickOpensWhatStandsThere() {
        var play = Play(menu: Self.listings(10), width: 80, height: 24)
        let rows = play.text.split(separator: "\n", omittingEmptySubsequences: false)
        let row = rows.firstIndex { $0.contains("Title 9") } ?? 0
        play.click(20, row)
        #expect(play.model.menu?.selected?.name == "9-lesson")
    }
}
