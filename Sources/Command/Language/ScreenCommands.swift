extension CommandTable {
    static let time: [CommandEntry] = [
        CommandEntry(
            .goTo, [.required(.number(1...Int(Int32.max)), "EVENT")], .time,
            "move the cursor to an event by its number",
            example: "goto 12", keys: [KeyBinding("g", .palette("goto "), "goto")], needs: .history
        ) { reader in reader.number.map { .goTo(.event($0)) } },
        CommandEntry(
            .goToExit, [.required(.number(1...Int(Int32.max)), "NUMBER")], .time,
            "move the cursor to an exit by its number",
            example: "goto exit 3", needs: .history
        ) { reader in reader.number.map { .goTo(.exit($0)) } },
        CommandEntry(
            .goToStart, [], .time, "move the cursor to the first event",
            keys: [KeyBinding(.home, .goTo(.start), "start")],
            needs: .history
        ) { _ in .goTo(.start) },
        CommandEntry(
            .goToEnd, [], .time, "move the cursor to the end, to what happens now",
            keys: [KeyBinding(.end, .goTo(.end), "end"), KeyBinding("G", .goTo(.end), "end")], needs: .history
        ) { _ in .goTo(.end) },
        CommandEntry(
            .goToMark, [.required(.text(.mark), "NAME")], .time, "move the cursor to a mark",
            example: "goto mark before",
            needs: .history
        ) { reader in reader.text.map { .goTo(.mark($0)) } },
        CommandEntry(
            .mark, [.required(.text(.mark), "NAME")], .time, "give the event under the cursor a name",
            example: "mark before", keys: [KeyBinding("m", .palette("mark "), "mark")], needs: .history
        ) { $0.text.map(Command.mark) },
        CommandEntry(
            .marks, [], .time, "list the marks, with the events that they name", needs: .history
        ) { _ in .marks },
        CommandEntry(
            .search, [.required(.text(.search), "TEXT")], .time, "find the next event whose line holds a text",
            example: "search 0x3f8", keys: [KeyBinding("/", .palette("search "), "search")], needs: .history
        ) { $0.text.map(Command.search) },
        CommandEntry(
            .searchNext, [], .time, "find the same text again", keys: [KeyBinding("n", .searchNext, "next")],
            needs: .history
        ) { _ in .searchNext },
        CommandEntry(
            .searchPrevious, [], .time, "find the same text before",
            keys: [KeyBinding("N", .searchPrevious, "previous")],
            needs: .history
        ) { _ in .searchPrevious },
        CommandEntry(
            .resume, [.optional(.number(1...Int(Int32.max)), "EVENT")], .time,
            "set the machine back to the cursor, or to an event, and run on from there",
            details: """
                The machine gets all registers, devices and memory that it had there; it runs on in a new branch, and \
                what was the future stays in the old one. Between keyframes it runs again from the one before.
                """, example: "resume 12", keys: [KeyBinding("f", .resume(nil), "run from here")],
            needs: [.live, .machine, .standing, .history]
        ) { .resume($0.number) },
        CommandEntry(
            .branches, [], .time, "list the branches: runs that share their past",
            keys: [KeyBinding("B", .branches, "branches")], needs: .history
        ) { _ in .branches },
        CommandEntry(
            .branch, [.required(.number(1...Int(Int32.max)), "NUMBER")], .time,
            "go to another branch, the machine too", example: "branch 1", needs: [.live, .standing, .history]
        ) { $0.number.map(Command.branch) },
        CommandEntry(
            .nameBranch, [.required(.text(.mark), "NAME")], .time, "give the branch in view a name",
            example: "branch name \"with rax = 5\"", needs: [.live, .history]
        ) { $0.text.map(Command.nameBranch) },
        CommandEntry(
            .compare, [.required(.number(1...Int(Int32.max)), "BRANCH")], .time,
            "lay another branch beside the one in view, with the first difference marked", example: "compare 1",
            needs: .history
        ) { $0.number.map(Command.compare) },
        CommandEntry(
            .whoWrote, [.required(.expression, "ADDRESS"), .optional(.number(1...4096), "BYTES")], .time,
            "go back to where the bytes at an address were changed last, eight unless told otherwise",
            details: """
                Looks through the memory that was read at each stop and keyframe; the cursor goes behind the change. \
                Given again it goes back to the change before.
                """, example: "who wrote 0x5000", needs: [.machine, .history]
        ) { reader in reader.expression.map { .whoWrote($0, bytes: reader.number ?? 8) } },
        CommandEntry(
            .record, [.optional(.text(.file), "FILE")], .time, "write the run into a file, from its beginning on",
            details: """
                Without a FILE it makes one here and names it after the moment; while a recording is made, it ends it. \
                `kvmscope replay FILE` opens it on any machine. Branches are in it, those that were there before too, \
                as far as their past is still kept; the one in view always is.
                """,
            example: "record run.kvmscope",
            needs: .live
        ) { .record($0.text) },
    ]

    static let panes: [CommandEntry] = [
        CommandEntry(
            .focus, [.required(.pane, "PANE")], .panes, "give a pane the keys", example: "focus memory",
            keys: Pane.allCases.compactMap { pane in pane.digit.map { KeyBinding($0, .focus(pane), pane.title) } }
        ) { $0.pane.map(Command.focus) },
        CommandEntry(
            .focusNext, [], .panes, "give the next pane the keys", keys: [KeyBinding(.tab, .focusNext, "pane")]
        ) { _ in .focusNext },
        CommandEntry(
            .focusPrevious, [], .panes, "give the pane before the keys",
            keys: [KeyBinding(.backTab, .focusPrevious, "pane back")]
        ) { _ in .focusPrevious },
        CommandEntry(
            .show, [.required(.pane, "PANE")], .panes, "put a pane on the screen", example: "show flowchart"
        ) { $0.pane.map(Command.show) },
        CommandEntry(
            .hide, [.required(.pane, "PANE")], .panes, "take a pane off the screen", example: "hide threads"
        ) { $0.pane.map(Command.hide) },
        CommandEntry(
            .zoom, [.optional(.pane, "PANE")], .panes, "show one pane over the whole screen", example: "zoom flowchart",
            keys: [KeyBinding("+", .zoom(nil), "zoom")]
        ) { .zoom($0.pane) },
        CommandEntry(
            .unzoom, [], .panes, "show the panes side by side again", keys: [KeyBinding("_", .unzoom, "unzoom")]
        ) { _ in .unzoom },
        CommandEntry(
            .move, [.required(.direction, "DIRECTION")], .panes, "move inside the pane that has the keys",
            example: "move page-down",
            keys: [
                KeyBinding(.up, .move(.up), "up"), KeyBinding(.down, .move(.down), "down"),
                KeyBinding(.left, .move(.left), "left"), KeyBinding(.right, .move(.right), "right"),
                KeyBinding("k", .move(.up), "up"), KeyBinding("j", .move(.down), "down"),
                KeyBinding("h", .move(.left), "left"),
                KeyBinding("l", .move(.right), "right"), KeyBinding(.pageUp, .move(.pageUp), "page up"),
                KeyBinding(.pageDown, .move(.pageDown), "page down"),
            ]
        ) { $0.direction.map(Command.move) },
        CommandEntry(
            .choose, [], .panes, "act on the line that the pane's cursor is on",
            keys: [KeyBinding(.enter, .choose, "choose")]
        ) { _ in .choose },
    ]

    static let lessons: [CommandEntry] = [
        CommandEntry(
            .lesson, [.required(.text(.lesson), "NAME")], .lesson, "open a lesson", example: "lesson 02-enter-exit"
        ) { reader in reader.text.map { .lesson(.open($0)) } },
        CommandEntry(.lessonMenu, [], .lesson, "list the lessons") { _ in .lesson(.menu) },
        CommandEntry(
            .lessonNext, [], .lesson, "go to the lesson's next step",
            keys: [KeyBinding(".", .lesson(.next), "next step")],
            needs: .lesson
        ) { _ in .lesson(.next) },
        CommandEntry(
            .lessonPrevious, [], .lesson, "read the step before",
            keys: [KeyBinding(",", .lesson(.previous), "step before")],
            needs: .lesson
        ) { _ in .lesson(.previous) },
        CommandEntry(
            .lessonResume, [], .lesson, "come back from free play to the step",
            keys: [KeyBinding("r", .lesson(.resume), "resume")], needs: .lesson
        ) { _ in .lesson(.resume) },
        CommandEntry(.lessonRetry, [], .lesson, "start the step anew", needs: .lesson) { _ in .lesson(.retry) },
        CommandEntry(
            .lessonHint, [], .lesson, "show the next hint for the task",
            keys: [KeyBinding("H", .lesson(.hint), "hint")],
            needs: [.lesson, .task]
        ) { _ in .lesson(.hint) },
        CommandEntry(
            .lessonSolution, [], .lesson, "show the task's solution and carry it out", needs: [.lesson, .task]
        ) { _ in .lesson(.solution) },
        CommandEntry(
            .lessonAnswer, [.required(.number(1...26), "NUMBER")], .lesson, "answer the lesson's question",
            example: "lesson answer 2",
            keys: [
                KeyBinding("a", .lesson(.answer(1)), "answer"), KeyBinding("b", .lesson(.answer(2)), "answer"),
                KeyBinding("c", .lesson(.answer(3)), "answer"), KeyBinding("d", .lesson(.answer(4)), "answer"),
                KeyBinding("e", .lesson(.answer(5)), "answer"),
            ], needs: [.lesson, .question]
        ) { reader in reader.number.map { .lesson(.answer($0)) } },
    ]

    static let program: [CommandEntry] = [
        CommandEntry(
            .help, [.optional(.text(.topic), "TOPIC")], .program, "explain a command, a pane, a fact, or everything",
            details: "help facts lists all facts; help keys lists all keys.", example: "help step",
            keys: [KeyBinding("?", .help(nil), "help"), KeyBinding(.f1, .help(nil), "help")]
        ) { .help($0.text) },
        CommandEntry(
            .palette, [.optional(.text(.line), "TEXT")], .program, "open the command line",
            example: "palette \"walk \"",
            keys: [KeyBinding(":", .palette(nil), "command")]
        ) { .palette($0.text) },
        CommandEntry(
            .mouse, [.required(.onOff, "on|off")], .program, "let the program have the mouse, or the terminal",
            example: "mouse off"
        ) { $0.isOn.map(Command.mouse) },
        CommandEntry(
            .cancel, [], .program, "close what is open, stop what is asked",
            keys: [KeyBinding(.escape, .cancel, "cancel")]
        ) { _ in .cancel },
        CommandEntry(
            .redraw, [], .program, "draw the screen anew, over what another program has left on it",
            keys: [KeyBinding(.control("l"), .redraw, "redraw")]
        ) { _ in .redraw },
        CommandEntry(
            .quit, aliases: ["q"], [], .program, "leave the program",
            details: "Ctrl-C closes a prompt or pauses a running guest, and leaves when pressed again.",
            keys: [KeyBinding("q", .quit, "quit")]
        ) { _ in .quit },
    ]
}
