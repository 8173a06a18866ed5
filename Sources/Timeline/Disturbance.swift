/// Something that watching, or the person, did to the machine from outside, and that its guest will meet.
public struct Disturbance: Sendable, Equatable {
    public enum What: String, Sendable, CaseIterable {
        /// KVM's dirty log was read: the pages that it named lost the right to write in KVM's own tables.
        case dirtyLog = "dirty-log"
        /// Slots were taken away and given again: KVM's own tables begin anew.
        case slots
        /// Changed memory is found in another way: KVM may split large pages, or join small ones.
        case tracking
    }

    public var what: What
    /// Guest pages that it concerns; 0 where it is all of them.
    public var pages: Int

    public init(what: What, pages: Int = 0) {
        self.what = what
        self.pages = pages
    }
}

extension Disturbance: Recordable {
    static let blank = Disturbance(what: .slots)

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.choice(&what)
        try coder.number(&pages)
    }
}
