import enum Command.Pane

/// The view that belongs to each pane.
enum Panes {
    static func view(for pane: Pane) -> any PaneView.Type {
        switch pane {
        case .lesson: LessonPane.self
        case .flowchart: FlowchartPane.self
        case .descriptors: DescriptorsPane.self
        case .threads: ThreadsPane.self
        case .ioctls: IoctlsPane.self
        case .code: CodePane.self
        case .memory: MemoryPane.self
        case .console: ConsolePane.self
        case .map: MapPane.self
        case .translation: TranslationPane.self
        case .statistics: StatisticsPane.self
        case .events: EventsPane.self
        }
    }
}
