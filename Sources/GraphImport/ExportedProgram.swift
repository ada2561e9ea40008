import ONNXFiles

/// The program from which PyTorch's exporter made a file: which parameters each of its lines reads.
///
/// Lines stand in the nodes' metadata: `%linear = call_function[target=torch.ops.aten.linear.default](args = (%x,
/// %p_fc_weight, %p_fc_bias), ...)`. The signature gives the state-dict name behind `p_fc_weight`.
struct ExportedProgram {
  /// State-dict names by placeholder.
  private let targets: [String: String]
  private let bufferNames: Set<String>
  /// Names of parameters in the state dict, in order; empty where the file has no signature.
  let parameters: [String]
  /// Parameters that a line of some node reads.
  let referenced: Set<String>
  private let computed: Set<String>

  init(_ model: ONNXModel) {
    let signature = model.graph.signature
    parameters = signature?.parameters ?? []
    bufferNames = Set(signature?.buffers ?? [])
    var targets: [String: String] = [:]
    for entry in signature?.inputs ?? [] where entry.kind == .parameter { targets[entry.name] = entry.target }
    if signature == nil {
      // Placeholders are made of the state dict's names.
      for tensor in model.graph.initializers where !tensor.name.hasPrefix("val_") {
        targets["p_" + tensor.name.lowercased().replacing(".", with: "_")] = tensor.name
      }
    }
    self.targets = targets
    var referenced: Set<String> = []
    for node in model.graph.nodes {
      for name in Self.placeholders(node.metadata.fxNode) { if let t = targets[name] { referenced.insert(t) } }
    }
    self.referenced = referenced
    // Results have names without modules. Most files store none.
    let stored = Set(model.graph.initializers.map(\.name).filter { !$0.contains(".") && !$0.hasPrefix("val_") })
      .subtracting(targets.values)
    computed =
      stored.isEmpty
      ? []
      : model.graph.nodes.reduce(into: []) { computed, node in
        for word in Self.arguments(node.metadata.fxNode) where word.hasPrefix("%") {
          let name = String(word.dropFirst())
          guard stored.contains(name) else { continue }
          let number = name.lastIndex(of: "_").map { name[$0...].dropFirst() } ?? ""
          let base = !number.isEmpty && number.allSatisfy(\.isNumber) ? name.dropLast(number.count + 1) : name[...]
          if !Self.reordering.contains(base.lowercased()) { computed.insert(name) }
        }
      }
  }

  /// Whether the file says which parameters its nodes read.
  var isKnown: Bool { !referenced.isEmpty }

  func isBuffer(_ name: String) -> Bool {
    bufferNames.contains(name) || ["running_mean", "running_var"].contains { name.hasSuffix($0) }
  }

  /// Whether a stored tensor is a result of the exported program that the export computed beforehand: lines name it as they
  /// name results. A matrix that was only turned around is none.
  func computes(_ name: String) -> Bool { computed.contains(name) }

  /// Operators that change the order or shape of a tensor, and not its values.
  private static let reordering = [
    "permute", "t", "transpose", "numpy_t", "view", "reshape", "clone", "contiguous", "_to_copy", "to", "detach", "alias",
    "squeeze", "unsqueeze", "flatten",
  ]

  /// State-dict names of the parameters that a node's line reads, in order.
  func parameters(of node: ONNXNode) -> [String] { Self.placeholders(node.metadata.fxNode).compactMap { targets[$0] } }

  /// The operator of a node's line, such as `linear`; empty where there is none.
  static func operation(_ node: ONNXNode) -> String {
    guard let start = node.metadata.fxNode.firstRange(of: "torch.ops.aten.")?.upperBound else { return "" }
    return String(node.metadata.fxNode[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
  }

  /// Where operators read biases and shifts.
  private static let shiftPlaces = [
    "Gemm": 2, "Conv": 2, "ConvTranspose": 2, "LayerNormalization": 2, "BatchNormalization": 2, "GroupNormalization": 2,
    "InstanceNormalization": 2,
  ]

  /// The parameter that a node reads at an input; nil where its line does not tell.
  ///
  /// - Parameters:
  ///   - node: The node.
  ///   - slot: Which input.
  ///   - name: The name of the stored tensor there.
  func parameter(_ node: ONNXNode, slot: Int, storedAs name: String) -> String? {
    let read = parameters(of: node)
    guard !read.isEmpty else { return nil }
    let isShift = { (target: String) in target.split(separator: ".").last.map { $0.contains("bias") } ?? false }
    // The line says which argument stands there, and may have another value than a parameter in its place.
    if let argument = Self.argument(node, slot: slot) {
      let words = Self.arguments(node.metadata.fxNode)
      guard argument < words.count, words[argument].hasPrefix("%") else { return nil }
      return targets[String(words[argument].dropFirst())]
    }
    // A gain of zeros and a shift of zeros may be stored as one tensor, under the name of either.
    let shiftPlace = Self.shiftPlaces[node.opType]
    let isOther =
      shiftPlace == slot && !isShift(name) && read.contains(where: isShift)
      || shiftPlace != nil && slot == 1 && isShift(name) && read.contains { !isShift($0) }
    if read.contains(name), !isOther { return name }
    // A folded convolution carries the line of its normalization, whose shift is its bias.
    if node.metadata.rewriteRule.contains("FuseBatchNorm"), slot == 1 { return nil }
    // Gains of ones and shifts of zeros that the exporter made up; the module's own come behind.
    if node.opType == "InstanceNormalization", Self.operation(node) == "group_norm" { return nil }
    // The matrix of a bilinear form has three axes, and the export multiplies with another one that it made of it.
    if node.opType == "MatMul", Self.operation(node) == "bilinear" { return nil }
    if shiftPlace == slot { return read.first(where: isShift) }
    switch (node.opType, slot) {
    case ("Gemm", 0), ("Gemm", 1), ("MatMul", _), ("Conv", 1), ("ConvTranspose", 1), ("LayerNormalization", 1),
      ("BatchNormalization", 1), ("GroupNormalization", 1), ("RMSNormalization", 1), ("PRelu", 1), ("Gather", 0):
      // A line may name the bias alone, where the weights were computed with before.
      return read.first { !isShift($0) }
    case ("Add", _): return read.count == 1 ? read[0] : read.first(where: isShift)
    case ("Mul", _): return read.count == 1 ? read[0] : read.first { !isShift($0) }
    default: return read.count == 1 ? read[0] : nil
    }
  }

  /// Which argument of the line's operator a node reads at an input; nil where the order of both need not agree.
  private static func argument(_ node: ONNXNode, slot: Int) -> Int? {
    let operation = operation(node), type = node.opType, isProduct = ["Gemm", "MatMul"].contains(type)
    switch operation {
    case "linear": return isProduct && slot > 0 ? slot : type == "Add" ? 2 : nil
    case "addmm": return isProduct && slot > 0 ? (slot == 1 ? 2 : 0) : type == "Add" ? 0 : nil
    case "matmul", "mm", "bmm": return type == "MatMul" ? slot : nil
    case "layer_norm": return type == "LayerNormalization" && slot > 0 ? slot + 1 : nil
    case "rms_norm": return type == "RMSNormalization" && slot > 0 ? slot + 1 : nil
    case "group_norm":
      return type == "GroupNormalization" && slot > 0 ? slot + 1 : type == "Mul" ? 2 : type == "Add" ? 3 : nil
    case "instance_norm": return type == "InstanceNormalization" && slot > 0 ? slot : nil
    case "embedding": return type == "Gather" && slot == 0 ? 0 : nil
    case _ where operation.hasPrefix("conv"):
      return ["Conv", "ConvTranspose"].contains(type) && slot > 0 ? slot : nil
    case _ where operation.contains("batch_norm"):
      return type == "BatchNormalization" && (1...2).contains(slot) ? slot : nil
    default: return nil
    }
  }

  /// The arguments of a line, `["%x", "%p_fc_weight", "[1, 1]"]` for `args = (%x, %p_fc_weight, [1, 1])`.
  static func arguments(_ line: String) -> [String] {
    guard let start = line.firstRange(of: "(args = (")?.upperBound else { return [] }
    var found: [String] = [], word = "", depth = 0
    for character in line[start...] {
      switch character {
      case ")" where depth == 0, "]" where depth == 0:
        return found + (word.isEmpty ? [] : [word])
      case ",": if depth == 0 { (found, word) = (found + [word], "") } else { word.append(character) }
      case " " where word.isEmpty: continue
      default:
        if "([".contains(character) { depth += 1 } else if ")]".contains(character) { depth -= 1 }
        word.append(character)
      }
    }
    return found
  }

  /// The words of a line that begin with `%p_`.
  static func placeholders(_ line: String) -> [String] {
    guard line.contains("%p_") else { return [] }
    var found: [String] = []
    for part in line.split(separator: "%").dropFirst() where part.hasPrefix("p_") {
      let name = String(part.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
      if !found.contains(name) { found.append(name) }
    }
    return found
  }
}
