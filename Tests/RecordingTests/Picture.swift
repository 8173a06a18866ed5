import Timeline

/// Everything that a value holds, as text: enums and classes of the timeline are not all Equatable.
struct Picture: Equatable, CustomStringConvertible {
    let description: String

    init(_ event: Event) {
        var text = ""
        if case .memory(let pages) = event.body {
            text =
                "\(event.nanoseconds) \(event.thread) "
                + pages.map { "\($0.frame):\($0.content.bytes)" }.joined(separator: " ")
        } else {
            Self.dump(event, into: &text)
        }
        description = text
    }

    /// All of a world but the contents of its pages.
    static func text(of world: World) -> [UInt8] {
        var text = ""
        dump(world, into: &text)
        return Array(text.utf8)
    }

    private static func dump(_ value: Any, into text: inout String) {
        let mirror = Mirror(reflecting: value)
        if value is MemoryImage {
            let image = value as? MemoryImage
            text += "slots \(image?.slots ?? [])"
        } else if mirror.displayStyle == .dictionary {
            var parts: [String] = []
            for child in mirror.children {
                var part = ""
                dump(child.value, into: &part)
                parts.append(part)
            }
            text += "{" + parts.sorted().joined(separator: ",") + "}"
        } else if mirror.subjectType == type(of: Bytes([])) {
            text += (value as? Bytes)?.hex ?? ""
        } else if "\(mirror.subjectType)" == "Tally" {
            // Its order is of no account.
            text +=
                "\(mirror.children.flatMap { Mirror(reflecting: $0.value).children.map { "\($0.value)" } }.sorted())"
        } else if mirror.children.isEmpty {
            text += "\(value)"
        } else {
            text += "\(mirror.subjectType)("
            for child in mirror.children {
                text += (child.label ?? "") + ":"
                dump(child.value, into: &text)
                text += ","
            }
            text += ")"
        }
    }
}
