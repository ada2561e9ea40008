import ONNXFiles

/// The tensors of LSTM, GRU and RNN nodes as their module has them.
///
/// ONNX stacks the directions and joins the two biases; PyTorch has `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
/// `bias_hh_l0` and the same with `_reverse` for each layer. The gates stand in another order, which changes no moment.
struct RecurrentWeights {
  /// A stored tensor and the parameters that it consists of.
  struct Packed {
    struct Part {
      var name: String
      var extents: [Int]
      /// Its elements in the stored tensor.
      var range: Range<Int>
    }
    var tensor: ONNXTensor
    var parts: [Part]
  }

  /// By the stored tensor's name.
  private(set) var tensors: [String: Packed] = [:]

  init() {}

  init(_ model: ONNXModel, program: ExportedProgram, isTrainable: (ONNXTensor) -> Bool) {
    let stored = Dictionary(model.graph.initializers.map { ($0.name, $0) }) { first, _ in first }
    var readers: [String: Int] = [:]
    for node in model.graph.nodes { for input in node.inputs { readers[input, default: 0] += 1 } }
    var layers: [String: Int] = [:]
    for node in model.graph.nodes where ["LSTM", "GRU", "RNN"].contains(node.opType) {
      let scope = ModuleScope(node), key = node.metadata.fxNode.isEmpty ? scope.path : node.metadata.fxNode
      let layer = layers[key, default: 0]
      layers[key] = layer + 1
      let module = program.parameters(of: node).first.map { $0.split(separator: ".").dropLast().joined(separator: ".") }
      let path = module ?? (scope.isKnown ? scope.path : node.name)
      let prefix = path.isEmpty ? "" : path + "."
      for slot in [1, 2, 3] where slot < node.inputs.count {
        guard let tensor = stored[node.inputs[slot]], isTrainable(tensor), readers[tensor.name] == 1,
          tensor.dims.count == (slot == 3 ? 2 : 3), let directions = tensor.dims.first, (1...2).contains(directions),
          tensor.dims.allSatisfy({ $0 > 0 }), tensor.count % directions == 0, slot != 3 || tensor.dims[1] % 2 == 0
        else { continue }
        tensors[tensor.name] = Packed(tensor: tensor, parts: Self.parts(tensor, slot: slot, prefix: prefix, layer: layer))
      }
    }
  }

  /// Whether a stored tensor is put together of parameters.
  func holds(_ name: String) -> Bool { tensors[name] != nil }

  private static func parts(_ tensor: ONNXTensor, slot: Int, prefix: String, layer: Int) -> [Packed.Part] {
    let directions = tensor.dims[0], each = tensor.count / directions
    return (0..<directions).flatMap { direction -> [Packed.Part] in
      let suffix = "_l\(layer)" + (direction == 1 ? "_reverse" : ""), start = direction * each
      guard slot == 3 else {
        let kind = slot == 1 ? "weight_ih" : "weight_hh"
        return [
          Packed.Part(name: prefix + kind + suffix, extents: Array(tensor.dims.dropFirst()), range: start..<(start + each))
        ]
      }
      let half = each / 2
      return [("bias_ih", 0), ("bias_hh", half)].map { kind, offset in
        Packed.Part(
          name: prefix + kind + suffix, extents: [half], range: (start + offset)..<(start + offset + half))
      }
    }
  }
}
