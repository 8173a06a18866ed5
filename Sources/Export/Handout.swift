internal import Command
public import Explorer
internal import Screen
public import Timeline

/// The screens of a run as one HTML page that needs nothing else: to be read, stepped through, printed and handed out.
public struct Handout {
    /// More would make a page that a browser opens slowly; the first and the last are kept.
    public static let screenLimit = 200
    private static let lastScreens = 50
    /// The home layout.
    private static let columns = 120
    private static let rows = 40

    let title: String
    let facts: String
    let screens: [Screen]
    /// Moments that have no screen here.
    let leftOut: Int
    let version: String

    struct Screen {
        var number: Int
        /// What just happened.
        var caption: String
        var picture: String
        /// The same pane by pane, for who listens.
        var sections: [ScreenContent.Section]
        /// Moments that were left out before this one.
        var leftOutBefore = 0
    }

    /// - Parameter environment: what is known of the host on which the run was recorded.
    public init(_ timeline: Timeline, environment: Explorer.Environment) {
        let moments = Moment.all(in: timeline)
        let live = timeline.live
        title = live.start?.guest.fileName ?? "A run without a beginning"
        version = environment.version
        var facts = [
            Markup.of(live.start?.vcpus ?? live.vcpus.count, "vCPU"), Markup.of(live.exitCount, "exit"),
            "recorded in \(Markup.duration(live.nanoseconds))",
        ]
        if let kvm = live.host?.module ?? environment.kvm { facts.append(kvm) }
        self.facts = facts.joined(separator: " · ")
        leftOut = max(0, moments.count - Self.screenLimit)
        let head = leftOut > 0 ? Self.screenLimit - Self.lastScreens : moments.count
        var camera = Camera(timeline, environment)
        var screens: [Screen] = []
        for (index, moment) in moments.enumerated() where index < head || index >= head + leftOut {
            if index == head + leftOut, leftOut > 0, timeline.first == 0 {
                camera = Camera(Self.lastPart(of: timeline), environment)
            }
            var screen = camera.screen(at: moment)
            screen.number = screens.count + 1
            if index == head + leftOut, leftOut > 0 { screen.leftOutBefore = leftOut }
            screens.append(screen)
        }
        self.screens = screens
    }

    /// A timeline that keeps its newest events only: panes that look back must not read a long run for each screen.
    private static func lastPart(of timeline: Timeline) -> Timeline {
        let part = Timeline(capacity: 1)
        for position in 0..<timeline.end {
            if let event = timeline[position] { part.append(event) }
        }
        return part
    }

    /// Looks at a timeline as the program's own screen does.
    private struct Camera {
        private var model: Model

        init(_ timeline: Timeline, _ environment: Explorer.Environment) {
            var environment = environment
            environment.isReplay = true
            model = Model(timeline: timeline, width: Handout.columns, height: Handout.rows, environment: environment)
            // The strip is in step with the timeline from here on.
            _ = update(&model, .timelineChanged)
        }

        mutating func screen(at moment: Moment) -> Screen {
            _ = update(&model, .command(.vcpu(moment.vcpu)))
            _ = update(&model, .command(.goTo(.event(moment.cursor))))
            let grid = model.grid
            let content = model.content
            // Without the header, which the page has itself, the caption, and the rows for what one types.
            let picture = grid.part(Rect(x: 0, y: 1, width: grid.width, height: grid.height - 4))
            return Screen(
                number: 0, caption: content.status.first ?? "", picture: ScreenMarkup.html(picture),
                sections: content.sections)
        }
    }
}
