internal import Explorer

extension ScreenContent {
    /// `run GUEST --json`: the panes by name, each with its title, source and rows, and what each command of a script
    /// came to.
    func json(after results: [Script.Result]) -> JSON {
        .object([
            ("title", .string(title)),
            ("status", .array(status.map { .string($0) })),
            (
                "panes",
                .array(
                    sections.map { section in
                        .object([
                            ("name", .string(section.name)), ("title", .string(section.title)),
                            ("source", section.source.isEmpty ? .null : .string(section.source)),
                            ("lines", .array(section.lines.map { .string($0) })),
                        ])
                    })
            ),
            (
                "script",
                .array(
                    results.map {
                        .object([
                            ("command", .string($0.command)), ("result", .string($0.text)),
                            ("failed", .bool($0.hasFailed)),
                        ])
                    })
            ),
            ("keys", .array(keys.map { .object([("keys", .string($0.keys)), ("label", .string($0.label))]) })),
        ])
    }
}
