internal import Foundation

extension Lesson {
    /// Reads the text of a lesson.
    ///
    /// - Parameters:
    ///   - text: all of `lesson.md`.
    ///   - directory: the folder that holds it; its last part is the lesson's name.
    /// - Throws: the first thing that is wrong, with its line.
    public static func parse(_ text: String, directory: String) throws(LessonError) -> Lesson {
        try whole(LessonParser.read(text, directory: directory), directory)
    }

    /// Reads `lesson.md` in a folder.
    ///
    /// - Throws: the first thing that is wrong, with its line.
    public static func load(directory: String) throws(LessonError) -> Lesson {
        try whole(read(directory: directory), directory)
    }

    /// Reads `lesson.md` in a folder, and says all that is wrong with it.
    public static func read(directory: String) -> LessonReading {
        do {
            return LessonParser.read(try text(directory: directory), directory: directory)
        } catch {
            return LessonReading(errors: [error])
        }
    }

    private static func whole(_ reading: LessonReading, _ directory: String) throws(LessonError) -> Lesson {
        if let first = reading.errors.min(by: { $0.line < $1.line }) { throw first }
        guard let lesson = reading.lesson else {
            throw LessonError(file: directory + "/lesson.md", line: 0, message: "this is no lesson")
        }
        return lesson
    }

    private static func text(directory: String) throws(LessonError) -> String {
        let file = directory + "/lesson.md"
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: file)) } catch {
            throw LessonError(file: file, line: 0, message: "the file cannot be read: \(reason(error))")
        }
        guard data.count <= LessonParser.longestFile else {
            throw LessonError(file: file, line: 0, message: "the file is larger than a lesson can be (1 MiB)")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw LessonError(file: file, line: 0, message: "the file is not UTF-8 text")
        }
        return text
    }

    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        guard let underlying, underlying.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
        return String(cString: strerror(Int32(truncatingIfNeeded: underlying.code)))
    }
}

/// What became of a lesson's text.
public struct LessonReading: Sendable {
    /// The lesson, or as much of it as could be read; nil where not even its head could.
    public var lesson: Lesson?
    /// All that is wrong with it.
    public var errors: [LessonError]

    init(lesson: Lesson? = nil, errors: [LessonError] = []) { (self.lesson, self.errors) = (lesson, errors) }
}
