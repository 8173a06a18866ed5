import Screen
public import Timeline

/// The Translation pane as text, for a program without a screen.
public enum WalkText {
    /// - Parameter width: columns at which a text is broken; tables may be wider.
    public static func text(of question: WalkQuestion, in timeline: Timeline, environment: Environment, width: Int)
        -> String
    {
        let world = timeline.live
        var context = PaneContext(
            world: world, timeline: timeline, cursor: timeline.end, vcpu: question.vcpu, isLive: true,
            environment: environment)
        context.walk = question
        return TranslationPane.lines(context, width: width, height: PaneText.unlimited)
            .map { $0.trimmed.plain + "\n" }.joined()
    }
}
