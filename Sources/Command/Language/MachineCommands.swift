extension CommandTable {
    static let stepping: [CommandEntry] = [
        CommandEntry(
            .step, [.optional(.unit, "UNIT"), .times], .stepping, "go forward, to the next exit unless told otherwise",
            details: """
                Units: exit, ioctl, instruction, transition, level, event. In the recorded past a step moves the \
                cursor; at the end of the timeline it lets the machine run that far. step ioctl holds every ioctl at \
                the gate first.
                """, example: "step exit 3",
            keys: [
                KeyBinding("s", .step(.exit), "exit"), KeyBinding("i", .step(.instruction), "instruction"),
                KeyBinding("t", .step(.transition), "transition"), KeyBinding("o", .step(.ioctl), "ioctl"),
                KeyBinding(">", .step(.level), "level"), KeyBinding("]", .step(.event), "event"),
            ], needs: .standing
        ) { .step($0.unit ?? .exit, count: $0.number ?? 1) },
        CommandEntry(
            .back, [.optional(.unit, "UNIT"), .times], .stepping, "go back, by the same units",
            details: "The cursor moves over what was recorded; the guest itself stays where it is.",
            example: "back instruction 2",
            keys: [
                KeyBinding("S", .back(.exit), "back"), KeyBinding("I", .back(.instruction), "back"),
                KeyBinding("T", .back(.transition), "back"), KeyBinding("O", .back(.ioctl), "back"),
                KeyBinding("<", .back(.level), "back"), KeyBinding("[", .back(.event), "back"),
            ], needs: .history
        ) { .back($0.unit ?? .exit, count: $0.number ?? 1) },
        CommandEntry(
            .run, aliases: ["run", "c"], [], .stepping, "let the guest run until something stops it", needs: .standing
        ) { _ in .run },
        CommandEntry(
            .pause, [], .stepping, "call running vCPUs back to user space",
            details: "A signal and immediate_exit end KVM_RUN; it shows as EINTR or as the exit reason intr.",
            needs: .running
        ) { _ in .pause },
        CommandEntry(
            .toggleRun, [], .stepping, "run a machine that stands, pause one that runs",
            keys: [KeyBinding(" ", .toggleRun, "run/pause")]
        ) { _ in .toggleRun },
        CommandEntry(
            .until, [.required(.expression, "CONDITION")], .stepping,
            "run to the first exit at which a condition holds",
            details: """
                All vCPUs run meanwhile. In the past and in a recording it looks along the exits that there were. The \
                guest's own end ends it.
                """,
            example: "until exit.reason == io && exit.port == 0x3f8", needs: .standing
        ) { $0.expression.map(Command.until) },
        CommandEntry(
            .breakAt, aliases: ["b"], [.required(.expression, "ADDRESS")], .stepping,
            "stop when the guest is about to execute an address",
            example: "break 0x100010", needs: .live
        ) { $0.expression.map(Command.breakAt) },
        CommandEntry(
            .watch, [.required(.expression, "ADDRESS")], .stepping, "stop when the guest changes eight bytes",
            details: """
                Where they catch writes, which is tried once, the processor's debug registers wait for it. Else the \
                guest is single-stepped, unlisted, and the bytes are compared after each instruction. What neither \
                sees, as a write by KVM itself, is seen at the next exit. delete ADDRESS ends it.
                """, example: "watch 0x5000", needs: .live
        ) { $0.expression.map(Command.watch) },
        CommandEntry(
            .deleteBreak, [.optional(.expression, "ADDRESS")], .stepping,
            "remove a breakpoint or watch, or all of them",
            example: "delete 0x100010", needs: .live
        ) { .deleteBreak($0.expression) },
    ]

    static let machine: [CommandEntry] = [
        CommandEntry(
            .build, [], .machine, "build the machine without holding each ioctl", needs: [.live, .standing]
        ) { _ in .build },
        CommandEntry(
            .reset, [], .machine, "take the machine down and build it anew",
            keys: [KeyBinding("R", .reset, "reset")], needs: .live
        ) { _ in .reset },
        CommandEntry(
            .createVCPU, [.required(.number(0...4095), "NUMBER")], .machine, "ask the VM for one more vCPU",
            details: "A number that is taken is refused; the errno is shown.", example: "create vcpu 0",
            needs: [.live, .machine, .standing]
        ) { $0.number.map(Command.createVCPU) },
        CommandEntry(
            .ioctl,
            [
                .required(.ioctlTarget, "system|vm|vcpu"), .required(.request, "REQUEST"),
                .optional(.expression, "ARGUMENT"),
            ], .machine, "make one ioctl by hand and see what KVM answers",
            details: """
                REQUEST is a name or a number. ARGUMENT is a number below 0x10000, where no memory of a process lies, so \
                a request that wants a structure there answers EFAULT. A descriptor that comes back is closed at once.
                """, example: "ioctl vcpu KVM_GET_REGS", needs: [.live, .machine, .standing]
        ) { reader in
            guard let target = reader.ioctlTarget, let request = reader.request else { return nil }
            return .ioctl(target, request, argument: reader.expression)
        },
        CommandEntry(
            .slot,
            [
                .required(.number(1...31), "NUMBER"), .required(.expression, "ADDRESS"),
                .required(.number(0...1 << 30), "SIZE"), .optional(.readOnly, "readonly"),
            ], .machine, "lay fresh memory under guest physical addresses",
            details: """
                Slot 0 is the memory that the machine was built with. A size of 0 takes the slot away. What KVM will not \
                have, it refuses; the errno is shown.
                """, example: "slot 1 0x10000000 64K readonly", needs: [.live, .machine, .standing]
        ) { reader in
            guard let start = reader.expression, reader.numbers.count == 2 else { return nil }
            return .slot(
                reader.numbers[0], start: start, size: reader.numbers[1], isReadOnly: reader.isReadOnly)
        },
        CommandEntry(
            .vcpu, [.required(.number(0...4095), "NUMBER")], .machine, "choose the vCPU that panes and steps speak of",
            example: "vcpu 1", needs: .machine
        ) { $0.number.map(Command.vcpu) },
        CommandEntry(
            .nextVCPU, [], .machine, "choose the next vCPU", keys: [KeyBinding("v", .nextVCPU, "vCPU")], needs: .machine
        ) { _ in .nextVCPU },
        CommandEntry(
            .skip, [], .machine, "go past the instruction that KVM could not execute",
            details: "Moves the instruction pointer behind it; nothing that it would have done is done.",
            keys: [KeyBinding("x", .skip, "skip")], needs: [.live, .machine, .standing]
        ) { _ in .skip },
        CommandEntry(
            .gate, [.required(.onOff, "on|off")], .machine, "hold every ioctl until step ioctl releases it",
            example: "gate on", needs: .live
        ) { $0.isOn.map(Command.gate) },
        CommandEntry(
            .observe, [.required(.onOff, "on|off")], .machine, "switch the observation of the kernel's half on or off",
            example: "observe on", needs: .live
        ) { $0.isOn.map(Command.observe) },
        CommandEntry(
            .traceRoad, [.optional(.number(1...32), "DEPTH")], .machine,
            "trace the kernel's own functions under the next ioctl",
            details: """
                From KVM's handler down, as many calls deep as asked, each with its time; the Ioctls pane shows them \
                beside the documented road. Needs the kernel's function_graph tracer, and most often root.
                """, example: "trace road 3", needs: .live
        ) { .traceRoad(depth: $0.number ?? Command.usualRoadDepth) },
    ]

    static let looking: [CommandEntry] = [
        CommandEntry(
            .memory, [.required(.expression, "ADDRESS")], .looking, "show the bytes at an address",
            example: "memory reg.rsp",
            needs: .machine
        ) { $0.expression.map(Command.memory) },
        CommandEntry(
            .disassemble, [.required(.expression, "ADDRESS")], .looking, "show the instructions at an address",
            example: "disassemble reg.rip", needs: .machine
        ) { $0.expression.map(Command.disassemble) },
        CommandEntry(
            .walk,
            [
                .required(.expression, "ADDRESS"), .optional(.access, "read|write|execute"), .optional(.user, "user"),
            ], .looking, "follow an address to the host's memory, level by level",
            details: """
                A guest virtual address, through the page tables, the memory slots and the host's page map; in real \
                mode the offset in DS, or in CS for execute. step level and back level show it part by part.
                """, example: "walk 0x100000 write user", needs: .machine
        ) { reader in reader.expression.map { .walk($0, reader.access ?? .read, user: reader.isUser) } },
        CommandEntry(
            .walkPhysical, [.required(.expression, "ADDRESS")], .looking,
            "follow a guest physical address to the host's memory", example: "walk physical 0xfee00000",
            needs: .machine
        ) { $0.expression.map(Command.walkPhysical) },
        CommandEntry(
            .walkHere, [], .looking, "follow the address under the cursor of the focused pane",
            details: "Where the pane has none, the command line opens to ask for one.",
            keys: [KeyBinding("w", .walkHere, "walk")], needs: .machine
        ) { _ in .walkHere },
        CommandEntry(
            .print, aliases: ["p"], [.required(.expression, "EXPRESSION")], .looking,
            "work out an expression and show its value",
            example: "print mem64[reg.rsp] + 8"
        ) { $0.expression.map(Command.print) },
        CommandEntry(
            .expect, [.required(.expression, "CONDITION")], .looking, "fail unless a condition holds",
            details: "What is unknown does not hold; the reason is shown.", example: "expect exit.reason == hlt"
        ) { $0.expression.map(Command.expect) },
        poke(.poke8, aliases: ["poke"], bytes: 1, "write a byte of guest memory"),
        poke(.poke16, bytes: 2, "write two bytes of guest memory"),
        poke(.poke32, bytes: 4, "write four bytes of guest memory"),
        poke(.poke64, bytes: 8, "write eight bytes of guest memory"),
        CommandEntry(
            .set, [.required(.register, "REGISTER"), .equals, .required(.expression, "VALUE")], .looking,
            "change a register",
            example: "set rax = 5", needs: [.live, .machine, .standing]
        ) { reader in
            guard let register = reader.register, let value = reader.expression else { return nil }
            return .set(register: register, value: value)
        },
    ]

    private static func poke(_ verb: Verb, aliases: [String] = [], bytes: Int, _ summary: String) -> CommandEntry {
        CommandEntry(
            verb, aliases: aliases, [.required(.expression, "ADDRESS"), .equals, .required(.expression, "VALUE")],
            .looking,
            summary, details: "Little-endian.", example: "\(verb.rawValue) 0x1000 = 0x41",
            needs: [.live, .machine, .standing]
        ) { reader in
            guard reader.expressions.count == 2 else { return nil }
            return .poke(address: reader.expressions[0], value: reader.expressions[1], size: bytes)
        }
    }
}
