internal import Command
internal import Explorer
internal import Glibc
internal import Lesson
internal import Screen
internal import Session
internal import Timeline

internal import enum Command.Pane

// A script: each command is waited for, and what it came to is told in order.
extension ScreenProgram {
    /// Carries a script out to its end where the screen is printed; where it is drawn, `run` gives its commands.
    mutating func play(_ new: Script) {
        script = new
        guard printing != nil else { return }
        settle()
        tellLesson()
        while !isOver, !script.parts.isEmpty {
            switch script.parts.removeFirst() {
            case .command(let command):
                var next: Command?
                if case .command(let following)? = script.parts.first { next = following }
                carryOut(command, before: next)
            case .standardInput: playLines()
            }
        }
    }

    /// Gives a drawn screen's next command when the one before has ended.
    mutating func goOnWithScript() {
        guard !script.parts.isEmpty || scriptDeadline != nil else { return }
        if isUnderWay {
            // What the last command sends on may run as long as the person likes.
            guard !script.parts.isEmpty, let scriptDeadline, ContinuousClock.now >= scriptDeadline else { return }
            endOverdue()
        }
        scriptDeadline = nil
        guard !isOver, !script.parts.isEmpty, case .command(let command) = script.parts.removeFirst() else { return }
        if command == .quit {
            isOver = true
            return
        }
        scriptDeadline = .now + script.bound
        waitsForRun = !script.parts.isEmpty
        tell(.command(command))
    }

    /// Whether something was begun that has not ended.
    var isUnderWay: Bool { !pending.isEmpty || model.isSearching }

    /// Lets what is under way end; where that takes too long, ends it and says so.
    mutating func settle() {
        let deadline = ContinuousClock.now + script.bound
        while isUnderWay {
            if model.isSearching { tell(.searchGoesOn) } else { _ = session?.waitForWork(milliseconds: 20) }
            pump()
            if isUnderWay, ContinuousClock.now >= deadline { return endOverdue() }
        }
    }

    /// Ends what has been waited for long enough, and says so in one line.
    private mutating func endOverdue() {
        let command = pending.first?.command.description ?? "the search"
        if model.isSearching { tell(.command(.cancel)) }
        if let session, !pending.isEmpty {
            _ = session.perform(.pause)
            let deadline = ContinuousClock.now + .seconds(10)
            while !pending.isEmpty, session.isBusy, ContinuousClock.now < deadline {
                _ = session.waitForWork(milliseconds: 20)
                pump()
            }
        }
        let end = session?.isBusy == true ? "it is left to itself" : "it was paused"
        let text = "`\(command)` did not end within \(seconds(script.bound)) (--timeout); \(end)"
        // What cannot be paused has no answer that would still be waited for.
        for (command, origin) in pending { tell(.commandFinished(command, .failed(text), origin)) }
        pending.removeAll()
        tell(.commandFinished(.pause, .failed(text), .person))
    }

    private func seconds(_ duration: Duration) -> String {
        let (whole, rest) = duration.components
        return rest == 0 ? "\(whole) s" : "\(fixed(Double(whole) + Double(rest) / 1e18, 3)) s"
    }

    // MARK: Printed

    /// Carries one command out, and tells what it came to.
    ///
    /// `continue` that a `pause` follows lets the guest run for a moment; else its end is waited for.
    private mutating func carryOut(_ command: Command, before next: Command?, isLine: Bool = false) {
        if command == .quit {
            isOver = true
            return
        }
        let before = (model.cursor, model.timeline.end)
        waitsForRun = next != .pause
        tell(.command(command))
        if next == .pause { session?.letRun(milliseconds: 100) }
        settle()
        var (text, hasFailed) = model.said ?? ("", false)
        if text.isEmpty { text = (model.cursor, model.timeline.end) == before ? "done" : model.happening }
        note(Script.Result(command: command.description, text: text, hasFailed: hasFailed))
        tellLesson()
        if isLine { tellPage(after: command) }
    }

    private mutating func note(_ result: Script.Result) {
        script.results.append(result)
        emit("> \(result.command)\n\(result.hasFailed ? "failed: " : "")\(result.text)\n")
    }

    /// Text for whoever reads along; an object tells all at its end.
    private func emit(_ text: String) {
        guard isLinear else { return }
        StandardOutput.print(text, terminator: "")
    }

    /// What is new in the lesson's text: all of a new step, else what stands behind what was told before.
    private mutating func tellLesson() {
        guard isLinear, model.lesson != nil, !script.parts.isEmpty || !script.results.isEmpty else { return }
        let lines = model.section(of: .lesson).lines
        guard lines != toldLesson else { return }
        let same = zip(lines, toldLesson).prefix { $0 == $1 }.count
        emit((lines[same...].drop { $0.isEmpty }).map { $0 + "\n" }.joined() + "\n")
        toldLesson = lines
    }

    /// A pane or a page of help that a line asked for.
    private mutating func tellPage(after command: Command) {
        if model.help != nil {
            emit(model.content.sections.flatMap(\.lines).map { $0 + "\n" }.joined())
            tell(.command(.cancel))
            return
        }
        let pane: Pane
        switch command {
        case .show(let shown), .focus(let shown), .zoom(.some(let shown)): pane = shown
        case .memory: pane = .memory
        case .disassemble: pane = .code
        case .walk, .walkPhysical, .step(.level, _): pane = .translation
        default: return
        }
        guard script.results.last?.hasFailed != true else { return }
        let section = model.section(of: pane)
        emit((["== \(section.title) =="] + section.lines).map { $0 + "\n" }.joined())
    }

    /// Reads commands until there are no more. In a lesson an empty line reads on, as Enter
    /// does, and a number answers its question.
    private mutating func playLines() {
        let isTerminal = isatty(0) == 1
        readsLines = true
        while !isOver {
            if isTerminal { emit(": ") }
            guard let line = readLine() else { return }
            guard line.contains(where: { !$0.isWhitespace }) else {
                if model.lesson != nil { carryOut(.lesson(.next), before: nil, isLine: true) }
                continue
            }
            if let number = Int(line.filter { !$0.isWhitespace }), case .answer? = model.lesson?.prompt {
                carryOut(.lesson(.answer(number)), before: nil, isLine: true)
                continue
            }
            do throws(Command.ScriptError) {
                let commands = try Command.script(line).map(\.command)
                for (index, command) in commands.enumerated() where !isOver {
                    carryOut(command, before: commands.dropFirst(index + 1).first, isLine: true)
                }
            } catch {
                note(
                    Script.Result(
                        command: Text.sanitised(line), text: Text.sanitised(error.error.description), hasFailed: true))
            }
        }
    }
}
