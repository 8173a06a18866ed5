import enum Command.Pane

/// The view that belongs to each pane.
enum Panes {
    static func view(for pane: Pane) -> any PaneView.Type {
        switch pane {
        case .descriptors: DescriptorsPane.self
        case .threads: ThreadsPane.self
        case .ioctls: IoctlsPane.self
        case .flowchart: FlowchartPane.self
        default: EventsPane.self
        }
    }
}
