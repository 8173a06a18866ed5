import Command
import Screen
import Testing

import enum Command.Pane

@testable import Explorer

@Suite struct LayoutTests {
    static let usual = Arrangement().wanted(hasLesson: true)

    /// Every rectangle of a layout by name.
    private static func rects(_ layout: ScreenLayout) -> [(String, Rect)] {
        [
            ("header", layout.header), ("strip", layout.strip), ("status", layout.status), ("notice", layout.notice),
            ("footer", layout.footer),
        ] + layout.panes.map { ($0.pane.rawValue, $0.rect) }
    }

    @Test(arguments: [true, false])
    func nothingOverlapsAndNothingSticksOutAtAnySize(hasLesson: Bool) {
        let wanted = Arrangement().wanted(hasLesson: hasLesson)
        for width in 1...250 {
            for height in 1...80 {
                let screen = Rect(width: width, height: height)
                let layout = ScreenLayout(
                    width: width, height: height, wanted: wanted, focus: .flowchart, isZoomed: false)
                let rects = Self.rects(layout)
                for (index, (name, rect)) in rects.enumerated() {
                    if rect.intersection(screen) != rect, !rect.isEmpty {
                        Issue.record("\(name) sticks out at \(width)×\(height)")
                    }
                    for (other, rect2) in rects[(index + 1)...] where !rect.intersection(rect2).isEmpty {
                        Issue.record("\(name) and \(other) overlap at \(width)×\(height)")
                    }
                }
            }
        }
    }

    @Test func panesFillTheBody() {
        for (width, height) in [(60, 20), (80, 24), (100, 30), (120, 40), (160, 50), (200, 60), (250, 80)] {
            for hasLesson in [true, false] {
                let layout = ScreenLayout(
                    width: width, height: height, wanted: Arrangement().wanted(hasLesson: hasLesson),
                    focus: .flowchart, isZoomed: false)
                let area = layout.panes.reduce(0) { $0 + $1.rect.width * $1.rect.height }
                #expect(area == layout.body.width * layout.body.height, "\(width)×\(height)")
            }
        }
    }

    @Test func homeShowsLessonFlowchartDescriptorsThreadsAndIoctls() {
        let layout = ScreenLayout(width: 120, height: 40, wanted: Self.usual, focus: .lesson, isZoomed: false)
        #expect(Set(layout.panes.map(\.pane)) == [.lesson, .flowchart, .descriptors, .threads, .ioctls])
    }

    @Test func aSmallScreenShowsTheLessonAndTwoPanes() {
        for focus in [Pane.lesson, .flowchart, .ioctls, .console, .code] {
            let layout = ScreenLayout(width: 80, height: 24, wanted: Self.usual, focus: focus, isZoomed: false)
            #expect(layout.panes.count == 3)
            #expect(layout.rect(of: .lesson) != nil)
            #expect(layout.rect(of: focus) != nil)
        }
    }

    @Test func aLargeScreenShowsCodeMemoryAndConsoleToo() {
        let layout = ScreenLayout(width: 200, height: 60, wanted: Self.usual, focus: .lesson, isZoomed: false)
        #expect(
            Set(layout.panes.map(\.pane)).isSuperset(of: [
                .lesson, .flowchart, .descriptors, .threads, .ioctls, .code, .memory, .console,
            ]))
    }

    @Test func everyPaneCanBeSeenAtEverySize() {
        for (width, height) in [(60, 20), (80, 24), (99, 60), (100, 25), (120, 30), (120, 40), (170, 44), (200, 60)] {
            for hasLesson in [true, false] {
                for pane in Pane.allCases where hasLesson || pane != .lesson {
                    var arrangement = Arrangement()
                    arrangement.show(pane)
                    arrangement.focus = pane
                    let layout = ScreenLayout(
                        width: width, height: height, wanted: arrangement.wanted(hasLesson: hasLesson), focus: pane,
                        isZoomed: false)
                    #expect(layout.rect(of: pane) != nil, "\(pane) at \(width)×\(height)")
                }
            }
        }
    }

    @Test func showingAPaneMovesNoOtherOfTheScreen() {
        var arrangement = Arrangement()
        let before = ScreenLayout(
            width: 120, height: 40, wanted: arrangement.wanted(hasLesson: true), focus: .lesson, isZoomed: false)
        arrangement.show(.threads)
        arrangement.show(.console)
        let after = ScreenLayout(
            width: 120, height: 40, wanted: arrangement.wanted(hasLesson: true), focus: .lesson, isZoomed: false)
        for pane in [Pane.lesson, .flowchart, .descriptors, .threads] {
            #expect(before.rect(of: pane) == after.rect(of: pane))
        }
        #expect(after.rect(of: .console) == before.rect(of: .ioctls))
    }

    @Test func aHiddenPanesRoomGoesToTheOthers() {
        var arrangement = Arrangement()
        for pane in [Pane.threads, .statistics] { arrangement.hide(pane) }
        let layout = ScreenLayout(
            width: 120, height: 40, wanted: arrangement.wanted(hasLesson: true), focus: .lesson, isZoomed: false)
        let area = layout.panes.reduce(0) { $0 + $1.rect.width * $1.rect.height }
        #expect(area == layout.body.width * layout.body.height)
        #expect(layout.rect(of: .threads) == nil)
    }

    @Test func tooSmallSaysSoInWords() {
        for (width, height) in [(59, 24), (80, 19), (30, 10)] {
            let text = Play(width: width, height: height).text
            #expect(text.contains("60×20"))
        }
        #expect(!Play(width: 60, height: 20).text.contains("60×20"))
    }

    @Test func stepsDoNotMoveThePanes() {
        var play = Play(SampleRun.long(exits: 20))
        let before = play.model.layout
        for _ in 0..<5 {
            play.type("S")
            #expect(play.model.layout == before)
        }
    }
}
