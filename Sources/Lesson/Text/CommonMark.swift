internal import CCmark

/// CommonMark read by cmark, as a list of top-level blocks that know their lines.
///
/// Source: CommonMark specification, version 0.30; cmark(3).
struct CommonMark {
    /// One top-level block with the line of the text on which it starts, counted from 1.
    struct Piece {
        enum Content {
            case block(TextBlock)
            /// A fenced block: what stands behind the fence, and the text with its first line's number.
            case fence(info: String, text: String, line: Int)
        }
        var line: Int
        var content: Content
    }

    struct Trouble: Error {
        var line: Int
        var message: String
    }

    /// More than a reader could follow, and little enough that no text can exhaust the stack.
    static let deepest = 24

    private(set) var pieces: [Piece] = []

    init(_ text: String) throws(Trouble) {
        var text = text
        let root = text.withUTF8 { bytes in
            // A zero byte is allowed: cmark replaces it by U+FFFD.
            bytes.withMemoryRebound(to: CChar.self) {
                cmark_parse_document($0.baseAddress, $0.count, CMARK_OPT_DEFAULT)
            }
        }
        guard let root else { throw Trouble(line: 1, message: "cmark could not read the text") }
        defer { cmark_node_free(root) }
        var node = cmark_node_first_child(root)
        while let current = node {
            if let content = try Self.content(of: current) {
                pieces.append(Piece(line: Self.line(of: current), content: content))
            }
            node = cmark_node_next(current)
        }
    }

    /// A line of text as spans: a question, a hint, a goal.
    static func spans(_ text: String, line: Int) throws(Trouble) -> [TextSpan] {
        let pieces: [Piece]
        do { pieces = try CommonMark(text).pieces } catch {
            throw Trouble(line: line, message: error.message)
        }
        var spans: [TextSpan] = []
        for piece in pieces {
            guard case .block(.paragraph(let more)) = piece.content else {
                throw Trouble(line: line, message: "this should be plain text, with no list, heading or block in it")
            }
            if !spans.isEmpty { spans.append(.lineBreak) }
            spans += more
        }
        return spans
    }

    /// `OpaquePointer` to a `cmark_node` that the tree owns: valid until `init` frees the root, and used no longer.
    private typealias Node = OpaquePointer

    private static func line(of node: Node) -> Int { max(1, Int(cmark_node_get_start_line(node))) }

    private static func literal(_ node: Node) -> String {
        cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
    }

    private static func content(of node: Node) throws(Trouble) -> Piece.Content? {
        if cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK {
            let info = cmark_node_get_fence_info(node).map { String(cString: $0) } ?? ""
            let text = literal(node)
            // A fence takes a line of its own over its text; an indented block does not, and carries no info.
            return info.isEmpty
                ? .block(.code(language: "", text)) : .fence(info: info, text: text, line: line(of: node) + 1)
        }
        return try block(node, depth: 0).map { .block($0) }
    }

    private static func children(of node: Node) -> [Node] {
        var children: [Node] = []
        var child = cmark_node_first_child(node)
        while let current = child {
            children.append(current)
            child = cmark_node_next(current)
        }
        return children
    }

    private static func blocks(_ node: Node, depth: Int) throws(Trouble) -> [TextBlock] {
        guard depth < deepest else {
            throw Trouble(line: line(of: node), message: "quotes or lists lie too deep in each other")
        }
        var blocks: [TextBlock] = []
        for child in children(of: node) {
            if let block = try block(child, depth: depth + 1) { blocks.append(block) }
        }
        return blocks
    }

    private static func block(_ node: Node, depth: Int) throws(Trouble) -> TextBlock? {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_PARAGRAPH: return .paragraph(try spans(node, depth: depth, line: line(of: node)))
        case CMARK_NODE_HEADING:
            return .heading(
                level: Int(cmark_node_get_heading_level(node)), try spans(node, depth: depth, line: line(of: node)))
        case CMARK_NODE_BLOCK_QUOTE: return .quote(try blocks(node, depth: depth))
        case CMARK_NODE_LIST:
            var list = TextList(items: [])
            if cmark_node_get_list_type(node) == CMARK_ORDERED_LIST {
                list.start = Int(cmark_node_get_list_start(node))
            }
            list.isTight = cmark_node_get_list_tight(node) != 0
            for item in children(of: node) { list.items.append(try blocks(item, depth: depth + 1)) }
            return .list(list)
        case CMARK_NODE_CODE_BLOCK:
            let info = cmark_node_get_fence_info(node).map { String(cString: $0) } ?? ""
            let language = Fence.word(of: info)
            guard !Fence.isOurs(language) else {
                throw Trouble(
                    line: line(of: node), message: "a \(language) block cannot stand inside a list or a quote")
            }
            guard Fence.isLanguage(language) else {
                throw Trouble(line: line(of: node), message: Fence.complaint(language))
            }
            return .code(language: language, literal(node))
        case CMARK_NODE_THEMATIC_BREAK: return .rule
        case CMARK_NODE_HTML_BLOCK:
            let text = literal(node).drop { $0.isWhitespace }
            // A comment is the writer's note to the next writer.
            if text.hasPrefix("<!--") { return nil }
            throw Trouble(line: line(of: node), message: "HTML cannot be shown on this screen; write plain Markdown")
        default: throw Trouble(line: line(of: node), message: "this kind of Markdown is not known here")
        }
    }

    private static func spans(_ node: Node, depth: Int, line: Int) throws(Trouble) -> [TextSpan] {
        guard depth < deepest else {
            throw Trouble(line: line, message: "emphasis or links lie too deep in each other")
        }
        var spans: [TextSpan] = []
        for child in children(of: node) {
            switch cmark_node_get_type(child) {
            case CMARK_NODE_TEXT:
                // cmark cuts a text at every character that might have meant something.
                if case .text(let before)? = spans.last {
                    spans[spans.count - 1] = .text(before + literal(child))
                } else {
                    spans.append(.text(literal(child)))
                }
            case CMARK_NODE_CODE: spans.append(.code(literal(child)))
            case CMARK_NODE_SOFTBREAK: spans.append(.softBreak)
            case CMARK_NODE_LINEBREAK: spans.append(.lineBreak)
            case CMARK_NODE_EMPH: spans.append(.emphasis(try self.spans(child, depth: depth + 1, line: line)))
            case CMARK_NODE_STRONG: spans.append(.strong(try self.spans(child, depth: depth + 1, line: line)))
            case CMARK_NODE_LINK:
                let url = cmark_node_get_url(child).map { String(cString: $0) } ?? ""
                spans.append(.link(try self.spans(child, depth: depth + 1, line: line), to: url))
            case CMARK_NODE_IMAGE: spans += try self.spans(child, depth: depth + 1, line: line)
            case CMARK_NODE_HTML_INLINE:
                if literal(child).hasPrefix("<!--") { break }
                throw Trouble(
                    line: line, message: "HTML cannot be shown on this screen; write \\< or `code` for a plain '<'")
            default: throw Trouble(line: line, message: "this kind of Markdown is not known here")
            }
        }
        return spans
    }
}

/// The words that may stand behind a fence.
enum Fence {
    static let kvmscope = "kvmscope"
    static let ask = "ask"
    static let task = "task"

    /// Languages of text that is only shown. A closed list, so that a slip in `kvmscope` is found.
    private static let languages: Set<String> = [
        "", "text", "c", "asm", "sh", "console", "swift", "json", "yaml", "sql",
    ]

    static func word(of info: String) -> String { String(info.prefix { !$0.isWhitespace }) }

    static func isOurs(_ word: String) -> Bool { word == kvmscope || word == ask || word == task }

    static func isLanguage(_ word: String) -> Bool { languages.contains(word) }

    static func complaint(_ word: String) -> String {
        "'\(word)' is no kind of block: there are kvmscope, ask, task, and text to show ("
            + languages.filter { !$0.isEmpty }.sorted().joined(separator: ", ") + ")"
    }
}
