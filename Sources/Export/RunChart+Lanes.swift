internal import Timeline

// A lane for each vCPU: boxes for exits, bars where there are too many for boxes.
extension RunChart {
    /// Room for the number of a million exits.
    private static let labelWidth = 108.0
    private static let lanesLeft = margin + labelWidth
    private static let column = 20.0
    private static let unit = 18.0
    /// As many boxes one over another as one can count at a glance.
    private static let stackLimit = 4

    struct Column {
        /// Reasons in the order of time; only where each exit has a box.
        var marks: [Mark] = []
        var counts: [Int: Int] = [:]
        var total = 0
    }

    func drawLanes(_ pen: inout SVGPen, from top: Double) -> Double {
        let lanes = min(max(start?.vcpus ?? 0, world.vcpus.count, 1), Self.laneLimit)
        guard exitCount > 0 else {
            pen.write("No exit was recorded.", x: Self.margin, y: top + 24, "dim")
            return top + 36
        }
        let axis = TimeAxis(
            activity: activity, x: (Self.lanesLeft + 10)...(Self.width - Self.margin - 20))
        let columns = columns(on: axis)
        let highest = columns.values.flatMap(\.values).map(\.total).max() ?? 1
        let hasBoxes = isExact && highest <= Self.stackLimit
        let height = hasBoxes ? Double(max(highest, 2)) * Self.unit + 22 : lanes > 8 ? 56 : 96
        var y = top
        for lane in 0..<lanes {
            draw(lane, columns[lane] ?? [:], axis, y: y, height: height, highest: highest, hasBoxes, &pen)
            y += height + 10
        }
        drawAxis(axis, from: top, to: y, &pen)
        return explain(axis, hasBoxes, highest, lanes, from: y + 26, &pen)
    }

    /// When something happened: exits and calls of KVM_RUN, or the stretches in which exits were counted.
    private var activity: [ClosedRange<UInt64>] {
        var activity =
            isExact
            ? exits.map { $0.nanoseconds...$0.nanoseconds }
            : counted.keys.map { UInt64($0) * stretch...(UInt64($0) + 1) * stretch - 1 }
        if hasAllSpans { activity += spans.map { min($0.begin, $0.end)...$0.end } }
        return activity
    }

    /// By lane and by column, counted from the drawing's left.
    private func columns(on axis: TimeAxis) -> [Int: [Int: Column]] {
        var columns: [Int: [Int: Column]] = [:]
        func place(_ moment: UInt64) -> Int { Int((axis.x(of: moment) - Self.lanesLeft) / Self.column) }
        if isExact {
            for mark in exits {
                columns[mark.vcpu, default: [:]][place(mark.nanoseconds), default: Column()].marks.append(mark)
                columns[mark.vcpu, default: [:]][place(mark.nanoseconds), default: Column()].add(1, mark.reason)
            }
        } else {
            for (number, tallies) in counted {
                let middle = UInt64(number) * stretch + stretch / 2
                for (tally, count) in tallies {
                    columns[tally.vcpu, default: [:]][place(middle), default: Column()].add(count, tally.reason)
                }
            }
        }
        return columns
    }

    private func draw(
        _ lane: Int, _ columns: [Int: Column], _ axis: TimeAxis, y: Double, height: Double, highest: Int,
        _ hasBoxes: Bool, _ pen: inout SVGPen
    ) {
        let left = Self.lanesLeft
        pen.rect(x: left, y: y, width: Self.width - Self.margin - left, height: height, "lane", radius: 4)
        pen.write("vCPU \(lane)", x: Self.margin, y: y + height / 2 - 2, "bold")
        let count = columns.values.reduce(0) { $0 + $1.total }
        pen.write(Markup.of(count, "exit"), x: Self.margin, y: y + height / 2 + 16, "note")
        let floor = y + height - 12
        if hasAllSpans {
            for span in spans where span.vcpu == lane {
                let (from, to) = (axis.x(of: span.begin), axis.x(of: span.end))
                pen.rect(x: from, y: floor + 2, width: max(1, to - from), height: 7, "inside")
            }
        }
        let keys = ReasonKey.keys(for: reasons)
        for (place, column) in columns.sorted(by: { $0.key < $1.key }) {
            let x = Self.lanesLeft + Double(place) * Self.column
            if hasBoxes {
                for (level, mark) in column.marks.enumerated() {
                    let top = floor - Double(level + 1) * Self.unit
                    let after = Markup.duration(mark.nanoseconds - min(mark.nanoseconds, axis.begin))
                    pen.group("\(mark.text), after \(after)") {
                        $0.rect(
                            x: x + 1, y: top, width: Self.unit, height: Self.unit, "box", radius: 3,
                            fill: keys[mark.reason].colour)
                        $0.write(
                            keys[mark.reason].letter, x: x + 1 + Self.unit / 2, y: top + 13.5, "letter",
                            anchor: "middle")
                    }
                }
            } else {
                bar(column, keys, x: x, floor: floor, room: height - 30, highest: highest, &pen)
            }
        }
    }

    /// A bar as high as its number, in parts by reason, the letter of each where there is room for it.
    private func bar(
        _ column: Column, _ keys: [ReasonKey], x: Double, floor: Double, room: Double, highest: Int,
        _ pen: inout SVGPen
    ) {
        let parts = column.counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let words = parts.map { "\(reasons[$0.key]) \(Markup.grouped($0.value))" }.joined(separator: ", ")
        pen.group("\(Markup.of(column.total, "exit")): \(words)") { pen in
            var y = floor
            for (number, (reason, count)) in parts.enumerated() {
                // The least that can be seen; what it adds is less than a hundredth of the highest.
                let height = max(1, room * Double(count) / Double(highest))
                y -= height
                pen.rect(
                    x: x + 1, y: y, width: Self.unit, height: height, height >= 4 ? "box" : "thin",
                    fill: keys[reason].colour)
                if height >= 14 {
                    pen.write(
                        keys[reason].letter, x: x + 1 + Self.unit / 2, y: y + height / 2 + 4.5, "letter",
                        anchor: "middle")
                } else if number == 0 {
                    pen.write(
                        keys[reason].letter, x: x + 1 + Self.unit / 2,
                        y: floor - room * Double(column.total) / Double(highest) - 4, "small bold", anchor: "middle")
                }
            }
        }
    }

    private func drawAxis(_ axis: TimeAxis, from top: Double, to y: Double, _ pen: inout SVGPen) {
        for piece in axis.pieces {
            pen.line([(piece.x.lowerBound, y), (piece.x.upperBound, y)], "axis")
        }
        for (x, nanoseconds) in axis.breaks {
            let middle = (x.lowerBound + x.upperBound) / 2
            pen.group("nothing happened for \(Markup.duration(nanoseconds)); drawn short") { pen in
                for side in [middle - 4, middle + 4] {
                    pen.line([(side, top), (side, y - 8)], "gap")
                    pen.line([(side + 4, y - 7), (side - 4, y + 7)], "axis")
                }
            }
        }
        var last = -Double.infinity
        for (x, label) in axis.ticks where x - last >= 60 {
            pen.line([(x, y), (x, y + 6)], "axis")
            pen.write(label, x: x, y: y + 21, "small", anchor: "middle")
            last = x
        }
    }

    /// What a box or a bar stands for, what the axis counts from, and what is not drawn.
    private func explain(
        _ axis: TimeAxis, _ hasBoxes: Bool, _ highest: Int, _ lanes: Int, from top: Double, _ pen: inout SVGPen
    ) -> Double {
        var lines = [
            "Time since the \(hasAllSpans ? "first KVM_RUN" : "first exit"), which was \(Markup.duration(axis.begin)) after the run began."
        ]
        if hasBoxes {
            lines.append("Each box is one exit.")
        } else {
            lines.append(
                "Too many exits for a box each: a bar is as high as the number of exits in its time, the highest "
                    + "\(Markup.grouped(highest)); its parts are their reasons.")
            if !isExact { lines.append("Exits were counted in stretches of \(Markup.duration(stretch)).") }
        }
        if !axis.breaks.isEmpty {
            let gaps = axis.breaks.map { Markup.duration($0.nanoseconds) }.joined(separator: ", ")
            lines.append("Drawn short, between dashed lines, for nothing happened there: \(gaps).")
        }
        let all = max(start?.vcpus ?? 0, world.vcpus.count)
        if all > lanes {
            lines.append("\(Markup.of(all - lanes, "vCPU")) more have no lane here; the legend counts theirs too.")
        }
        var y = top + 18
        for line in lines {
            pen.write(line, x: Self.lanesLeft, y: y, "note")
            y += 18
        }
        return y
    }
}

extension RunChart.Column {
    fileprivate mutating func add(_ count: Int, _ reason: Int) {
        counts[reason, default: 0] += count
        total += count
    }
}
