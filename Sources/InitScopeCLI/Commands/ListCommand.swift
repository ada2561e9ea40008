import ArgumentParser
import InitScope

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List what the other commands know by name.")

  enum Catalogue: String, CaseIterable, ExpressibleByArgument {
    case initializers, activations, layers, presets, data, schemes, rules, all

    /// The lists themselves.
    static let lists = allCases.filter { $0 != .all }
  }

  @Argument(help: "What to list; what there is to list if left out.")
  var catalogue: Catalogue?

  func run() throws {
    switch catalogue {
    case nil: Console.output(Self.menu)
    case .all?: Console.output(Catalogue.lists.map(Self.section).joined(separator: "\n"))
    case let list?: Console.output(Self.section(list))
    }
  }

  /// The lists with their sizes and the command for each.
  private static var menu: String {
    var table = TextTable([.init("list", .left), .init("entries"), .init("command", .left)])
    for list in Catalogue.lists {
      table.add([.init(list.rawValue), .init("\(entries(of: list).count)"), .init("initscope list \(list.rawValue)")])
    }
    return table.render(color: Console.usesColor) + "\ninitscope list all prints all of them.\n"
  }

  private typealias Entry = (name: String, aliases: [String], detail: String)

  private static func entries(of catalogue: Catalogue) -> [Entry] {
    switch catalogue {
    case .all: return Catalogue.lists.flatMap(entries)
    case .initializers:
      // What fills biases alone comes last.
      let weights = InitializerCatalogue.weights
      let ofBiases = InitializerCatalogue.biases.entries.filter { weights.entry(named: $0.name) == nil }
      return
        weights.entries.filter { $0.origin == .drawn }.map { entry($0) }
        + ofBiases.map { entry($0, " For biases only, such as `bias: \($0.name)`.") }
    case .activations:
      return ActivationCatalogue.entries.map {
        (signature($0.name, $0.parameters), $0.aliases, "\($0.formula). \($0.summary) \(sentence($0.source))")
      }
    case .layers:
      return LayerCatalogue.entries.map { entry in
        (
          entry.kind, [],
          entry.summary
            + (entry.fields.isEmpty
              ? " It has no fields."
              : " Fields: " + entry.fields.map { "\($0.name) (\($0.meaning))" }.joined(separator: ", ") + ".")
        )
      }
    case .presets: return Preset.all.map { ($0.name, [], $0.summary) }
    case .data: return DataSource.catalogue.map { ($0.name, [], $0.summary) }
    case .schemes:
      return SchemeCatalogue.schemes.map { ($0.name, [], "\($0.summary) Source: \($0.source).") }
    case .rules:
      return
        RuleCatalogue.rules.map { rule in
          let rule = type(of: rule)
          return (rule.name, [], rule.summary)
        }
        + WeightRules.rules.map { rule in
          let rule = type(of: rule)
          return (rule.name, [], "\(rule.summary) (initscope weights)")
        }
    }
  }

  static func section(_ catalogue: Catalogue) -> String {
    let columns = min(Console.columns ?? Console.defaultColumns, 120)
    let body = entries(of: catalogue).map { entry in
      let also = entry.aliases.isEmpty ? "" : " Also: \(entry.aliases.joined(separator: ", "))."
      return "  \(entry.name)\n" + Paragraph.wrap(entry.detail + also, columns: columns, indent: 6)
    }
    return "\(catalogue.rawValue)\n" + body.joined() + note(catalogue, columns: columns)
  }

  private static func entry(
    _ entry: InitializerEntry, _ remark: String = ""
  ) -> Entry {
    (
      signature(entry.name, entry.parameters), entry.aliases,
      "\(entry.summary) Variance \(entry.variance). \(sentence(entry.source))\(remark)"
    )
  }

  /// How names may be written beyond those of the catalogue.
  private static func note(_ catalogue: Catalogue, columns: Int) -> String {
    let text =
      switch catalogue {
      case .initializers:
        "Capitals, hyphens, underscores and module paths do not count: HeNormal, he-normal, kaiming_normal_ and "
          + "torch.nn.init.kaiming_normal_ are found. Biases, gains and shifts (a layer's bias: in a network file) take "
          + InitializerCatalogue.biases.entries.map(\.name).joined(separator: ", ")
          + ". torch. and keras. initializers go by how those libraries store a tensor: a recurrent layer's "
          + "stacked gates, PyTorch's packed query, key and value. Keras counts an attention's fans along its axes from "
          + "version 3.15 on; version=3.14 means all before. Names of JAX, Flax, Haiku, TensorFlow and MXNet are answered "
          + "with the initializer that draws the same here. For a model whose file holds weights, `file` "
          + "means those as they are."
      case .rules: "`initscope explain RULE` says how a rule judges and what to do about its findings."
      case .schemes: "`initscope weights --scheme NAME` takes these, or a YAML file of your own."
      case .activations: "Capitals and the kind of dash do not count: leaky-relu and Leaky_ReLU are found."
      default: ""
      }
    return text.isEmpty ? "" : Paragraph.wrap(text, columns: columns, indent: 0)
  }

  /// A source as a sentence; names of Python keep their small letters.
  private static func sentence(_ source: String) -> String {
    let isName = source.prefix { $0 != " " }.contains(".") && source.first?.isLowercase == true
    return (isName ? source : source.prefix(1).uppercased() + source.dropFirst()) + "."
  }

  private static func signature(_ name: String, _ parameters: [Parameter]) -> String {
    parameters.isEmpty ? name : name + "(" + parameters.map { "\($0.name)=\($0.defaultText)" }.joined(separator: ",") + ")"
  }
}
