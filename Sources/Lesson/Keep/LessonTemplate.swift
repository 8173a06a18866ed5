internal import Foundation

/// A new lesson to begin with: small, whole, and one that passes the check.
public struct LessonTemplate: Sendable {
    /// The folder's name, such as `11-my-topic`.
    public let name: String

    /// - Parameters:
    ///   - topic: a topic or a whole folder's name; a number is put before a topic alone.
    ///   - taken: the names of the lessons that are there.
    /// - Returns: nil where the text cannot be the name of a lesson's folder.
    public init?(topic: String, taken: [String]) {
        let isPlain = topic.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        guard isPlain, let first = topic.first, first != "-", topic.count <= 60 else { return nil }
        if LessonName(topic).number != nil {
            name = topic
        } else {
            let next = (taken.compactMap { LessonName($0).number }.max() ?? 0) + 1
            name = (next < 10 ? "0" : "") + "\(next)-\(topic)"
        }
    }

    private var title: String {
        let words = LessonName(name).topic.split { $0 == "-" || $0 == "_" }.joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    var files: [(name: String, text: String)] { [("lesson.md", lesson), ("guest.S", Self.guest)] }

    /// Makes the folder with its files; nothing that is there is touched.
    public func write(to directory: String) throws(LessonError) {
        do {
            let parent = URL(fileURLWithPath: directory).deletingLastPathComponent().path
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            // Refused where something has the name already.
            guard mkdir(directory, 0o777) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            for file in files {
                try Data(file.text.utf8).write(
                    to: URL(fileURLWithPath: "\(directory)/\(file.name)"), options: .withoutOverwriting)
            }
        } catch {
            let reason = (error as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
            throw LessonError(
                file: directory, line: 0,
                message: "the lesson cannot be made: \(reason ?? error.localizedDescription)")
        }
    }

    private static let guest = """
        # The guest of this lesson: it says one letter and halts.
                .globl  _start, speak, stop
        _start:
                mov     $0x3f8, %dx             # the console's port
                mov     $'A', %al
        speak:
                out     %al, (%dx)
        stop:
                hlt

        """

    private var lesson: String {
        """
        ---
        title: \(title)
        summary: A guest says one letter and halts.
        minutes: 5
        guest: guest.S
        ---

        # \(title)

        What stands here is the introduction: what the lesson is about, in a few
        sentences.

        ## The first exit

        The guest is about to write to a port. Let the reader predict what comes.

        ```ask
        question: Why will it come back to the VMM?
        choice: It wants to **write** to a port
          when exit.reason == io && exit.port == 0x3f8
        choice: It halts
          when exit.reason == hlt
        then:
          step exit
        because: A port is the VMM's business.
        ```

        ```kvmscope
        show console
        expect exit.data == 'A'
        expect contains(console, "A")
        ```

        Say what was seen, and expect in a block what you say.

        ## The end

        ```task
        # Bring the guest to its `hlt`.
        goal: exit.reason == hlt
        hint: The key `s` goes to the next exit.
        hint: It stands at the port. What comes next is the `hlt`.
          when exit.reason == io
        solution:
          step exit
        because: That was all of it.
        ```

        """
    }
}
