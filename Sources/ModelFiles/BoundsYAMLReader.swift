import DataSets
import Diagnosis
import NetworkGraph
import NumberText
import SignalPropagation
import Yams

/// Converts a parsed bounds file, with the place of each node for error messages.
struct BoundsYAMLReader {
  private let scalars: NetworkYAMLReader

  init(path: String) { scalars = NetworkYAMLReader(path: path) }

  private static let keys = [
    "version", "network", "options", "init", "input", "data", "scaling", "backward", "batch", "seeds", "seed",
    "falseAlarmRate", "verdict", "bounds", "rules",
  ]

  func file(_ root: Yams.Node) throws(NetworkFileError) -> BoundsFile {
    guard let mapping = root.mapping else {
      throw scalars.error(root, "a bounds file is a mapping", hint: "Give version: 1 and bounds: or rules:")
    }
    var file = BoundsFile(bounds: GateBounds())
    var version: Int?
    for (key, value) in mapping {
      switch try scalars.text(key) {
      case "version": version = try self.version(value)
      case "network": file.network = try network(value)
      case "options": file.options = try options(value)
      case "init": file.initializers = try initializers(value)
      case "input": file.input = try source(value)
      case "data": file.data = try data(value)
      case "scaling": file.scaling = try choice(value, key: "scaling")
      case "backward": file.backward = try choice(value, key: "backward")
      case "batch": file.batch = try scalars.integer(value, key: "batch", in: AuditConfiguration.batchRange)
      case "seeds": file.seeds = try scalars.integer(value, key: "seeds", in: AuditConfiguration.replicaRange)
      case "seed": file.seed = try seed(value)
      case "falseAlarmRate": file.bounds.falseAlarmRate = try rate(value)
      case "verdict": file.bounds.judgesVerdict = try isOn(value)
      case "bounds": file.bounds.bounds = try bounds(value)
      case "rules": file.bounds.rules = try rules(value)
      case let other: throw scalars.unknownKey(other, at: key, among: Self.keys)
      }
    }
    guard version != nil else {
      throw scalars.error(root, "the key 'version' is missing", hint: "Write version: \(GateBounds.version)")
    }
    return file
  }

  // MARK: Settings

  private func version(_ node: Yams.Node) throws(NetworkFileError) -> Int {
    let text = try scalars.text(node)
    guard text == "\(GateBounds.version)" else {
      throw scalars.error(
        node, "version '\(text)' is not known", hint: "This program reads version: \(GateBounds.version)")
    }
    return GateBounds.version
  }

  private func network(_ node: Yams.Node) throws(NetworkFileError) -> String {
    let text = try scalars.text(node)
    guard !text.isEmpty else {
      throw scalars.error(node, "network is empty", hint: "Name a file or a preset, such as network: mlp")
    }
    return text
  }

  private func options(_ node: Yams.Node) throws(NetworkFileError) -> [(name: PresetOptions.Name, value: String)] {
    guard let mapping = node.mapping else {
      throw scalars.error(node, "options must be a mapping", hint: "Write options: {depth: 10, width: 64}")
    }
    var options: [(name: PresetOptions.Name, value: String)] = []
    for (key, value) in mapping {
      let text = try scalars.text(key)
      guard let name = PresetOptions.Name(rawValue: text) else {
        throw scalars.unknownKey(text, at: key, among: PresetOptions.Name.allCases.map(\.rawValue))
      }
      let choice = try scalars.text(value)
      if name.isFlag, choice != "true", choice != "false" {
        throw scalars.error(value, "\(text) is true or false, got '\(choice)'", hint: "Write \(text): true")
      }
      options.append((name, choice))
    }
    return options
  }

  private func data(_ node: Yams.Node) throws(NetworkFileError) -> [(name: DataOption, value: String)] {
    guard let mapping = node.mapping else {
      throw scalars.error(node, "data must be a mapping", hint: "Write data: {label-column: species, leave-out: id}")
    }
    var options: [(name: DataOption, value: String)] = []
    for (key, value) in mapping {
      let text = try scalars.text(key)
      guard let name = DataOption(rawValue: text) else {
        throw scalars.unknownKey(text, at: key, among: DataOption.allCases.map(\.rawValue))
      }
      options.append((name, try scalars.text(value)))
    }
    return options
  }

  private func initializers(_ node: Yams.Node) throws(NetworkFileError) -> [Initializer] {
    var texts: [String] = []
    for item in node.sequence.map(Array.init) ?? [node] { texts.append(try scalars.text(item)) }
    do {
      return try Initializer.list(parsing: texts.joined(separator: ","))
    } catch {
      throw scalars.error(node, error.message, hint: error.hint)
    }
  }

  private func source(_ node: Yams.Node) throws(NetworkFileError) -> DataSource {
    let text = try scalars.text(node)
    do {
      return try DataSource(parsing: text)
    } catch {
      throw scalars.error(node, "input '\(text)' \(error.message)", hint: error.hint)
    }
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(_ node: Yams.Node, key: String) throws(NetworkFileError)
    -> Choice
  where Choice.RawValue == String {
    let text = try scalars.text(node)
    guard let choice = Choice(rawValue: text) else {
      throw scalars.error(
        node, "\(key) '\(text)' is not known", hint: "Known: \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  private func seed(_ node: Yams.Node) throws(NetworkFileError) -> UInt64 {
    let text = try scalars.text(node)
    guard let seed = UInt64(text) else {
      throw scalars.error(
        node, "seed must be a whole number in 0...\(UInt64.max), got '\(text)'", hint: "Write it in digits, such as seed: 7")
    }
    return seed
  }

  private func rate(_ node: Yams.Node) throws(NetworkFileError) -> Double {
    let text = try scalars.text(node)
    guard let rate = Double(text), rate > 0, rate <= 0.5 else {
      throw scalars.error(
        node, "falseAlarmRate must be a probability above 0 and up to 0.5, got '\(text)'",
        hint: "Write it as falseAlarmRate: 0.001, one false alarm in a thousand checks")
    }
    return rate
  }

  private func isOn(_ node: Yams.Node) throws(NetworkFileError) -> Bool {
    switch try scalars.text(node) {
    case "on": return true
    case "off": return false
    case let other: throw scalars.error(node, "verdict is on or off, got '\(other)'", hint: "Write verdict: off")
    }
  }

  // MARK: Bounds

  private func bounds(_ node: Yams.Node) throws(NetworkFileError) -> [GateBound] {
    guard let sequence = node.sequence else {
      throw scalars.error(
        node, "bounds must be a list", hint: "Begin each with a dash, such as - {of: activations, variance: [0.5, 2]}")
    }
    var bounds: [GateBound] = []
    for item in sequence { bounds += try self.bounds(of: item) }
    return bounds
  }

  /// Reads one entry of the list: a bound for each quantity in it.
  private func bounds(of item: Yams.Node) throws(NetworkFileError) -> [GateBound] {
    guard let mapping = item.mapping else {
      throw scalars.error(item, "a bound is a mapping", hint: "Write - {of: activations, variance: [0.5, 2]}")
    }
    var layers = GateLayers.all
    var layersNode: Yams.Node?
    var tensor: GateTensor?
    var limits: [(key: Yams.Node, quantity: GateQuantity, value: Yams.Node)] = []
    for (key, value) in mapping {
      switch try scalars.text(key) {
      case "layers":
        layers = GateLayers(try scalars.text(value))
        layersNode = value
      case "of": tensor = try self.tensor(value)
      case let other:
        guard let quantity = GateQuantity(rawValue: other) else {
          throw scalars.unknownKey(other, at: key, among: ["layers", "of"] + GateQuantity.allCases.map(\.rawValue))
        }
        limits.append((key, quantity, value))
      }
    }
    guard let tensor else {
      throw scalars.error(item, "the key 'of' is missing", hint: "Name the tensor, such as of: activations")
    }
    guard !limits.isEmpty else {
      throw scalars.error(item, "the bound names no quantity", hint: "Name a quantity, such as variance: [0.5, 2]")
    }
    var bounds: [GateBound] = []
    for (key, quantity, value) in limits {
      guard quantity.tensors.contains(tensor) else {
        throw scalars.error(
          key, "\(tensor.rawValue) have no \(quantity.rawValue)",
          hint: "\(quantity.rawValue) is of \(list(quantity.tensors))")
      }
      if quantity == .growthPerLayer, let layersNode, layers != .hidden, layers != .all {
        throw scalars.error(layersNode, "growthPerLayer is of all hidden layers together", hint: "Leave layers: out")
      }
      bounds.append(
        GateBound(
          layers: layers, of: tensor, quantity, try limit(value, quantity, tensor), line: (layersNode ?? item).mark?.line))
    }
    return bounds
  }

  private func tensor(_ node: Yams.Node) throws(NetworkFileError) -> GateTensor {
    let text = try scalars.text(node)
    guard let tensor = GateTensor(rawValue: text) else {
      throw scalars.unknownKey(text, at: node, among: GateTensor.allCases.map(\.rawValue), what: "tensor")
    }
    return tensor
  }

  private func limit(
    _ node: Yams.Node, _ quantity: GateQuantity, _ tensor: GateTensor
  ) throws(NetworkFileError) -> GateBound.Limit {
    let name = quantity.rawValue
    var low = -Double.infinity, high = Double.infinity
    if let pair = node.sequence {
      guard pair.count == 2 else { throw range(node, name) }
      low = try number(pair[0], name)
      high = try number(pair[1], name)
    } else if let mapping = node.mapping {
      guard !mapping.isEmpty else { throw range(node, name) }
      for (key, value) in mapping {
        switch try scalars.text(key) {
        case "min": low = try number(value, name)
        case "max": high = try number(value, name)
        case let other: throw scalars.unknownKey(other, at: key, among: ["min", "max"])
        }
      }
    } else {
      guard try scalars.text(node) == "auto" else { throw range(node, name) }
      guard quantity.automaticTensors.contains(tensor) else {
        let known = GateQuantity.allCases.filter { $0.automaticTensors.contains(tensor) }.map(\.rawValue)
        let remedy = known.isEmpty ? "" : ", or use auto for \(known.joined(separator: " or "))"
        throw scalars.error(
          node, "auto is not defined for the \(name) of \(tensor.rawValue): theory predicts nothing for it",
          hint: "Give [low, high]\(remedy)")
      }
      return .automatic
    }
    guard low <= high else {
      throw scalars.error(node, "\(name) has its low end above its high end", hint: "Write \(name): [low, high]")
    }
    if let domain = quantity.domain {
      let isShare = domain == 0...1
      let text =
        domain.upperBound == .infinity
        ? "never negative," : "from \(shortNumber(domain.lowerBound)) to \(shortNumber(domain.upperBound)),"
      // A share of 50 is surely meant as a percentage, and nothing would ever exceed it.
      guard high >= domain.lowerBound, low <= domain.upperBound, high <= domain.upperBound || high == .infinity else {
        throw scalars.error(
          node, "\(name) is \(text) and the bound goes beyond",
          hint: isShare ? "Write a share such as \(name): {max: 0.5}" : "Write a bound that it can keep")
      }
    }
    return .range(low: low, high: high)
  }

  private func range(_ node: Yams.Node, _ name: String) -> NetworkFileError {
    scalars.error(
      node, "\(name) takes [low, high], {min: low}, {max: high} or auto", hint: "Write it such as \(name): [0.5, 2]")
  }

  private func number(_ node: Yams.Node, _ name: String) throws(NetworkFileError) -> Double {
    let text = try scalars.text(node)
    guard let value = Double(text), value.isFinite else {
      throw scalars.error(
        node, "\(name) needs a number, got '\(text)'", hint: "Leave an end open with {min: low} or {max: high}")
    }
    return value
  }

  private func list(_ tensors: [GateTensor]) -> String { tensors.map(\.rawValue).joined(separator: ", ") }

  // MARK: Rules

  private func rules(_ node: Yams.Node) throws(NetworkFileError) -> [RuleThreshold] {
    guard let mapping = node.mapping else {
      throw scalars.error(
        node, "rules must be a mapping from names to severities", hint: "Write it such as theory-disagreement: warning")
    }
    var rules: [RuleThreshold] = []
    for (key, value) in mapping {
      let text = try scalars.text(value)
      let severity = Finding.Severity(rawValue: text)
      guard severity != nil || text == "off" else {
        let known = Finding.Severity.allCases.map(\.rawValue) + ["off"]
        throw scalars.unknownKey(text, at: value, among: known, what: "severity")
      }
      rules.append(RuleThreshold(NamePattern(try scalars.text(key)), severity, line: key.mark?.line))
    }
    return rules
  }
}
