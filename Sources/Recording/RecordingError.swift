/// Why a recording cannot be opened or written; one line each.
public enum RecordingError: Error, Equatable, CustomStringConvertible {
    /// The system's answer to opening or reading it.
    case unreadable(String, reason: String)
    case empty(String)
    case foreign(String)
    /// Written by a newer program.
    case newer(String, version: Int)
    case damaged(String, reason: String)
    /// Something is there that must not be lost.
    case exists(String)
    case unwritable(String, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): \(reason)"
        case .empty(let path): "\(path) is empty; a recording is made by `kvmscope record GUEST -o FILE`"
        case .foreign(let path): "\(path) is no recording of kvmscope"
        case .newer(let path, let version):
            "\(path) has format \(version) and was written by a newer kvmscope; this one reads up to \(Schema.version)"
        case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
        case .exists(let path): "\(path) exists and is no recording; it is left as it is"
        case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)"
        }
    }
}
