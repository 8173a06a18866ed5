internal import Command
internal import Explorer
internal import Lesson
internal import Timeline

/// Moves a cursor over what was recorded by the same rules as the screen, for those who check lessons without one.
final class ScreenLook {
    private var model: Model?

    /// - Parameters:
    ///   - past: where the cursor is; nil at the present.
    ///   - vcpu: of which vCPU's steps the command speaks.
    ///   - machine: carries out what the screen would have the machine do for the command.
    func callAsFunction(
        _ command: Command, _ timeline: Timeline, _ past: Int?, vcpu: Int,
        machine: (Command) -> LessonPlayer.Outcome
    ) -> Result<Int?, ReplayStage.LookRefusal> {
        var model = self.model ?? Model(timeline: timeline, width: 120, height: 40)
        if model.timeline !== timeline { model = Model(timeline: timeline, width: 120, height: 40) }
        for setting in [Command.goTo(.end), .vcpu(vcpu), .goTo(past.map { .event($0) } ?? .end)] {
            _ = update(&model, .command(setting))
        }
        for effect in update(&model, .command(command)) {
            guard case .perform(let asked, _, let origin) = effect else { continue }
            _ = update(&model, .commandFinished(asked, machine(asked), origin))
        }
        self.model = model
        if let notice = model.notice, notice.kind == .bad { return .failure(.init(text: notice.text)) }
        return .success(model.isLive ? nil : model.cursor)
    }
}
