public import Command
public import Lesson
public import Screen

/// Who asked for a command; the answer goes back to the same.
public enum Origin: Hashable, Sendable {
    case person
    /// A step of the lesson that is being played.
    case lesson
}

/// Something that happened outside and that the screen is told of.
public enum Message: Sendable {
    case input(InputEvent)
    /// Events were appended to the timeline.
    case timelineChanged
    /// A command that was handed out as an effect has ended, well or badly.
    ///
    /// An errno that the kernel answered to a lesson's command is no failure: the lesson wants to show it. `said` is
    /// one line for the person, where the machine has something to say.
    case commandFinished(Command, LessonPlayer.Outcome, Origin, said: String? = nil)
    /// The machine that a lesson asked for stands ready, or cannot be had.
    case machinePrepared(LessonPlayer.Outcome)
    /// The lessons for the menu, in their order.
    case lessonsLoaded([LessonListing])
    case lessonOpened(Lesson, LessonProgress)
    /// The lesson cannot be opened; one line that says why.
    case lessonRefused(name: String, String)
    /// What the reader has done of lessons cannot be kept, or what was kept cannot be read; one line, said once.
    case progressNotKept(String)
    /// A part of the recording cannot be shown; one line, said once.
    case recordingDamaged(String)
    /// The files of a folder, as a line names them: with the folder before each, and a slash behind one of its folders.
    case filesListed(folder: String, [String])
    /// Lines that were entered in earlier runs of the program, the oldest first.
    case historyLoaded([String])
    /// The program has time for the next piece of a search; `Model.isSearching` says that there is one.
    case searchGoesOn
    /// Carries out a command as if a key had given it, as `run -e` does.
    case command(Command)
}

/// Something that the program must do for the screen; `update` itself does nothing but return these.
public enum Effect: Sendable {
    /// Carry out a command on the machine and answer with `.commandFinished`.
    ///
    /// The number is the focused vCPU's, for commands that speak of one without naming it.
    case perform(Command, vcpu: Int, for: Origin)
    /// Set the machine back to a position and then carry out a command there; answer for the command, or with
    /// `.commandFinished` for `resume` where the machine could not be set back.
    case branch(at: Int, then: Command, vcpu: Int, for: Origin)
    /// Take down any machine, prepare the lesson's own, and answer with `.machinePrepared`.
    case prepareMachine(Lesson)
    /// Read a lesson and answer with `.lessonOpened` or `.lessonRefused`.
    case openLesson(String)
    /// Read the list of lessons and answer with `.lessonsLoaded`.
    case loadLessons
    /// Take down the machine of a lesson that is over.
    case closeMachine
    case saveProgress(lesson: String, LessonProgress)
    case setMouse(Bool)
    /// Draw the next picture whole.
    case redraw
    /// Keep a line that was entered, for the next run of the program.
    case keepLine(String)
    /// Answer with `.filesListed`: what lies in a folder, for a file name that is being typed.
    case listFiles(folder: String)
    /// Write into the run that an event has a name.
    case keepMark(String, at: Int)
    case quit
}

/// One line of the lesson menu.
public struct LessonListing: Hashable, Sendable {
    /// The folder's name, by which the lesson is opened.
    public var name: String
    public var number: Int?
    public var title: String
    public var summary: String
    public var minutes: Int
    public var steps: Int
    public var progress: LessonProgress
    /// Why it cannot be opened here; nil where it can.
    public var obstacle: String?
    /// Whether it is opened from its recording.
    public var isReplay = false

    public init(
        name: String, number: Int? = nil, title: String, summary: String = "", minutes: Int = 0, steps: Int = 0,
        progress: LessonProgress = LessonProgress(), obstacle: String? = nil
    ) {
        self.name = name
        self.number = number
        self.title = title
        self.summary = summary
        self.minutes = minutes
        self.steps = steps
        self.progress = progress
        self.obstacle = obstacle
    }

    public init(_ lesson: Lesson, progress: LessonProgress = LessonProgress(), obstacle: String? = nil) {
        self.init(
            name: lesson.name, number: lesson.number, title: lesson.title, summary: lesson.summary,
            minutes: lesson.minutes, steps: lesson.steps.count, progress: progress, obstacle: obstacle)
    }
}
