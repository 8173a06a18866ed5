import Command
import Lesson
import Screen

import enum Command.Pane

/// The step of the lesson that is read: its text, its questions and what was answered, its task and how it stands.
///
/// While the lesson goes on, what is new is brought into view; `selection` remembers how far the lesson was when the
/// reader scrolled, so that the reader's own place holds until then.
enum LessonPane: PaneView {
    static let pane = Pane.lesson
    static let isWindow = true

    static func source(_ context: PaneContext) -> String { "lesson" }

    static func scroll(_ context: PaneContext, width: Int, height: Int) -> Scroll {
        let isReplay = context.environment.lessonReplay != nil
        let text = context.lesson.map { LessonText($0, width: width, isReplay: isReplay) }
        return scroll(context, text, height: height)
    }

    private static func scroll(_ context: PaneContext, _ text: LessonText?, height: Int) -> Scroll {
        guard let text else { return Scroll(offset: 0, visible: height, total: 0) }
        if context.view.selection == text.version {
            return Scroll(offset: context.view.scroll, visible: height, total: text.lines.count)
        }
        let newest = Scroll(offset: text.newest, visible: height, total: text.lines.count)
        // A hint or a verdict far down a long step is what the reader has just asked for.
        guard let said = text.said, said.upperBound > text.newest else { return newest }
        return newest.showing(said.upperBound - 1).showing(said.lowerBound)
    }

    /// The rows of the choices of an open question, and those that are seen.
    static func question(
        _ context: PaneContext, width: Int, height: Int
    ) -> (choices: [Range<Int>], seen: Range<Int>) {
        guard let scene = context.lesson else { return ([], 0..<0) }
        let text = LessonText(scene, width: width, isReplay: context.environment.lessonReplay != nil)
        return (text.choices, scroll(context, text, height: height).rows)
    }

    /// How the pane is looked at so that the open question is seen, as much of it as there is room for.
    static func showingQuestion(_ context: PaneContext, width: Int, height: Int) -> PaneState {
        guard let scene = context.lesson else { return context.view }
        var state = context.view
        let text = LessonText(scene, width: width, isReplay: context.environment.lessonReplay != nil)
        guard let first = text.choices.first, let last = text.choices.last else { return state }
        state.scroll =
            scroll(context, text, height: height).showing(last.upperBound - 1).showing(first.lowerBound).offset
        state.selection = text.version
        state.followsCursor = false
        return state
    }

    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line] {
        guard let scene = context.lesson else {
            return PaneText.unknown(
                "No lesson is open", why: "this is free play", remedy: "`:lesson menu` lists the lessons", width: width,
                height: height)
        }
        let text = LessonText(scene, width: width, isReplay: context.environment.lessonReplay != nil)
        if height >= PaneText.unlimited { return text.lines }
        return Array(text.lines[scroll(context, text, height: height).rows])
    }

    static func moved(
        _ direction: Command.Direction, _ context: PaneContext, width: Int, height: Int
    ) -> PaneState {
        guard let scene = context.lesson else { return context.view }
        var state = context.view
        let text = LessonText(scene, width: width, isReplay: context.environment.lessonReplay != nil)
        state.scroll = scroll(context, text, height: height).moved(by: direction.rows(page: height)).offset
        state.selection = text.version
        state.followsCursor = false
        return state
    }
}
