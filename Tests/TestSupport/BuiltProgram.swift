import Foundation

/// The built program beside the test bundle, and the lessons of the tree that it was built from.
public enum BuiltProgram {
    public static let path: String = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        for folder in [bundle.deletingLastPathComponent(), Bundle.main.bundleURL] {
            let candidate = folder.appendingPathComponent("kvmscope").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        return "kvmscope"
    }()

    public static let lessons = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Lessons").path
}
