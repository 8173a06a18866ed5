internal import Host

extension Checkup {
    /// A table for people: what, state, answer and source in columns, the remedy below.
    var text: String {
        let findings = sections.flatMap(\.findings)
        let title = findings.map(\.title.count).max() ?? 0
        // Long answers are few, and should not push the sources of all others off the screen.
        let value = min(findings.map(\.value.count).max() ?? 0, 56)
        var lines: [String] = []
        for section in sections where !section.findings.isEmpty {
            lines.append(section.title)
            for finding in section.findings {
                lines.append(
                    "  \(finding.title.padded(title))  \(finding.state.rawValue.padded(7))  "
                        + "\(finding.value.padded(value))  [\(finding.source)]")
                if let remedy = finding.remedy {
                    lines.append("  \("".padded(title))  → \(remedy)")
                }
            }
            lines.append("")
        }
        lines.append(obstacle == nil ? "Guests can run here." : "Guests cannot run here.")
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        let items = sections.flatMap { section in
            section.findings.map { finding in
                JSON.object([
                    ("section", .string(section.title)), ("id", .string(finding.id)), ("title", .string(finding.title)),
                    ("state", .string(finding.state.rawValue)), ("value", .string(finding.value)),
                    ("source", .string(finding.source)), ("remedy", .optional(finding.remedy)),
                ])
            }
        }
        return .object([
            ("canRun", .bool(obstacle == nil)), ("obstacle", .optional(obstacle)),
            ("kernelView", .string(view.rawValue)), ("items", .array(items)),
        ])
    }
}
