/// By what an export of ours is known again: a file that is something else must not be replaced by one.
public enum ExportMark {
    /// Bytes from the beginning of a file that tell.
    public static let length = 1024

    /// Whether these are the first bytes of an export, in whichever form.
    public static func isBeginning(_ bytes: some Collection<UInt8>) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.hasPrefix("{\"seq\":1,\"ns\":") || text.hasPrefix(ExitTable.header.dropLast(1))
            || text.hasPrefix("<?xml") && text.contains("aria-labelledby=\"title \(RunChart.summaryID)\"")
            || text.hasPrefix("<!DOCTYPE html>") && text.contains("<meta name=\"generator\" content=\"kvmscope ")
    }
}
