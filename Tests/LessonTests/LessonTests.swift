import Testing
@testable import Lesson
