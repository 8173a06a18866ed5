import Foundation

/// A name for a file that is gone with its owner, with all that SQLite puts beside it.
final class ScratchFile: Sendable {
    let folder: String
    let path: String

    init(_ name: String = "run.kvmscope") {
        folder = NSTemporaryDirectory() + "kvmscope-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        path = folder + "/" + name
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var bytes: [UInt8] {
        get { FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? [] }
        set { _ = FileManager.default.createFile(atPath: path, contents: Data(newValue)) }
    }
}
