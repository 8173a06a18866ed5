import Command
import Lesson
import Screen
import Testing
import Timeline

@testable import Explorer

/// A lesson whose machine is a recording.
@Suite struct LessonReplayTests {
    private func begun() throws -> (Play, SampleRun.Writer) {
        let timeline = SampleRun.ready()
        var play = Play(timeline, lesson: try madeUpLesson())
        play.model.environment.isReplay = true
        play.model.environment.lessonReplay = "there is no /dev/kvm"
        play.model.environment.kvmUnavailable = "there is no /dev/kvm"
        play.give(.machinePrepared(.done))
        return (play, SampleRun.Writer(timeline))
    }

    @Test func theLessonsOwnStepsGoOn() throws {
        var (play, run) = try begun()
        #expect(play.headerRow.contains("REPLAY"))
        play.press(.enter)
        #expect(play.performed == ["step exit"])
        run.step(outOf: 0, rip: 0x10000b, rax: 0x35)
        play.give(.timelineChanged)
        play.give(.commandFinished(.step(.exit), .done, .lesson))
        #expect(play.model.lesson?.prompt == .answer(2))
        #expect(play.model.lesson?.isFreePlay == false)
    }

    @Test(arguments: ["step exit", "continue", "reset", "set rax = 1", "until exit.reason == io", "gate on"])
    func aStepOfOnesOwnIsRefusedWithTheReasonAndLeavesNoTrace(command: String) throws {
        var (play, _) = try begun()
        let before = play.model.cursor
        play.enter(command)
        #expect(play.performed == [])
        #expect(play.model.notice?.kind == .bad)
        #expect(play.model.notice?.text.contains("there is no /dev/kvm") == true)
        #expect(play.model.lesson?.isFreePlay == false)
        #expect(play.model.cursor == before)
    }

    @Test func backAndForthOverWhatWasRecordedGoAsEver() throws {
        var (play, run) = try begun()
        play.press(.enter)
        run.step(outOf: 0, rip: 0x10000b, rax: 0x35)
        play.give(.timelineChanged)
        play.give(.commandFinished(.step(.exit), .done, .lesson))
        let now = play.model.cursor
        play.type("S")
        #expect(play.model.cursor < now)
        play.type("s")
        #expect(play.model.cursor == now)
        #expect(!play.footerRow.contains("Space run"))
    }

    @Test func aTaskSaysThatItCannotBeTriedAndShowsHowItWasDone() throws {
        let lesson = try madeUpLesson()
        let scene = LessonScene(
            title: lesson.title, step: "A task", number: 1, count: 1, blocks: [], prompt: .task)
        func text(isReplay: Bool) -> String {
            LessonText(scene, width: 200, isReplay: isReplay).lines.map(\.plain).joined(separator: "\n")
        }
        #expect(text(isReplay: true).contains("cannot be tried here"))
        #expect(text(isReplay: true).contains("shows how it was done"))
        #expect(!text(isReplay: false).contains("cannot be tried here"))
    }

    @Test func theMenuSaysWhichLessonsAreReplayed() {
        var listing = LessonListing(name: "02-enter-exit", number: 2, title: "Enter and exit")
        listing.isReplay = true
        var play = Play(menu: [listing])
        play.model.environment.kvmUnavailable = "there is no /dev/kvm"
        #expect(play.text.contains("Enter and exit  REPLAY"))
        #expect(play.text.contains("The lessons open from recordings: there is no /dev/kvm"))
        #expect(play.model.content.text.contains("REPLAY"))
        play.press(.enter)
        #expect(play.effects.contains { if case .openLesson("02-enter-exit") = $0 { true } else { false } })
    }
}
