internal import Foundation

/// The lessons that can be found on this machine, by number.
public struct LessonLibrary: Sendable {
    /// A folder with a `lesson.md` in it; the text is read only when it is asked for.
    public struct Entry: Sendable, Hashable {
        /// The folder's name, such as `02-enter-exit`.
        public var name: String
        public var directory: String

        /// Reads the lesson.
        public func load() throws(LessonError) -> Lesson { try Lesson.load(directory: directory) }
    }

    /// Why a name leads to no lesson.
    public enum Miss: Error, Sendable, Hashable, CustomStringConvertible {
        /// No lessons are anywhere; the folders that were looked into.
        case empty([String])
        /// No lesson has the name; those that there are.
        case unknown(String, known: [String])
        case ambiguous(String, among: [String])

        public var description: String {
            switch self {
            case .empty(let folders):
                "no lessons found in \(folders.joined(separator: " or ")); set KVMSCOPE_LESSONS to the folder that holds them"
            case .unknown(let name, let known):
                "no lesson is called '\(name)': there are \(known.joined(separator: ", "))"
            case .ambiguous(let name, let names): "'\(name)' may be \(names.joined(separator: " or "))"
            }
        }
    }

    /// Sorted by number, then by name.
    public private(set) var entries: [Entry] = []
    /// Where was looked, in order.
    public let searched: [String]

    /// Looks into the first of the folders that holds lessons.
    public init(directories: [String]) {
        searched = directories
        for directory in directories where entries.isEmpty { entries = Self.entries(in: directory) }
    }

    /// `$KVMSCOPE_LESSONS` alone where it is set; else `Lessons` in the current folder and near the program.
    ///
    /// What is not given is the process's own.
    public static func standardDirectories(
        environment: [String: String]? = nil, current: String? = nil, executable: String? = nil
    ) -> [String] {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let current = current ?? FileManager.default.currentDirectoryPath
        let executable = executable ?? (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        if let named = environment["KVMSCOPE_LESSONS"], !named.isEmpty { return [named] }
        var directories = [current + "/Lessons"]
        // Installed: PREFIX/bin and PREFIX/share. Built: somewhere below the package, .build/x86_64-…/release.
        var folder = executable.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
        if let folder {
            directories.append(folder.deletingLastPathComponent().path + "/share/kvmscope/Lessons")
        }
        for _ in 0..<5 {
            guard let here = folder, here.path != "/" else { break }
            directories.append(here.path + "/Lessons")
            folder = here.deletingLastPathComponent()
        }
        var seen: Set<String> = []
        return directories.filter { seen.insert($0).inserted }
    }

    /// Finds a lesson by its whole name, number, topic, or the start of one of these.
    public func entry(named name: String) throws(Miss) -> Entry {
        guard !entries.isEmpty else { throw .empty(searched) }
        let wanted = name.lowercased()
        let number = Int(wanted)
        let rules: [(LessonName) -> Bool] = [
            { $0.whole.lowercased() == wanted },
            { number != nil && $0.number == number },
            { $0.topic.lowercased() == wanted },
            { $0.whole.lowercased().hasPrefix(wanted) || $0.topic.lowercased().hasPrefix(wanted) },
        ]
        for rule in wanted.isEmpty ? [] : rules {
            let found = entries.filter { rule(LessonName($0.name)) }
            if found.count == 1 { return found[0] }
            if found.count > 1 { throw .ambiguous(name, among: found.map(\.name)) }
        }
        throw .unknown(name, known: entries.map(\.name))
    }

    private static func entries(in directory: String) -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return
            names
            .filter { !$0.hasPrefix(".") && FileManager.default.fileExists(atPath: "\(directory)/\($0)/lesson.md") }
            .map { Entry(name: $0, directory: "\(directory)/\($0)") }
            .sorted { LessonName($0.name) < LessonName($1.name) }
    }
}
