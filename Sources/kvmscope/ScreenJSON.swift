internal import Explorer

extension ScreenContent {
    /// `run GUEST --json`: the panes by name, each with its title, source and rows.
    var json: JSON {
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
            ("keys", .array(keys.map { .object([("keys", .string($0.keys)), ("label", .string($0.label))]) })),
        ])
    }
}
