internal import Foundation

extension Lesson {
    /// Reads the text of a lesson.
    ///
    /// - Parameters:
    ///   - text: all of `lesson.md`.
    ///   - directory: the folder that holds it; its last part is the lesson's name.
    /// - Throws: the first thing that is wrong, with its line.
    public static func parse(_ text: String, directory: String) throws(LessonError) -> Lesson {
        try LessonParser.parse(text, directory: directory)
    }

    /// Reads `lesson.md` in a folder.
    public static func load(directory: String) throws(LessonError) -> Lesson {
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
        return try parse(text, directory: directory)
    }

    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        guard let underlying, underlying.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
        return String(cString: strerror(Int32(truncatingIfNeeded: underlying.code)))
    }
}
