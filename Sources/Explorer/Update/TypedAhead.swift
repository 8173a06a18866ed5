import Command
import Screen

// Keys that come while the machine is still busy with the one before, and Ctrl-C, which takes them back.
extension Update {
    /// A hand that runs ahead further than this has fallen asleep on the key.
    private static let mostAhead = 100

    /// Whether a command has to wait until the person's own step before it is over.
    ///
    /// Steps end soon, so that those typed quickly are all made; what runs without an end refuses them instead.
    func waitsItsTurn(_ command: Command) -> Bool {
        guard let own = model.ownCommand, own.endsSoon, model.keysAhead.count < Self.mostAhead else { return false }
        return command.entry?.needs.contains(.standing) == true
    }

    /// Carries out what has waited, up to the next step that the machine takes its time for.
    mutating func giveKeysAhead() {
        while model.ownCommand == nil, !model.keysAhead.isEmpty { give(model.keysAhead.removeFirst()) }
    }

    /// What was refused of a running machine is no news any more when it stands.
    mutating func noteStop() {
        let isRunning = model.machine == .running
        if model.wasRunning, !isRunning, model.notice?.kind == .bad { model.notice = nil }
        model.wasRunning = isRunning
    }

    /// Ctrl-C closes a prompt, stops what is under way, pauses a running guest; pressed again it leaves.
    mutating func interrupt(again: Bool) {
        guard !again else { return effects.append(.quit) }
        model.isInterrupted = true
        model.keysAhead = []
        let isPrompt = model.palette != nil || model.help != nil || (model.menu != nil && model.lesson != nil)
        if isPrompt {
            model.notice = nil
            if model.palette != nil {
                model.palette = nil
            } else if model.help != nil {
                model.help = nil
            } else {
                model.menu = nil
            }
        } else if model.hunt != nil {
            give(.cancel)
        } else if model.machine == .running, model.situation.isLive, model.menu == nil {
            give(.pause)
            model.notice = model.notice ?? Notice("pausing the guest; Ctrl-C again leaves")
        } else {
            model.notice = Notice("Ctrl-C again leaves the program; \(key(for: .quit, or: "quit")) does so at once")
        }
    }

    /// Asks for the names of the folder that the command line is in, where it wants a file.
    func wantedFolder() -> String? {
        guard let palette = model.palette, let typed = CommandTable.typedFile(in: palette.field.textBeforeCursor) else {
            return nil
        }
        return typed.lastIndex(of: "/").map { String(typed[...$0]) } ?? ""
    }

    mutating func askForFiles() {
        guard let folder = wantedFolder(), model.listedFiles?.folder != folder else { return }
        model.listedFiles = (folder, [])
        effects.append(.listFiles(folder: folder))
    }
}

extension Command {
    /// Whether the machine is done with it in a moment, unless the guest never exits.
    fileprivate var endsSoon: Bool {
        switch self {
        case .step, .build, .reset, .skip, .set, .poke, .resume, .branch, .createVCPU, .ioctl, .slot: true
        default: false
        }
    }
}
