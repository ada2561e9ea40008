import Spelling
import WeightAudit
import Yams

/// Reads a scheme of one's own: which tensors have which law.
///
///     version: 1
///     name: my-gpt
///     parameters: {std: 0.02}
///     rules:
///       "*.c_proj.weight": normal(std=std/sqrt(2*L))
///       "*.weight": normal(std=std)
///       "*.bias": zeros
///     tied: [[wte.weight, lm_head.weight]]
///     padding: {wte.weight: 0}
///
/// The first rule whose pattern matches a tensor counts. JSON is YAML, so a scheme may be written in it, too.
public enum SchemeFile {
  /// Reads a scheme for weight files from the YAML file at `path`, or from standard input for `-`.
  ///
  /// - Parameters:
  ///   - path: Of the file.
  ///   - model: The model's configuration, whose numbers formulas may use by their names.
  /// - Throws: `NetworkFileError` naming line, column, key and remedy.
  public static func read(path: String, model: ModelConfiguration? = nil) throws(NetworkFileError) -> WeightScheme {
    try read(NetworkFile.text(path: path), path: path == "-" ? "standard input" : path, model: model)
  }

  /// Reads the scheme in `text`.
  ///
  /// - Parameters:
  ///   - text: Of the file.
  ///   - path: What errors call it.
  ///   - model: The model's configuration, whose numbers formulas may use by their names.
  /// - Throws: `NetworkFileError` naming line, column, key and remedy.
  public static func read(
    _ text: String, path: String, model: ModelConfiguration? = nil
  ) throws(NetworkFileError) -> WeightScheme {
    guard let root = try NetworkYAML.compose(text, path: path) else {
      throw NetworkFileError(path: path, "the file is empty", hint: "Give rules: with patterns of names and their laws")
    }
    return try SchemeYAMLReader(path: path, model: model).scheme(root)
  }
}

/// Converts a parsed scheme file, with the place of each node for error messages.
struct SchemeYAMLReader {
  private let scalars: NetworkYAMLReader
  private let path: String
  private let model: ModelConfiguration?

  init(path: String, model: ModelConfiguration? = nil) {
    self.path = path
    self.model = model
    scalars = NetworkYAMLReader(path: path)
  }

  private static let keys = [
    "version", "name", "family", "extends", "summary", "source", "parameters", "rules", "tied", "padding", "layout",
    "stride", "convTranspose",
  ]
  private static let mostRules = 10_000

  func scheme(_ root: Yams.Node) throws(NetworkFileError) -> WeightScheme {
    guard let mapping = root.mapping else {
      throw scalars.error(root, "a scheme file is a mapping", hint: "Give rules: with patterns of names and their laws")
    }
    var scheme = WeightScheme(name: "scheme", summary: "", source: path, rules: [])
    var base: WeightScheme?, family: WeightScheme?
    for (key, value) in mapping {
      switch try scalars.text(key) {
      case "version":
        guard try scalars.text(value) == "1" else {
          throw scalars.error(value, "this version of scheme files is not known", hint: "This program reads version: 1")
        }
      case "name": scheme.name = try scalars.text(value)
      case "family":
        let text = try scalars.text(value)
        family = SchemeCatalogue.scheme(named: text)
        if scheme.name == "scheme" { scheme.name = text }
      case "extends":
        let text = try scalars.text(value)
        guard let known = SchemeCatalogue.scheme(named: text) else {
          throw scalars.unknownKey(text, at: value, among: SchemeCatalogue.schemes.map(\.name), what: "scheme")
        }
        base = known
      case "summary": scheme.summary = try scalars.text(value)
      case "source": scheme.source = try scalars.text(value)
      case "parameters": scheme.parameters = try parameters(value)
      case "rules": scheme.rules = try rules(value)
      case "tied": scheme.tied = try tied(value)
      case "padding": scheme.padding = try padding(value)
      case "layout": scheme.layouts += try layouts(value)
      case "stride": scheme.stride = try scalars.integer(value, key: "stride", in: 1...64)
      case "convTranspose":
        for text in try texts(value) { scheme.layouts.append((TensorPattern(text), .transposed)) }
      case let other: throw scalars.unknownKey(other, at: key, among: Self.keys)
      }
    }
    // A family alone stands for its scheme; with rules of its own it is a name.
    if base == nil, scheme.rules.isEmpty { base = family }
    if let base {
      scheme.rules += base.rules
      scheme.parameters.merge(base.parameters) { own, _ in own }
      if scheme.summary.isEmpty { scheme.summary = base.summary }
    }
    try checkNames(scheme, root)
    guard !scheme.rules.isEmpty || !scheme.tied.isEmpty || !scheme.padding.isEmpty else {
      throw scalars.error(
        root, "the scheme says nothing of any tensor",
        hint: "Give rules: or extends: with a name of `initscope list schemes`")
    }
    return scheme
  }

  /// A name without a value would leave its rule without effect, in silence.
  private func checkNames(_ scheme: WeightScheme, _ root: Yams.Node) throws(NetworkFileError) {
    for rule in scheme.rules {
      guard let line = rule.line else { continue }
      for name in rule.laws.flatMap({ $0.names.sorted() })
      where scheme.parameters[name] == nil && model?.number(name) == nil && !WeightScheme.formulaNames.contains(name) {
        let known = scheme.parameters.keys.sorted() + WeightScheme.formulaNames
        let remedy =
          nearestName(to: name, among: known).map { "Did you mean `\($0)`?" }
          ?? "Known are \(known.joined(separator: ", ")), and the numbers of the config.json given with --config"
        throw NetworkFileError(
          path: path, line: line, "the formula of \"\(rule.pattern)\" uses '\(name)', which has no value",
          hint: "Give it under parameters: {\(name): 1}. \(remedy)")
      }
    }
  }

  private func parameters(_ node: Yams.Node) throws(NetworkFileError) -> [String: Double] {
    guard let mapping = node.mapping else {
      throw scalars.error(node, "parameters must be a mapping", hint: "Write parameters: {std: 0.02}")
    }
    var parameters: [String: Double] = [:]
    for (key, value) in mapping {
      guard let number = Double(try scalars.text(value)), number.isFinite else {
        throw scalars.error(value, "a parameter is a number", hint: "Write std: 0.02")
      }
      parameters[try scalars.text(key)] = number
    }
    return parameters
  }

  /// A mapping from patterns to laws, or a list of pairs.
  private func rules(_ node: Yams.Node) throws(NetworkFileError) -> [SchemeRule] {
    var rules: [SchemeRule] = []
    if let mapping = node.mapping {
      for (key, value) in mapping { rules.append(try rule(key, value)) }
    } else if let sequence = node.sequence {
      for item in sequence {
        if let pair = item.sequence, pair.count == 2 {
          rules.append(try rule(pair[0], pair[1]))
        } else if let mapping = item.mapping, mapping.count == 1,
          let (key, value) = mapping.first.map({ ($0.key, $0.value) })
        {
          rules.append(try rule(key, value))
        } else {
          throw scalars.error(item, "a rule is a pattern and a law", hint: "Write [\"*.weight\", \"normal(std=0.02)\"]")
        }
      }
    } else {
      throw scalars.error(
        node, "rules must be a mapping or a list of pairs", hint: "Write rules: {\"*.weight\": normal(std=0.02)}")
    }
    guard rules.count <= Self.mostRules else {
      throw scalars.error(node, "more than \(Self.mostRules) rules", hint: "Use patterns, such as *.weight")
    }
    return rules
  }

  private func rule(_ key: Yams.Node, _ value: Yams.Node) throws(NetworkFileError) -> SchemeRule {
    let pattern = try scalars.text(key)
    guard !pattern.isEmpty else {
      throw scalars.error(key, "a pattern is empty", hint: "Write a name, or a pattern such as *.weight")
    }
    if pattern.contains("@") {
      for word in pattern.split(separator: "|") where word.hasPrefix("@") {
        let name = String(word.filter { $0 != "@" && $0 != " " })
        guard SchemeRule.roleNames.contains(name) else {
          throw scalars.unknownKey(name, at: key, among: SchemeRule.roleNames, what: "role")
        }
      }
    }
    var laws: [DeclaredLaw] = []
    for item in value.sequence.map(Array.init) ?? [value] {
      do {
        laws.append(try DeclaredLaw(parsing: try scalars.text(item)))
      } catch let error as DeclaredLaw.ParsingError {
        throw scalars.error(item, error.message, hint: error.hint)
      } catch let error as NetworkFileError {
        throw error
      } catch {
        throw scalars.error(item, "\(error)")
      }
    }
    return SchemeRule(TensorPattern(pattern), laws, line: key.mark?.line)
  }

  private func texts(_ node: Yams.Node) throws(NetworkFileError) -> [String] {
    var texts: [String] = []
    for item in node.sequence.map(Array.init) ?? [node] { texts.append(try scalars.text(item)) }
    return texts
  }

  private func tied(_ node: Yams.Node) throws(NetworkFileError) -> [[String]] {
    guard let sequence = node.sequence else {
      throw scalars.error(node, "tied must be a list", hint: "Write tied: [[wte.weight, lm_head.weight]]")
    }
    // One group may be written without its own brackets.
    if sequence.allSatisfy({ $0.scalar != nil }) { return [try texts(node)] }
    var groups: [[String]] = []
    for item in sequence { groups.append(try texts(item)) }
    return groups
  }

  private func padding(_ node: Yams.Node) throws(NetworkFileError) -> [WeightScheme.PaddingRow] {
    guard let mapping = node.mapping else {
      throw scalars.error(node, "padding must be a mapping", hint: "Write padding: {wte.weight: 0}")
    }
    var rows: [WeightScheme.PaddingRow] = []
    for (key, value) in mapping {
      rows.append(
        WeightScheme.PaddingRow(
          TensorPattern(try scalars.text(key)), row: try scalars.integer(value, key: "padding", in: 0...Int(Int32.max))))
    }
    return rows
  }

  /// A mapping from patterns to layouts, or a sentence such as "Conv1D weights are (in, out)", which names and shapes tell
  /// anyway.
  private func layouts(_ node: Yams.Node) throws(NetworkFileError) -> [(pattern: TensorPattern, layout: TensorRole.Layout)] {
    guard let mapping = node.mapping else {
      let text = try scalars.text(node).lowercased()
      guard text.hasPrefix("conv1d") || text.hasPrefix("linear") else {
        throw scalars.error(
          node, "layout must be a mapping",
          hint: "Write layout: {\"*.c_proj\": conv1d}; known are linear, conv1d, transposed")
      }
      return []
    }
    var layouts: [(pattern: TensorPattern, layout: TensorRole.Layout)] = []
    for (key, value) in mapping {
      let layout: TensorRole.Layout
      switch try scalars.text(value).lowercased() {
      case "linear", "conv": layout = .outputsFirst
      case "conv1d", "kernel": layout = .inputsFirst
      case "transposed", "convtranspose": layout = .transposed
      case let other: throw scalars.unknownKey(other, at: value, among: ["linear", "conv1d", "transposed"], what: "layout")
      }
      layouts.append((TensorPattern(try scalars.text(key)), layout))
    }
    return layouts
  }
}
