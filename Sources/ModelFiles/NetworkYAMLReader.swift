import NetworkGraph
import Spelling
import Yams

/// Converts a parsed network file, with the place of each node for error messages.
struct NetworkYAMLReader {
  let path: String
  private var assembly = NetworkAssembly()
  /// Where each node is written, by name.
  private var marks: [String: Mark] = [:]
  /// The line on which each node's entry begins, from 1, by its name.
  private(set) var lines: [String: Int] = [:]
  /// Whether the layers being read stand in a block that is repeated, so that a name would be used twice.
  private var isRepeating = false

  init(path: String) { self.path = path }

  /// Keys that every layer takes beside its own fields.
  private static let placementKeys = ["name", "inputs", "repeat"]

  mutating func network(_ root: Yams.Node) throws(NetworkFileError) -> Network {
    guard let mapping = root.mapping else {
      throw error(root, "a network file is a mapping", hint: "Give input: and layers:")
    }
    var name = "network"
    var input: Shape?
    var layers: Yams.Node?
    for (key, value) in mapping {
      switch try text(key) {
      case "name":
        name = try text(value)
        guard !name.isEmpty else {
          throw error(value, "the network's name is empty", hint: "Give it one, or leave name: out")
        }
      case "input": input = try shape(value)
      case "layers": layers = value
      case let other: throw unknownKey(other, at: key, among: ["name", "input", "layers"])
      }
    }
    guard let input else { throw error(root, "the key input is missing", hint: "Give the input's size, such as input: 784") }
    guard let layers else {
      throw error(root, "the key layers is missing", hint: "Give a list of layers, such as - dense: 10")
    }
    try append(layers, nesting: 0)
    do {
      return try Network(name: name, input: input, placements: assembly.placements)
    } catch {
      let mark = error.node.flatMap { marks[$0] }
      throw NetworkFileError(
        path: path, line: mark?.line, column: mark?.column, prefix(error.node) + error.message, hint: error.hint)
    }
  }

  private func prefix(_ node: String?) -> String { node.map { "layer '\($0)': " } ?? "" }

  private mutating func append(_ list: Yams.Node, nesting: Int) throws(NetworkFileError) {
    guard let sequence = list.sequence else {
      throw error(list, "layers must be a list", hint: "Begin each layer with a dash, such as - dense: 10")
    }
    guard !sequence.isEmpty else {
      throw error(list, "the list of layers is empty", hint: "Add a layer, such as - dense: 10")
    }
    for item in sequence { try appendLayer(item, nesting: nesting) }
  }

  private mutating func appendLayer(_ item: Yams.Node, nesting: Int) throws(NetworkFileError) {
    if item.scalar != nil {
      // `- flatten`, where every field has a default.
      let kind = try text(item)
      if kind == "residual" { throw needsLayers(item) }
      guard let entry = LayerCatalogue.entry(kind) else { throw unknownKind(kind, at: item) }
      let layer = try make(entry, LayerFields(), at: item)
      guard assembly.placements.count < Network.largestNodeCount else { throw tooMany(item) }
      note(assembly.place(layer), at: item)
      return
    }
    guard let mapping = item.mapping, mapping.count == 1, let (key, value) = mapping.first.map({ ($0.key, $0.value) }) else {
      throw error(
        item, "a layer is one key, its kind, with its fields", hint: "Write - dense: {units: 256, activation: relu}")
    }
    let kind = try text(key)
    if kind == "residual" {
      try appendResidual(value, at: item, nesting: nesting)
      return
    }
    guard let entry = LayerCatalogue.entry(kind) else { throw unknownKind(kind, at: key) }
    try appendEntry(entry, value, at: item)
  }

  /// The error for a layer that no entry of the catalogue is: an activation of its own line, as PyTorch writes them, or a
  /// name that is not known.
  private func unknownKind(_ kind: String, at node: Yams.Node) -> NetworkFileError {
    let kinds = LayerCatalogue.entries.map(\.kind) + ["residual"]
    let plain = kind.lowercased().filter { $0 != "_" }
    if let (name, instead) = Self.missingKinds[plain] {
      return error(
        node, "there is no layer kind '\(kind)': \(name) is not available",
        hint: "\(instead). Known: \(kinds.joined(separator: ", "))")
    }
    if let known = Self.foreignKinds[plain] {
      return error(
        node, "unknown layer kind '\(kind)'", hint: "It is called '\(known)' here. Known: \(kinds.joined(separator: ", "))")
    }
    // `LeakyReLU` is `leaky_relu` here.
    let own = ActivationCatalogue.entries.map(\.name).first { $0.filter { $0 != "_" } == plain }
    if let activation = (try? Activation(parsing: kind)) ?? own.flatMap({ try? Activation(parsing: $0) }) {
      return error(
        node, "unknown layer kind '\(kind)': an activation belongs to a layer",
        hint: "Write it there, such as - dense: {units: 256, activation: \(own ?? activation.description)}")
    }
    return unknownKey(kind, at: node, among: kinds, what: "layer kind")
  }

  /// What libraries call layers that have another name here, in lower case.
  private static let foreignKinds = [
    "linear": "dense", "fullyconnected": "dense", "fc": "dense", "conv": "conv2d", "convolution2d": "conv2d",
    "convolution1d": "conv1d", "maxpool2d": "max_pool", "maxpooling2d": "max_pool", "maxpooling1d": "max_pool",
    "avgpool2d": "average_pool", "averagepooling2d": "average_pool", "globalaveragepooling2d": "global_average_pool",
    "batchnorm2d": "batch_norm", "batchnorm1d": "batch_norm", "batchnormalization": "batch_norm",
    "layernormalization": "layer_norm", "rnn": "simple_rnn", "multiheadattention": "self_attention",
    "attention": "self_attention",
    "skip": "residual", "shortcut": "residual", "concat": "concatenate",
  ]

  /// Layers that are well known and that this version does not have, by their names without underscores.
  private static let missingKinds: [String: (name: String, instead: String)] = {
    let norms = "There are batch_norm, over the batch, and layer_norm, over the features of each sample"
    let convolutions = "There are conv1d and conv2d"
    var kinds: [String: (String, String)] = [:]
    for name in ["groupnorm", "groupnormalization"] { kinds[name] = ("group normalization", norms) }
    for name in ["instancenorm", "instancenorm1d", "instancenorm2d"] { kinds[name] = ("instance normalization", norms) }
    for name in ["rmsnorm", "rmsnormalization"] { kinds[name] = ("RMS normalization", norms) }
    for name in ["weightnorm", "spectralnorm"] { kinds[name] = ("a normalization of weights", norms) }
    for name in ["convtranspose2d", "convtranspose1d", "conv2dtranspose", "deconv"] {
      kinds[name] = ("a transposed convolution", convolutions)
    }
    for name in ["conv3d", "convolution3d"] { kinds[name] = ("a convolution over three axes", convolutions) }
    for name in ["bidirectional", "bilstm", "bigru"] {
      kinds[name] = ("a bidirectional layer", "There are simple_rnn, lstm and gru in one direction")
    }
    return kinds.filter { name, _ in !LayerCatalogue.entries.contains { $0.kind.filter { $0 != "_" } == name } }
  }()

  private mutating func appendEntry(_ entry: LayerEntry, _ value: Yams.Node, at item: Yams.Node) throws(NetworkFileError) {
    var fields = LayerFields()
    var name: String?
    var inputs: [String]?
    var count = 1
    if let mapping = value.mapping {
      for (key, field) in mapping {
        switch try text(key) {
        case "name": name = try text(field)
        case "inputs": inputs = try names(field)
        case "repeat": count = try integer(field, key: "repeat", in: 1...Network.largestNodeCount)
        case let other:
          guard entry.fields.contains(where: { $0.name == other }) else {
            throw unknownField(other, at: key, of: entry, among: mapping)
          }
          fields.values[other] = try entry.lists.contains(other) ? list(field) : text(field)
        }
      }
    } else if value.scalar?.string.isEmpty == true {
      // `- add:` has nothing after its colon: every field takes its default.
    } else if let shorthand = entry.shorthand {
      fields.values[shorthand] = try text(value)
    } else {
      let joins = (try? entry.make(LayerFields()))?.traits.contains(.joins) ?? false
      let example = joins ? "inputs: [a, b]" : "\(entry.fields.first?.name ?? "name"): ..."
      throw error(value, "a layer of kind \(entry.kind) takes fields", hint: "Write - \(entry.kind): {\(example)}")
    }
    let layer = try make(entry, fields, at: value)
    guard assembly.placements.count + count <= Network.largestNodeCount else { throw tooMany(value) }
    guard count == 1 || (name == nil && inputs == nil) else {
      throw error(value, "a repeated layer has no name or inputs of its own", hint: "Write the named layer apart")
    }
    guard !isRepeating || (name == nil && inputs == nil) else {
      throw error(
        value, "a layer of a repeated residual block has no name or inputs of its own",
        hint: "Write the block that has it apart")
    }
    for _ in 0..<count {
      let placed = assembly.place(layer, name: name, inputs: inputs)
      note(placed, at: item)
    }
  }

  private mutating func note(_ name: String, at item: Yams.Node) {
    marks[name] = mark(item)
    lines[name] = mark(item)?.line
  }

  private func make(_ entry: LayerEntry, _ fields: LayerFields, at node: Yams.Node) throws(NetworkFileError) -> any Layer {
    do {
      return try entry.make(fields)
    } catch {
      throw self.error(node, error.message, hint: error.hint)
    }
  }

  private mutating func appendResidual(_ value: Yams.Node, at item: Yams.Node, nesting: Int) throws(NetworkFileError) {
    guard nesting < NetworkYAML.deepestNesting else {
      throw error(
        value, "residual blocks nest at most \(NetworkYAML.deepestNesting) deep", hint: YAMLGuard.tooDeepRemedy)
    }
    guard value.scalar?.string.isEmpty != true else { throw needsLayers(value) }
    var layers = value
    var sum: any Layer = Add()
    var name: String?
    var count = 1
    if let mapping = value.mapping, let entry = LayerCatalogue.entry(Add.kind) {
      // The sum's own fields, written beside the branch.
      var branch: Yams.Node?
      var fields = LayerFields()
      for (key, field) in mapping {
        switch try text(key) {
        case "layers": branch = field
        case "name": name = try text(field)
        case "repeat": count = try integer(field, key: "repeat", in: 1...Network.largestNodeCount)
        case let other:
          guard entry.fields.contains(where: { $0.name == other }) else {
            throw unknownKey(other, at: key, among: ["layers"] + entry.fields.map(\.name) + ["name", "repeat"])
          }
          fields.values[other] = try text(field)
        }
      }
      guard let branch else { throw needsLayers(value) }
      guard name == nil || count == 1 else {
        throw error(
          value, "a residual block that repeats cannot have a name: its \(count) sums would share it",
          hint: "Leave name: out, or write the block that has a name apart")
      }
      guard name == nil || !isRepeating else {
        throw error(
          value, "a block within a repeated residual block has no name of its own",
          hint: "Leave name: out, or write the block that has a name apart")
      }
      layers = branch
      sum = try make(entry, fields, at: value)
    }
    let wasRepeating = isRepeating
    isRepeating = isRepeating || count > 1
    for _ in 0..<count {
      let skip = assembly.current
      try append(layers, nesting: nesting + 1)
      guard assembly.placements.count < Network.largestNodeCount else { throw tooMany(value) }
      let placed = assembly.place(sum, name: name, inputs: [skip, assembly.current])
      marks[placed] = mark(value)
      lines[placed] = mark(item)?.line
    }
    isRepeating = wasRepeating
  }

  private func needsLayers(_ node: Yams.Node) -> NetworkFileError {
    error(node, "a residual block needs layers", hint: "Write - residual: {repeat: 4, layers: [dense: 256, dense: 256]}")
  }

  private func tooMany(_ node: Yams.Node) -> NetworkFileError {
    error(node, "a network has at most \(Network.largestNodeCount) layers", hint: "Repeat fewer of them")
  }

  // MARK: Scalars

  /// The most characters of one value, since messages repeat what was written.
  private static let longestValue = 1_000

  func text(_ node: Yams.Node) throws(NetworkFileError) -> String {
    guard let scalar = node.scalar else {
      throw error(node, "a single value is expected here", hint: "Lists and mappings have no place in it")
    }
    let text = scalar.string
    guard text.utf8.count <= Self.longestValue else {
      throw error(node, "a value of \(text.utf8.count) bytes is too long", hint: "At most \(Self.longestValue) are allowed")
    }
    // Characters that would control a terminal.
    if let control = text.unicodeScalars.first(where: { $0.properties.generalCategory == .control }) {
      let code = String(control.value, radix: 16, uppercase: true)
      throw error(node, "a value holds the control character U+\(code)", hint: "Remove it")
    }
    return text
  }

  /// Reads a single value, or a list of them such as `[3, 5]`.
  private func list(_ node: Yams.Node) throws(NetworkFileError) -> String {
    guard node.sequence != nil else { return try text(node) }
    return "[" + (try names(node)).joined(separator: ", ") + "]"
  }

  private func names(_ node: Yams.Node) throws(NetworkFileError) -> [String] {
    guard let sequence = node.sequence else { return [try text(node)] }
    var names: [String] = []
    for item in sequence { names.append(try text(item)) }
    return names
  }

  func integer(_ node: Yams.Node, key: String, in range: ClosedRange<Int>) throws(NetworkFileError) -> Int {
    let text = try text(node)
    guard let value = Int(text), range.contains(value) else {
      throw error(
        node, "\(key) must be a whole number in \(range.lowerBound)...\(range.upperBound), got '\(text)'",
        hint: "Write it in digits, such as \(key): 20")
    }
    return value
  }

  private func shape(_ node: Yams.Node) throws(NetworkFileError) -> Shape {
    var dimensions: [Int] = []
    for item in node.sequence.map(Array.init) ?? [node] {
      dimensions.append(try integer(item, key: "input", in: 1...Shape.largestExtent))
    }
    do {
      return try Shape(dimensions: dimensions)
    } catch {
      throw self.error(node, error.message, hint: error.hint)
    }
  }

  // MARK: Errors

  private func mark(_ node: Yams.Node) -> Mark? { node.mark }

  func error(_ node: Yams.Node, _ message: String, hint: String? = nil) -> NetworkFileError {
    NetworkFileError(path: path, line: mark(node)?.line, column: mark(node)?.column, message, hint: hint)
  }

  /// The error for a field that a layer does not have. Where a comma split a specification, it says so.
  private func unknownField(
    _ field: String, at key: Yams.Node, of entry: LayerEntry, among mapping: Yams.Node.Mapping
  ) -> NetworkFileError {
    let open = mapping.first { name, value in
      guard let text = value.scalar?.string, let mark = name.mark, let place = key.mark else { return false }
      return mark < place && text.contains("(") && !text.contains(")")
    }
    guard let name = open?.key.scalar?.string, let beginning = open?.value.scalar?.string else {
      return unknownKey(field, at: key, among: entry.fields.map(\.name) + Self.placementKeys)
    }
    return error(
      key, "unknown key '\(field)', split from the value of \(name) by a comma",
      hint: "Put the specification in quotes: \(name): \"\(beginning),...)\"")
  }

  func unknownKey(
    _ key: String, at node: Yams.Node, among known: [String], what: String = "key"
  ) -> NetworkFileError {
    let nearest = nearestName(to: key, among: known).map { "Did you mean '\($0)'? " } ?? ""
    return error(node, "unknown \(what) '\(key)'", hint: "\(nearest)Known: \(known.joined(separator: ", "))")
  }
}

extension Mark {
  fileprivate static func < (left: Mark, right: Mark) -> Bool { (left.line, left.column) < (right.line, right.column) }
}
