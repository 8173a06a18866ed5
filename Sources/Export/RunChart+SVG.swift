internal import Timeline

extension RunChart {
    static let width = 1200.0
    static let margin = 24.0
    /// The element that says the drawing in words, before everything that is drawn.
    static let summaryID = "kvmscope-summary"

    /// The drawing: an SVG document without references to anything outside.
    public var svg: String {
        var pen = SVGPen()
        var y = head(&pen)
        y = drawLanes(&pen, from: y)
        y = drawLegend(&pen, from: y)
        y = FlowDrawing(world: world).draw(&pen, from: y + 20)
        let height = y + Self.margin
        var document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        document +=
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Markup.number(Self.width)) \(Markup.number(height))\" "
            + "width=\"\(Markup.number(Self.width))\" height=\"\(Markup.number(height))\" role=\"img\" "
            + "aria-labelledby=\"title \(Self.summaryID)\">\n"
        document += "<title id=\"title\">\(Markup.escaped(title))</title>\n"
        document += "<desc id=\"\(Self.summaryID)\">\(Markup.escaped(summary))</desc>\n"
        document += "<style>\(Self.style)</style>\n"
        document += "<rect x=\"0\" y=\"0\" width=\"100%\" height=\"100%\" class=\"paper\"/>\n"
        return document + pen.text + "</svg>\n"
    }

    var title: String {
        "\(start?.guest.fileName ?? "A run without a beginning"): exits in time, and the way they took"
    }

    private var summary: String {
        var parts = [Markup.of(start?.vcpus ?? world.vcpus.count, "vCPU"), Markup.of(exitCount, "exit")]
        for (reason, count) in zip(reasons, reasonCounts) { parts.append("\(reason) \(Markup.grouped(count))") }
        if let end { parts.append("ended by \(end.why.rawValue), code \(end.code)") }
        return parts.joined(separator: ", ") + "."
    }

    private func head(_ pen: inout SVGPen) -> Double {
        pen.write(start?.guest.fileName ?? "A run without a beginning", x: Self.margin, y: 46, "h1")
        var parts = [Markup.of(start?.vcpus ?? world.vcpus.count, "vCPU"), Markup.of(exitCount, "exit")]
        if let memory = start?.memory { parts.append("\(Markup.memory(memory))") }
        parts.append("over after \(Markup.duration(duration))")
        if let end {
            parts.append("end: \(end.why.rawValue)\(end.why == .exit || end.code != 0 ? " \(end.code)" : "")")
        } else {
            parts.append("no end recorded")
        }
        pen.write(parts.joined(separator: "  ·  "), x: Self.margin, y: 70, "dim")
        pen.write("kvmscope", x: Self.width - Self.margin, y: 46, "dim", anchor: "end")
        guard machines > 1 else { return 92 }
        pen.write(
            "\(Markup.of(machines, "machine")) were built one after another; this is the last.", x: Self.margin, y: 90,
            "note")
        return 112
    }

    /// What each letter means, how often it came, and what a box stands for.
    private func drawLegend(_ pen: inout SVGPen, from top: Double) -> Double {
        var y = top + 22
        var x = Self.margin
        for (index, key) in ReasonKey.keys(for: reasons).enumerated() {
            let text = "\(key.reason) ×\(Markup.grouped(reasonCounts[index]))"
            let width = 30 + Double(text.count) * 8.2 + 20
            if x + width > Self.width - Self.margin, x > Self.margin {
                x = Self.margin
                y += 26
            }
            pen.rect(x: x, y: y - 14, width: 18, height: 18, "box", radius: 3, fill: key.colour)
            pen.write(key.letter, x: x + 9, y: y, "letter", anchor: "middle")
            pen.write(text, x: x + 26, y: y)
            x += width
        }
        guard exitCount > 0 else { return y }
        if x + 170 > Self.width - Self.margin {
            x = Self.margin
            y += 26
        }
        if hasAllSpans {
            pen.rect(x: x, y: y - 9, width: 26, height: 8, "inside")
            pen.write("inside KVM_RUN", x: x + 34, y: y)
        }
        return y
    }

    /// Own paper and ink for light and for dark, since a drawing may stand on either.
    static let style = """
        text{font:14px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:#1b2129}
        .h1{font-size:26px;font-weight:700}.h2{font-size:18px;font-weight:700}.bold{font-weight:700}
        .dim{fill:#55606c}.note{fill:#55606c;font-size:13px}.small{font-size:12px}
        .mono{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace}
        .paper{fill:#ffffff}.lane{fill:#f1f4f7}.axis{stroke:#55606c;fill:none}.grid{stroke:#d5dce3;fill:none}
        .inside{fill:#c3ccd6}.box{stroke:#ffffff;stroke-width:1}.letter{fill:#ffffff;font-weight:700;font-size:12px}
        .gap{stroke:#55606c;fill:none;stroke-dasharray:3 3}
        .user{fill:#e9f4ec}.kernel{fill:#faf1e4}.guest{fill:#f0ecfa}
        .node{fill:#ffffff;stroke:#2c3540;stroke-width:1.5}.arrow{stroke:#2c3540;stroke-width:1.8;fill:none}
        .unseen{stroke:#7b8793;stroke-width:1.5;stroke-dasharray:5 4;fill:none}
        .head{fill:#2c3540}.pale{fill:#7b8793}
        .halo{paint-order:stroke;stroke:#ffffff;stroke-width:4px;stroke-linejoin:round}
        @media (prefers-color-scheme:dark){
        text{fill:#e8ecf1}.dim,.note{fill:#a5b1bd}.paper{fill:#15191e}.lane{fill:#1f252c}.axis{stroke:#a5b1bd}
        .grid{stroke:#333c46}.inside{fill:#4a5764}.box{stroke:#15191e}.letter{fill:#ffffff}.gap{stroke:#a5b1bd}
        .user{fill:#17261c}.kernel{fill:#2a2116}.guest{fill:#221d31}
        .node{fill:#15191e;stroke:#cfd7df}.arrow{stroke:#cfd7df}.unseen{stroke:#8a96a2}.head{fill:#cfd7df}
        .pale{fill:#8a96a2}.halo{stroke:#15191e}}
        """
}
