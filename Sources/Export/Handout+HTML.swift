internal import Explorer
internal import Screen

extension Handout {
    /// The page: HTML that is well-formed XML too, with its style and its script inside and no address of anything else.
    public var html: String {
        var page = """
            <!DOCTYPE html>
            <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
            <head>
            <meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="generator" content="kvmscope \(Markup.escaped(version))"/>
            <title>\(Markup.escaped(title)) · kvmscope</title>
            <style>\(Self.style)\(ScreenMarkup.style)\(Self.paper)</style>
            </head>
            <body>
            <header>
            <h1>\(Markup.escaped(title))</h1>
            <p>\(Markup.escaped(facts))</p>
            </header>

            """
        if screens.isEmpty {
            page += "<p>Nothing was recorded that would give a screen.</p>\n"
        } else {
            if leftOut > 0 {
                page +=
                    "<p class=\"note\">This page holds \(screens.count) of \(Markup.grouped(screens.count + leftOut)) "
                    + "screens: the first \(screens.count - Self.trailing(screens)) and the last \(Self.trailing(screens)). "
                    + "The recording has them all.</p>\n"
            }
            page += Self.controls(screens.count)
            page += "<main>\n"
            for screen in screens { page += section(screen) }
            page += "</main>\n"
        }
        page += "<footer><p>Made by kvmscope \(Markup.escaped(version)) from what was recorded. "
        page += "<span class=\"script\">The arrow keys turn the pages.</span></p></footer>\n"
        if !screens.isEmpty { page += "<script>\(Self.script)</script>\n" }
        return page + "</body>\n</html>\n"
    }

    private static func trailing(_ screens: [Screen]) -> Int {
        screens.firstIndex { $0.leftOutBefore > 0 }.map { screens.count - $0 } ?? screens.count
    }

    private static func controls(_ count: Int) -> String {
        """
        <nav class="script" aria-label="Screens">
        <button type="button" id="first">First</button>
        <button type="button" id="back"><span aria-hidden="true">◀ </span>Back</button>
        <button type="button" id="next">Next<span aria-hidden="true"> ▶</span></button>
        <button type="button" id="last">Last</button>
        <input type="range" id="slider" min="1" max="\(count)" value="1" aria-label="Screen"/>
        <span id="place"></span>
        </nav>
        <p id="said" role="status" aria-live="polite"></p>

        """
    }

    private func section(_ screen: Screen) -> String {
        let number = screen.number
        var html = "<section id=\"s\(number)\" aria-labelledby=\"c\(number)\">\n"
        if screen.leftOutBefore > 0 {
            html += "<p class=\"note\">\(Markup.of(screen.leftOutBefore, "screen")) are left out before this one.</p>\n"
        }
        html += "<h2 id=\"c\(number)\"><span class=\"number\">\(number)</span> \(Markup.escaped(screen.caption))</h2>\n"
        html += "<pre class=\"grid\" aria-hidden=\"true\">\(screen.picture)</pre>\n"
        html += "<details><summary>This screen as text</summary>\n"
        for section in screen.sections {
            let source = section.source.isEmpty ? "" : " <small>\(Markup.escaped(section.source))</small>"
            html += "<h3>\(Markup.escaped(section.title))\(source)</h3>\n"
            html += "<pre>\(Markup.escaped(section.lines.joined(separator: "\n")))</pre>\n"
        }
        html += "</details>\n"
        return html + "</section>\n"
    }

    /// Without a script all screens stand one under another; with it there is one.
    private static let style = """
        :root{--paper:#ffffff;--ink:#1b2129;--faint:#5c6670;--edge:#d5dce3;--press:#eef2f6;--mark:#0b63a5}
        @media (prefers-color-scheme:dark){:root{--paper:#15191e;--ink:#e8ecf1;--faint:#a5b1bd;--edge:#333c46;--press:#232a32;--mark:#6bb7f2}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:1.2rem;max-width:78rem;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
        h1{font-size:1.6rem;margin:0}header p,.note,footer,#place{color:var(--faint)}header p,.note{margin:.2rem 0 .8rem}
        nav{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;position:sticky;top:0;background:var(--paper);padding:.5rem 0;border-bottom:1px solid var(--edge)}
        button{font:inherit;min-width:5rem;padding:.35rem .8rem;border:1px solid var(--faint);border-radius:.4rem;background:var(--press);color:var(--ink);cursor:pointer}
        button:disabled{opacity:.45;cursor:default}
        button:focus-visible,input:focus-visible,summary:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
        #slider{flex:1 1 8rem;min-width:6rem;accent-color:var(--mark)}#place{font-variant-numeric:tabular-nums;min-width:6rem;text-align:right}
        #said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        h2{font-size:1.05rem;margin:.9rem 0 .5rem}.number{display:inline-block;min-width:2rem;padding:0 .45rem;border:1px solid var(--faint);border-radius:.4rem;text-align:center;font-weight:400;margin-right:.35rem}
        pre{font-family:"DejaVu Sans Mono","Noto Sans Mono",Menlo,Consolas,"Liberation Mono",monospace;margin:0}
        .grid{font-size:clamp(5px,calc((min(100vw,78rem) - 3.6rem)/74),17px);font-size:round(down,clamp(5px,calc((min(100vw,78rem) - 3.6rem)/73),17px),.5px);line-height:1.16;line-height:round(down,1.164em,1px);overflow-x:auto;padding:.6rem;border:1px solid var(--edge);border-radius:.4rem}
        .grid b{font-weight:400}.grid i{display:inline-block;width:1ch;height:1.164em;font-style:normal;overflow:hidden;overflow:clip visible;vertical-align:top;white-space:pre}
        .grid .b{font-weight:700}.grid .u{text-decoration:underline}.grid .o{font-style:italic}.grid .v{background:var(--ink);color:var(--paper)}
        details{margin:.5rem 0 1.5rem}details pre{font-size:.85rem;white-space:pre-wrap}h3{font-size:.95rem;margin:.8rem 0 .2rem}small{color:var(--faint);font-weight:400}summary{cursor:pointer;color:var(--faint)}
        .script{display:none}.stepping .script{display:revert}.stepping nav.script{display:flex}
        .stepping section{display:none}.stepping section.now{display:block}

        """

    /// Printed, every screen is there, one on a sheet, in dark ink.
    private static let paper = """
        @media print{@page{size:landscape;margin:10mm}
        :root{--paper:#ffffff;--ink:#000000;--faint:#444444;--edge:#999999}
        body{padding:0;max-width:none;font-size:11pt}nav,details,#said,.stepping .script,.stepping nav.script{display:none}
        section,.stepping section{display:block;break-inside:avoid;break-after:page}section:last-child{break-after:auto}
        .grid{font-size:8.6pt;border:0;padding:0;overflow:visible}
        .grid .v,.grid .r\(Role.selection.rawValue),.grid .r\(Role.lit.rawValue){background:none;color:#000000;text-decoration:underline;font-weight:700}}
        """

    /// Holds no character that XML would take for markup.
    private static let script = """

        (function () {
          var screens = Array.prototype.slice.call(document.querySelectorAll("section"));
          function element(id) { return document.getElementById(id); }
          var last = screens.length - 1, now = 0;
          function show(index, quiet) {
            now = Math.max(0, Math.min(last, index));
            screens.forEach(function (screen, place) { screen.classList.toggle("now", place === now); });
            element("first").disabled = element("back").disabled = now === 0;
            element("last").disabled = element("next").disabled = now === last;
            element("slider").value = now + 1;
            element("place").textContent = (now + 1) + " of " + screens.length;
            var caption = screens[now].querySelector("h2").textContent;
            element("slider").setAttribute("aria-valuetext", caption);
            if (quiet) { return; }
            element("said").textContent = "Screen " + caption + ", of " + screens.length;
            history.replaceState(null, "", "#s" + (now + 1));
          }
          element("first").addEventListener("click", function () { show(0); });
          element("back").addEventListener("click", function () { show(now - 1); });
          element("next").addEventListener("click", function () { show(now + 1); });
          element("last").addEventListener("click", function () { show(last); });
          element("slider").addEventListener("input", function (event) { show(event.target.value - 1); });
          document.addEventListener("keydown", function (event) {
            if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
            if (event.target === element("slider")) { return; }
            var to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: last }[event.key];
            if (to === undefined) { return; }
            event.preventDefault();
            show(to);
          });
          window.addEventListener("hashchange", function () { show(asked(), true); });
          function asked() { return (parseInt(location.hash.slice(2), 10) || 1) - 1; }
          document.body.classList.add("stepping");
          show(asked(), true);
        }());

        """
}
