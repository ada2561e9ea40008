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
  }

  /// Whether the file says which parameters its nodes read.
  var isKnown: Bool { !referenced.isEmpty }

  func isBuffer(_ name: String) -> Bool {
    bufferNames.contains(name) || ["running_mean", "running_var"].contains { name.hasSuffix($0) }
  }

  /// State-dict names of the parameters that a node's line reads, in order.
  func parameters(of node: ONNXNode) -> [String] { Self.placeholders(node.metadata.fxNode).compactMap { targets[$0] } }

  /// The operator of a node's line, such as `linear`; empty where there is none.
  static func operation(_ node: ONNXNode) -> String {
    guard let start = node.metadata.fxNode.firstRange(of: "torch.ops.aten.")?.upperBound else { return "" }
    return String(node.metadata.fxNode[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
  }

  /// The parameter that a node reads at an input; nil where its line does not tell.
  ///
  /// - Parameters:
  ///   - node: The node.
  ///   - slot: Which input.
  ///   - name: The name of the stored tensor there.
  func parameter(_ node: ONNXNode, slot: Int, storedAs name: String) -> String? {
    let read = parameters(of: node)
    guard !read.isEmpty else { return nil }
    if read.contains(name) { return name }
    // A folded convolution carries the line of its normalization, whose shift is its bias.
    if node.metadata.rewriteRule.contains("FuseBatchNorm"), slot == 1 { return nil }
    // Gains of ones and shifts of zeros that the exporter made up; the module's own come behind.
    if node.opType == "InstanceNormalization", Self.operation(node) == "group_norm" { return nil }
    let isShift = { (target: String) in target.split(separator: ".").last.map { $0.contains("bias") } ?? false }
    switch (node.opType, slot) {
    case ("Gemm", 2), ("Conv", 2), ("ConvTranspose", 2), ("LayerNormalization", 2), ("BatchNormalization", 2),
      ("GroupNormalization", 2), ("InstanceNormalization", 2):
      return read.first(where: isShift)
    case ("Gemm", 0), ("Gemm", 1), ("MatMul", _), ("Conv", 1), ("ConvTranspose", 1), ("LayerNormalization", 1),
      ("BatchNormalization", 1), ("GroupNormalization", 1), ("RMSNormalization", 1), ("PRelu", 1), ("Gather", 0):
      return read.first { !isShift($0) } ?? (read.count == 1 ? read[0] : nil)
    case ("Add", _): return read.count == 1 ? read[0] : read.first(where: isShift)
    case ("Mul", _): return read.count == 1 ? read[0] : read.first { !isShift($0) }
    default: return read.count == 1 ? read[0] : nil
    }
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
