internal import Glibc

/// A guest's source, named so that no tool takes its name for anything else.
///
/// gcc, as and ld read options from a file that is named with `@`, and take what begins with a minus for an option:
/// a name that begins with a slash or a dot is a file's to all of them.
struct SourcePath {
    /// As the person named it.
    let name: String
    /// What is given to a tool that runs in `runsIn`.
    let argument: String
    /// For reading it from here.
    let file: String
    /// The folder that has to hold all that the source includes; nil where it may include what the compiler may read.
    let confinement: String?

    /// - Throws: where the source itself lies outside the folder that it is confined to.
    init(_ path: String, confinedTo folder: String?) throws(MachineError) {
        name = path
        guard let folder else {
            argument = path.hasPrefix("/") ? path : "./" + path
            file = path
            confinement = nil
            return
        }
        let (root, source) = (absolutePath(folder), absolutePath(path))
        guard root.hasPrefix("/"), source.hasPrefix(root + "/") else {
            throw .image(name: path, reason: "it lies outside \(folder), the folder of its lesson; copy it there")
        }
        argument = "./" + source.dropFirst(root.utf8.count + 1)
        file = source
        confinement = root
    }

    var isC: Bool { name.hasSuffix(".c") }

    /// Where the tools run: names in a confined source count from its folder.
    var runsIn: String? { confinement }

    /// The folder in which it lies, for a tool that runs in `runsIn`.
    var folder: String {
        let slash = argument.lastIndex(of: "/") ?? argument.startIndex
        return slash == argument.startIndex ? "/" : String(argument[..<slash])
    }
}
