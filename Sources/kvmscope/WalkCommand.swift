internal import ArgumentParser
internal import Command
internal import Explorer
internal import Facts
internal import Machine
internal import Session
internal import Timeline

struct WalkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "walk",
        abstract: "Follow a guest address through page tables, memory slots and the host's page map.",
        discussion: """
            The guest runs to a place first: to its end unless told otherwise. ADDRESS is a number, a symbol of the \
            guest, or any expression, such as reg.rsp + 8; in real mode it is the offset in DS, or in CS for execute.

            EXAMPLES
              kvmscope walk guest.S --address message
              kvmscope walk guest.S --address 0x401000 --access write --user --at exit:3 --json
            """)

    @OptionGroup var guest: GuestOptions

    @Option(help: ArgumentHelp("The address: a number, a symbol or an expression.", valueName: "address"))
    var address: String

    @Option(help: ArgumentHelp("Whose registers decide, from 0.", valueName: "n"))
    var vcpu = 0

    @Option(help: ArgumentHelp("What is to be done there: read, write or execute.", valueName: "access"))
    var access = AccessOption.read

    @Flag(help: "Code at CPL 3 asks, not the supervisor.")
    var user = false

    @Option(
        help: ArgumentHelp(
            "Where the guest stands: start, end, exit:N (that vCPU's exit N), or the first exit at which an expression holds.",
            valueName: "place"))
    var at = "end"

    @Option(
        help: ArgumentHelp(
            "Walk where the guest stands after so many seconds; without it a guest that is not there in 30 is an error.",
            valueName: "seconds"))
    var timeout: Double?

    @Flag(help: "Print one JSON object.")
    var json = false

    enum AccessOption: String, ExpressibleByArgument, CaseIterable { case read, write, execute }

    private static let patience = 30.0
    /// Seconds after which a guest without an exit counts as one that makes none.
    private static let patienceForExit = 2.0

    mutating func validate() throws {
        guard (0..<guest.vcpus).contains(vcpu) else {
            throw ValidationError("--vcpu takes 0 to \(guest.vcpus - 1) here, not \(vcpu); --vcpus gives more")
        }
        if let timeout, !(timeout > 0 && timeout <= 1e6) {
            throw ValidationError("--timeout takes seconds above 0, not \(timeout)")
        }
        do throws(CommandError) {
            _ = try Expression(parsing: address)
        } catch {
            throw ValidationError("--address: \(error)")
        }
        _ = try place()
    }

    private enum Place {
        case start, end
        case exit(Int)
        case condition(Expression)
    }

    private func place() throws -> Place {
        if at == "start" { return .start }
        if at == "end" { return .end }
        if at.hasPrefix("exit:") {
            guard let number = Int(at.dropFirst(5)), (1...1_000_000_000).contains(number) else {
                throw ValidationError("--at exit:N takes an exit's number from 1, not '\(at.dropFirst(5))'")
            }
            return .exit(number)
        }
        do throws(CommandError) {
            return .condition(try Expression(parsing: at))
        } catch {
            throw ValidationError("--at takes start, end, exit:N or an expression: \(error)")
        }
    }

    func run() throws {
        let expression = try Expression(parsing: address)
        var configuration: SessionConfiguration
        do throws(MachineError) {
            configuration = try guest.sessionConfiguration()
        } catch {
            throw error.report()
        }
        configuration.observesKernel = !json
        var session = try build(configuration)
        defer { session.close() }
        let status = try go(to: try place(), session)
        if status == nil {
            session.close()
            session = try build(configuration)
            printError(
                "the guest ran for \(Int(Self.patienceForExit)) s without one exit, so there is no place to walk at but its start state; --timeout walks where it then stands"
            )
        }
        try walk(expression, session)
        throw status ?? Status.done
    }

    private func build(_ configuration: SessionConfiguration) throws -> Session {
        let session = Session(configuration)
        if case .refused(let text) = session.perform(.build) {
            defer { session.close() }
            if let error = session.failure { throw error.report() }
            printError(text)
            throw Status.cannot
        }
        _ = session.perform(.vcpu(vcpu))
        return session
    }

    /// Lets the guest run to its end; nil where it is under way for a while and has not made one exit.
    private func runToEnd(_ session: Session, milliseconds: Int) -> Session.Outcome? {
        let first = timeout == nil ? Int(Self.patienceForExit * 1000) : milliseconds
        let outcome = session.performAndWait(.run, milliseconds: first)
        guard session.isBusy, timeout == nil else { return outcome }
        guard session.timeline.live.vcpus.contains(where: { $0.exits > 0 }) else {
            _ = session.performAndWait(.pause)
            return nil
        }
        let start = ContinuousClock.now
        while session.isBusy, start.duration(to: .now) < .milliseconds(milliseconds - first) {
            _ = session.waitForWork(milliseconds: 50)
            session.pump()
        }
        return outcome
    }

    /// Runs the guest to the place; the status is that of a guest that failed on the way to its end, nil where it never
    /// left guest mode on that way.
    private func go(to place: Place, _ session: Session) throws -> ExitCode? {
        let milliseconds = Int((timeout ?? Self.patience) * 1000)
        var outcome = Session.Outcome.done(nil)
        switch place {
        case .start: return Status.done
        case .end:
            guard let ended = runToEnd(session, milliseconds: milliseconds) else { return nil }
            outcome = ended
        case .exit(let number):
            outcome = session.performAndWait(.step(.exit, count: number), milliseconds: milliseconds)
        case .condition(let condition):
            if condition.holds(in: session.facts) == true { return Status.done }
            outcome = session.performAndWait(.until(condition), milliseconds: milliseconds)
        }
        if session.isBusy {
            _ = session.performAndWait(.pause)
            guard timeout != nil else {
                printError("the guest was not there within 30 seconds; --timeout walks where it then stands")
                throw Status.failed
            }
            return Status.done
        }
        let world = session.timeline.live
        switch place {
        case .start: break
        case .exit(let number):
            let exits = world.vcpus.indices.contains(vcpu) ? world.vcpus[vcpu].exits : 0
            guard exits >= number else {
                printError("vCPU \(vcpu) came to a stand at its exit \(exits), before exit \(number)")
                throw Status.failed
            }
        case .condition(let condition):
            guard condition.holds(in: session.facts) == true else {
                printError("the guest came to a stand and \(condition) did not hold at any exit")
                throw Status.failed
            }
        case .end:
            if let stop = world.lastStop, [.failure, .refused, .bios].contains(stop.reason) {
                printError("the guest failed: \(stop.text)")
                return Status.failed
            }
            if case .refused(let text) = outcome {
                printError(text)
                return Status.failed
            }
            return world.end?.status ?? Status.done
        }
        return Status.done
    }

    private func walk(_ expression: Expression, _ session: Session) throws {
        let value = expression.value(in: session.facts)
        if case .refused(let text) = session.perform(
            .walk(expression, Command.AccessKind(rawValue: access.rawValue) ?? .read, user: user))
        {
            printError(text)
            // A name that the guest does not have is a wrong command line; what is not known here is the guest's.
            if case .text = value { throw Status.usage }
            throw Status.failed
        }
        guard let question = session.timeline.live.walk, let way = AddressWalk(question, in: session.timeline.live)
        else {
            printError("the registers of vCPU \(vcpu) could not be read")
            throw Status.failed
        }
        guard json else {
            let environment = Explorer.Environment(version: Program.version)
            StandardOutput.print(
                WalkText.text(of: question, in: session.timeline, environment: environment, width: 100), terminator: "")
            return
        }
        StandardOutput.print(way.json)
    }
}
