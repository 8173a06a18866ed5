/// The kernel's own functions that one ioctl went through, as its function_graph tracer saw them.
///
/// Linux, Documentation/trace/ftrace.rst, function_graph. Only functions of KVM's modules are listed.
public struct TracedRoad: Sendable, Equatable, Codable {
    /// One function that was called.
    public struct Step: Sendable, Equatable, Codable {
        /// 0 for the ioctl's handler, 1 for what it called, …
        public var depth: Int
        public var function: String
        /// Nanoseconds from its call to its return, with all that it called; nil where the return was not seen.
        public var duration: UInt64?

        public init(depth: Int, function: String, duration: UInt64?) {
            self.depth = depth
            self.function = function
            self.duration = duration
        }
    }

    /// The ioctl: `KVM_RUN`, …
    public var name: String
    public var vcpu: Int?
    /// The deepest step that is kept, counted from 0.
    public var depth: Int
    /// In the order of their calls; the first is the handler.
    public var steps: [Step]
    /// How many calls lie deeper, or behind the last step that is kept.
    public var omitted: Int

    public init(name: String, vcpu: Int?, depth: Int, steps: [Step], omitted: Int = 0) {
        self.name = name
        self.vcpu = vcpu
        self.depth = depth
        self.steps = steps
        self.omitted = omitted
    }
}

extension TracedRoad: Recordable {
    static var blank: TracedRoad { TracedRoad(name: "", vcpu: nil, depth: 0, steps: []) }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.text(&name)
        try coder.option(&vcpu)
        try coder.number(&depth)
        try coder.list(&steps)
        try coder.number(&omitted)
    }
}

extension TracedRoad.Step: Recordable {
    static var blank: TracedRoad.Step { TracedRoad.Step(depth: 0, function: "", duration: nil) }

    mutating func code(_ coder: inout some FieldCoder) throws(Damage) {
        try coder.number(&depth)
        try coder.text(&function)
        try coder.option(&duration)
    }
}
