import Testing

@testable import Lesson

@Test func aLessonsNameIsANumberAndATopic() {
    #expect(LessonName("02-enter-exit").number == 2)
    #expect(LessonName("02-enter-exit").topic == "enter-exit")
    #expect(LessonName("notes").number == nil)
    #expect(
        [LessonName("notes"), LessonName("10-x"), LessonName("9-y")].sorted().map(\.whole) == ["9-y", "10-x", "notes"])
}
