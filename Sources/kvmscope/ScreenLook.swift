internal import Command
internal import Explorer
internal import Lesson
internal import Timeline

/// Moves a cursor over what was recorded by the same rules as the screen, for those who check lessons without one.
final class ScreenLook {
    private var model: Model?

    func callAsFunction(
        _ command: Command, _ timeline: Timeline, _ past: Int?
    ) -> Result<Int?, ReplayStage.LookRefusal> {
        var model = self.model ?? Model(timeline: timeline, width: 120, height: 40)
        if model.timeline !== timeline { model = Model(timeline: timeline, width: 120, height: 40) }
        _ = update(&model, .command(.goTo(past.map { .event($0) } ?? .end)))
        _ = update(&model, .command(command))
        self.model = model
        if let notice = model.notice, notice.kind == .bad { return .failure(.init(text: notice.text)) }
        return .success(model.isLive ? nil : model.cursor)
    }
}
