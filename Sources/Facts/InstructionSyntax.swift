public import Timeline
public import X86

extension Disassembler.Syntax {
    /// As the guest's own assembler source is written, so that the two can be read side by side; else as the manuals.
    public init(of start: RunStart?) {
        guard let start, let source = start.source, start.guest.lowercased().hasSuffix(".s"),
            !source.contains(".intel_syntax"), source.contains("%")
        else {
            self = .intel
            return
        }
        self = .att
    }
}
