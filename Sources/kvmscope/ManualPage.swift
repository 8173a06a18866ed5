internal import Foundation

/// The program's page for `man`, written from the command line's own description, which `--help` is made of too.
struct ManualPage {
    /// What the parser says of a command with `--experimental-dump-help`, as far as a page needs it.
    struct Description: Decodable {
        var command: Entry

        struct Entry: Decodable {
            var commandName: String
            var abstract: String?
            var discussion: String?
            var arguments: [Argument]?
            var subcommands: [Entry]?
            var shouldDisplay: Bool?
        }

        struct Argument: Decodable {
            struct Name: Decodable {
                var kind: String
                var name: String
            }
            var abstract: String?
            var kind: String
            var names: [Name]?
            var valueName: String?
            var defaultValue: String?
            var isOptional: Bool
            var isRepeating: Bool
            var shouldDisplay: Bool?
        }
    }

    private var lines: [String] = []

    /// - Parameter json: the description; nil is returned where it is another one than is known here.
    static func text(ofDescription json: String, version: String) -> String? {
        guard let root = try? JSONDecoder().decode(Description.self, from: Data(json.utf8)).command else { return nil }
        var page = ManualPage()
        page.write(root, version)
        return page.lines.joined(separator: "\n") + "\n"
    }

    private mutating func write(_ root: Description.Entry, _ version: String) {
        let commands = (root.subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
        lines = [
            ".TH KVMSCOPE 1 \"\" \"kvmscope \(Self.escaped(version))\" \"User Commands\"",
            ".SH NAME", "kvmscope \\- watch a virtual machine monitor work", ".SH SYNOPSIS",
            ".B kvmscope", ".RI [ command ]", ".RI [ options ]",
        ]
        heading("DESCRIPTION")
        paragraph(root.abstract ?? "")
        discussion(root.discussion ?? "")
        heading("COMMANDS")
        for command in commands { section(command) }
        heading("EXIT STATUS")
        term("0", "Done.")
        term("1", "The guest, a file or a check failed.")
        term("2", "The command line is wrong.")
        term("3", "This machine cannot, for want of KVM, permission, memory or a terminal.")
        heading("ENVIRONMENT")
        term("KVMSCOPE_DEVICE", "KVM's device, where it is not /dev/kvm.")
        term("KVMSCOPE_LESSONS", "The folder that holds the lessons.")
        term("KVMSCOPE_KERNEL", "How much is asked of the kernel: tracepoints, statistics or boundary.")
        term("XDG_STATE_HOME", "Where progress in lessons is kept; ~/.local/state where it is not set.")
        term("NO_COLOR", "Where it is set, the screen is drawn without colours.")
    }

    private mutating func heading(_ text: String) { lines.append(".SH \"\(Self.escaped(text))\"") }

    private mutating func paragraph(_ text: String) {
        guard !text.isEmpty else { return }
        lines += [".PP", Self.escaped(text)]
    }

    /// Paragraphs that are indented, or under a heading in capitals, stay as they are.
    private mutating func discussion(_ text: String) {
        for part in text.split(separator: "\n\n") {
            let rows = part.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            guard rows.contains(where: { $0.hasPrefix("  ") }) else {
                paragraph(rows.joined(separator: " "))
                continue
            }
            lines += [".PP", ".nf"] + rows.map(Self.escaped) + [".fi"]
        }
    }

    private mutating func term(_ term: String, _ text: String) {
        lines += [".TP", "\\fB\(Self.escaped(term))\\fR", Self.escaped(text)]
    }

    private mutating func section(_ command: Description.Entry) {
        let arguments = (command.arguments ?? []).filter { argument in
            argument.shouldDisplay != false
                && !(argument.names ?? []).contains { ["help", "version"].contains($0.name) }
        }
        let synopsis = arguments.filter { $0.kind == "positional" }.map { argument in
            let name = "\\fI\(Self.escaped(argument.valueName ?? ""))\\fR\(argument.isRepeating ? "..." : "")"
            return argument.isOptional ? " [\(name)]" : " \(name)"
        }
        let options = arguments.contains { $0.kind != "positional" } ? " [\\fIoptions\\fR]" : ""
        lines += [
            ".SS \"\(Self.escaped(command.commandName))\"",
            "\\fBkvmscope \(Self.escaped(command.commandName))\\fR\(options)\(synopsis.joined())",
        ]
        paragraph(command.abstract ?? "")
        for argument in arguments {
            let value = "\\fI\(Self.escaped(argument.valueName ?? "value"))\\fR"
            let names = (argument.names ?? []).map { name in
                "\\fB\(Self.escaped((name.kind == "long" ? "--" : "-") + name.name))\\fR"
            }
            lines += [
                ".TP",
                names.isEmpty ? value : names.joined(separator: ", ") + (argument.kind == "option" ? " \(value)" : ""),
            ]
            let fallback = argument.kind == "option" ? argument.defaultValue.map { " (\($0) if left out)" } : nil
            lines.append(Self.escaped((argument.abstract ?? "") + (fallback ?? "")))
        }
        discussion(command.discussion ?? "")
    }

    /// Text that roff takes for nothing but text.
    static func escaped(_ text: String) -> String {
        let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\"", with: "\\(dq")
        return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }
}
