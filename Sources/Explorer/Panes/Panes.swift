public import enum Command.Pane
public import Screen

/// What a pane shows: a pure function of the timeline, the cursor and the view's own state.
protocol PaneView {
    static var pane: Pane { get }
    static func lines(_ context: PaneContext, width: Int, height: Int) -> [Line]
    static func source(_ context: PaneContext) -> String
}
