import Foundation
import FoundationXML

/// What a parser makes of a document: its elements' names, its texts, and where it broke off.
final class XMLReading: NSObject, XMLParserDelegate {
    struct Element {
        var name: String
        var attributes: [String: String]
        var text = ""
    }

    private(set) var elements: [Element] = []
    private(set) var failure: String?
    private var open: [Int] = []

    init(_ document: String) {
        super.init()
        let parser = XMLParser(data: Data(document.utf8))
        parser.shouldResolveExternalEntities = false
        parser.delegate = self
        if !parser.parse() {
            failure = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "not well-formed")"
        }
    }

    func elements(_ name: String, _ classes: String? = nil) -> [Element] {
        elements.filter { $0.name == name && (classes == nil || $0.attributes["class"] == classes) }
    }

    /// All text of the document.
    var text: String { elements.map(\.text).joined(separator: "\n") }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        open.append(elements.count)
        elements.append(Element(name: name, attributes: attributes))
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if let last = open.last { elements[last].text += text }
    }
}
