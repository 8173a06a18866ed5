/// Something that the player says about a part: a verdict, a hint, a trouble.
public struct LessonRemark: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// What became of a prediction; nil where the run did not decide it.
        case verdict(isRight: Bool?)
        case hint
        case taskDone
        /// What a lesson's author adds once an ask or a task is done.
        case because
        /// Something that one should know.
        case note
        /// Something went wrong.
        case trouble
    }
    public var place: LessonPlace
    public var kind: Kind
    public var text: [TextSpan]

    public init(place: LessonPlace, kind: Kind, text: [TextSpan]) {
        self.place = place
        self.kind = kind
        self.text = text
    }
}
