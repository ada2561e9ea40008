import ONNXFiles

/// Tells a file's trainable tensors from its constants: masks, tables of positions, running moments.
///
/// The exported program's signature says it where the file has one. Else a tensor is trainable where it has the name of a
/// parameter, or an operator reads it where trainable tensors stand.
struct TrainableTensors {
  private let parameters: Set<String>
  private let buffers: Set<String>
  /// Tensors that a matrix product, a convolution, a normalization or a recurrent cell reads as weights.
  private let weights: Set<String>
  /// Parameters that a line of the exported program reads.
  private let referenced: Set<String>
  /// Tensors of more than one element that nodes read whose line in the exported program has a parameter there.
  private let named: Set<String>
  private let isLegacy: Bool

  /// Places where operators read trainable tensors.
  private static let weightPlaces: [String: [Int]] = [
    "Gemm": [0, 1, 2], "MatMul": [0, 1], "Conv": [1, 2], "ConvTranspose": [1, 2], "LSTM": [1, 2, 3], "GRU": [1, 2, 3],
    "RNN": [1, 2, 3], "LayerNormalization": [1, 2], "BatchNormalization": [1, 2], "InstanceNormalization": [1, 2],
    "GroupNormalization": [1, 2], "RMSNormalization": [1], "PRelu": [1],
  ]
  private static let bufferNames = [
    "running_mean", "running_var", "num_batches_tracked", "inv_freq", "attn.bias", "attn.masked_bias", "position_ids",
    "relative_position_index", "relative_coords_table", "attn_mask", "cos_cached", "sin_cached",
  ]

  init(_ model: ONNXModel, program: ExportedProgram, legacy: LegacyExport?) {
    isLegacy = legacy != nil
    let signature = model.graph.signature
    parameters = Set(signature?.parameters ?? [])
    referenced = program.referenced
    buffers = Set(signature?.buffers ?? [])
    var weights: Set<String> = []
    var passed: [String: String] = [:]
    var makers: [String: String] = [:], readers: [String: String] = [:]
    for node in model.graph.nodes {
      for output in node.outputs { makers[output] = node.opType }
      for input in node.inputs { readers[input] = node.opType }
    }
    for node in model.graph.nodes {
      // A weight may be transposed, reshaped or converted on its way.
      if ["Transpose", "Reshape", "Cast", "CastLike", "Identity", "Unsqueeze", "Squeeze"].contains(node.opType),
        let source = node.inputs.first, let target = node.outputs.first
      {
        passed[target] = passed[source] ?? source
      }
      if Self.isInsideGroups(node, readers: readers, makers: makers) { continue }
      for place in Self.weightPlaces[node.opType] ?? [] where place < node.inputs.count {
        weights.insert(passed[node.inputs[place]] ?? node.inputs[place])
      }
    }
    self.weights = weights.union(legacy?.vectors ?? [])
    let extents = Dictionary(model.graph.initializers.map { ($0.name, $0.count) }) { first, _ in first }
    let missing = program.parameters.filter { !program.referenced.contains($0) && extents[$0] == nil }
    var named: Set<String> = []
    for node in model.graph.nodes where ["Mul", "Add", "Sub", "Concat", "Div"].contains(node.opType) {
      for (slot, input) in node.inputs.enumerated() {
        guard let count = extents[input], count > 1 else { continue }
        if let name = program.parameter(node, slot: slot, storedAs: input), extents[name] == nil || name == input {
          named.insert(input)
        } else if !missing.isEmpty, ["embedding", "expand"].contains(where: input.hasPrefix) {
          // Rows of a table, or copies of a token, that the export computed: the rest of the table is not in the file.
          named.insert(input)
        }
      }
    }
    self.named = named
  }

  func contains(_ tensor: ONNXTensor) -> Bool {
    guard tensor.elementType.isFloat, tensor.count > 0 else { return false }
    if parameters.contains(tensor.name) || referenced.contains(tensor.name) { return true }
    if buffers.contains(tensor.name)
      || Self.bufferNames.contains(where: { tensor.name == $0 || tensor.name.hasSuffix("." + $0) })
    {
      return false
    }
    if named.contains(tensor.name) { return true }
    // A constant that only a normalization of ones and zeros reads is none of the model's.
    if weights.contains(tensor.name) { return true }
    return parameters.isEmpty && (Self.isModuleName(tensor.name) || isLegacy && Self.isOwnParameter(tensor))
  }

  /// Whether a tensor of a model without modules' names, such as `mix`, may learn. Masks and single numbers do not, and
  /// nothing that is infinite.
  private static func isOwnParameter(_ tensor: ONNXTensor) -> Bool {
    guard tensor.count > 1, LegacyExport.isStateName(tensor.name), !tensor.name.contains("mask") else { return false }
    return (try? tensor.floats().allSatisfy { $0.magnitude < .infinity }) ?? true
  }

  /// Whether a node is the instance normalization of reshaped channels that stands for a group normalization: gains of ones
  /// and shifts of zeros are made up for it, and the trainable ones come behind.
  private static func isInsideGroups(_ node: ONNXNode, readers: [String: String], makers: [String: String]) -> Bool {
    node.opType == "InstanceNormalization" && node.inputs.first.flatMap { makers[$0] } == "Reshape"
      && node.outputs.first.flatMap { readers[$0] } == "Reshape"
  }

  /// Whether a name looks like a state dictionary's: `layers.0.weight`, `cls_token`.
  static func isModuleName(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } }) else {
      return false
    }
    if parts.count == 1 {
      // Names that exporters make: val_110, onnx::MatMul_7, _to_copy_3.
      return !name.hasPrefix("val_") && !name.hasPrefix("_") && !name.contains("::")
        && ["token", "embed", "weight", "bias", "scale", "gamma", "beta", "alpha"].contains(where: name.contains)
    }
    return true
  }
}
