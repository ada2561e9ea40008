import ArgumentParser
import InitScope

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List what the other commands know by name.")

  enum Catalogue: String, CaseIterable, ExpressibleByArgument {
    case initializers, activations, layers, presets, data
  }

  @Argument(help: "What to list; everything if left out.")
  var catalogue: Catalogue?

  func run() throws {
    let chosen = catalogue.map { [$0] } ?? Catalogue.allCases
    Console.output(chosen.map(section).joined(separator: "\n"))
  }

  private func section(_ catalogue: Catalogue) -> String {
    let entries: [(name: String, detail: String)]
    switch catalogue {
    case .initializers:
      entries = InitializerCatalogue.weights.entries.map {
        (signature($0.name, $0.parameters), "\($0.summary) Variance \($0.variance). \(sentence($0.source))")
      }
    case .activations:
      entries = ActivationCatalogue.entries.map {
        (signature($0.name, $0.parameters), "\($0.formula). \($0.summary) \(sentence($0.source))")
      }
    case .layers:
      entries = LayerCatalogue.entries.map { entry in
        (
          entry.kind,
          entry.summary + " Fields: " + entry.fields.map { "\($0.name) (\($0.meaning))" }.joined(separator: ", ") + "."
        )
      }
    case .presets: entries = Preset.all.map { ($0.name, $0.summary) }
    case .data: entries = DataSource.catalogue.map { ($0.name, $0.summary) }
    }
    let columns = min(Console.columns ?? Console.defaultColumns, 120)
    let body = entries.map { "  \($0.name)\n" + Paragraph.wrap($0.detail, columns: columns, indent: 6) }.joined()
    return "\(catalogue.rawValue)\n" + body
  }

  private func sentence(_ source: String) -> String { source.prefix(1).uppercased() + source.dropFirst() + "." }

  private func signature(_ name: String, _ parameters: [Parameter]) -> String {
    parameters.isEmpty ? name : name + "(" + parameters.map { "\($0.name)=\($0.defaultText)" }.joined(separator: ",") + ")"
  }
}
