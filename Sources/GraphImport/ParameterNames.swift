import NetworkGraph
import ONNXFiles

/// Gives trainable tensors their names in the model's state dictionary, and their roles and fans.
enum ParameterNames {
  /// Completes what is known of a graph's parameters.
  ///
  /// - Parameters:
  ///   - points: The layers that read them.
  ///   - index: Who reads what.
  ///   - file: The file, whose exporter may have turned matrices around.
  ///   - program: What the file says of its nodes' parameters.
  ///   - graph: The graph whose parameters are completed.
  static func apply(
    _ points: MeasuringPoints, index: GraphIndex, file: ONNXModel, program: ExportedProgram, to graph: inout Graph
  ) {
    let isLegacy = LegacyExport.isOne(file)
    let values = Dictionary(
      index.graph.values.enumerated().compactMap { place, value -> (Int, ValueID)? in
        if case .parameter(let parameter) = value.source { (parameter, ValueID(place)) } else { nil }
      }
    ) { first, _ in first }
    var taken = Set(graph.parameters.map(\.name))
    for place in graph.parameters.indices {
      let use = points.uses[place]
      switch use {
      case .weight(let shape, let isTransposed, let isShaped)?:
        guard shape.count == graph.parameters[place].shape.count else { break }
        graph.parameters[place].isShaped = isShaped
        graph.parameters[place].role = .weight
        graph.parameters[place].weightShape = shape
        graph.parameters[place].isTransposed = isTransposed
        if isTransposed, file.producerName == "pytorch", let value = values[place],
          isTurned(graph.parameters[place], value, in: index, program: program, isLegacy: isLegacy)
        {
          graph.parameters[place].source?.order = .transposed
        }
      case .bias(let fan)?:
        graph.parameters[place].role = .bias
        graph.parameters[place].weightShape = fan
      case .length(let parameter, let axis)?:
        graph.parameters[place].role = .gain
        graph.parameters[place].lengths = LengthSource(parameter: parameter, axis: axis)
      case .gain?, .shift?:
        let shape = graph.parameters[place].shape
        graph.parameters[place].role = use?.isGain ?? false ? .gain : .shift
        // A group normalization that is put together of other operators has its vectors with axes of one element behind. A
        // tensor that the file has under its own name has the model's own axes.
        if shape.rank > 1, shape.extents.contains(shape.count),
          !(graph.parameters[place].source.map { program.parameters.contains($0.tensor) } ?? false)
        {
          graph.parameters[place].source?.extents = [shape.count]
        }
      case nil:
        let parameter = graph.parameters[place]
        let role = values[place].flatMap { elementRole($0, named: parameter.name, in: index) }
        graph.parameters[place].role = role ?? (parameter.shape.rank > 1 ? .weight : .gain)
        // PReLU's slopes have axes of one element behind them, which the model's own do not have.
        if role == .gain, parameter.shape.rank > 1, let value = values[place], isSlope(value, in: index) {
          graph.parameters[place].source?.extents = [parameter.shape.count]
        }
      }
      // An exporter's own name says nothing; the module that reads the tensor does.
      let name = graph.parameters[place].name
      guard !isLegacy, !(graph.parameters[place].source?.isUnnamed ?? false), !program.computes(name),
        !isOfBilinearForm(values[place], in: index)
      else { continue }
      guard !TrainableTensors.isModuleName(name), let owner = points.owners[place], !owner.path.isEmpty, let use else {
        continue
      }
      let better = owner.path + "." + use.name
      if taken.insert(better).inserted { graph.parameters[place].name = better }
    }
    // Rows of a table that an export took out have no name of their own in the state dictionary.
    let known = Set(program.parameters)
    if !known.isEmpty {
      for place in graph.parameters.indices where !known.contains(graph.parameters[place].name) {
        graph.parameters[place].source?.isComputed = true
      }
    }
  }

  /// What a tensor is to the first operator that computes with its elements one by one; nil where a product or convolution
  /// sums over them, or where that does not tell.
  private static func elementRole(
    _ value: ValueID, named name: String, in index: GraphIndex
  ) -> ParameterTensor.Role? {
    var value = value
    for _ in 0..<64 {
      // A node may ask for the tensor's type alone.
      let reading = index.consumers[value.index].first {
        index.kind($0) != "Shape" && (index.kind($0) != "CastLike" || index.graph.nodes[$0].inputs.first == value)
      }
      guard let node = reading else { return nil }
      let inputs = index.graph.nodes[node].inputs
      switch index.kind(node) {
      case "Mul", "Div", "PRelu": return .gain
      case "Add", "Sub": return name.hasSuffix("bias") ? .bias : .shift
      case "Gemm", "Conv", "ConvTranspose": return inputs.count > 2 && inputs[2] == value ? .bias : nil
      // A class token or learned query that goes the way of the data.
      case "Concat", "LayerNormalization": return .shift
      case let kind where GraphIndex.passing.contains(kind) || GraphIndex.cutting.contains(kind) || single.contains(kind):
        guard inputs.first == value, let next = index.graph.nodes[node].outputs.first ?? nil else { return nil }
        value = next
      default: return nil
      }
    }
    return nil
  }

  /// Functions of single elements, by which models keep factors positive or bounded.
  private static let single: Set<String> = [
    "Abs", "Clip", "Exp", "Log", "Neg", "Reciprocal", "Relu", "Sigmoid", "Softplus", "Sqrt", "Tanh",
  ]

  private static func isSlope(_ value: ValueID, in index: GraphIndex) -> Bool {
    index.consumers[value.index].contains { index.kind($0) == "PRelu" }
  }

  /// Whether a matrix is made of the three axes of a bilinear form's weights.
  private static func isOfBilinearForm(_ value: ValueID?, in index: GraphIndex) -> Bool {
    value.map { index.consumers[$0.index].contains { ExportedProgram.operation(index.origins[$0]) == "bilinear" } } ?? false
  }

  /// Whether an export stores a matrix as inputs x outputs that the model has as outputs x inputs.
  ///
  /// `torch.nn.Linear` has it so, and an optimized export computes its transpose beforehand. A product that the model itself
  /// writes as x W, such as GPT-2's, reads the matrix as it is.
  private static func isTurned(
    _ parameter: GraphParameter, _ value: ValueID, in index: GraphIndex, program: ExportedProgram, isLegacy: Bool
  ) -> Bool {
    guard parameter.shape.rank == 2, let node = index.consumers[value.index].first else { return false }
    let origin = index.origins[node], operation = ExportedProgram.operation(origin)
    guard ["MatMul", "Gemm"].contains(origin.opType) else { return false }
    if operation.isEmpty {
      // The old exporter keeps the model's own names and order. What it turns around has a name such as onnx::MatMul_7.
      return parameter.source.map { source in
        isLegacy ? !LegacyExport.isStateName(source.tensor) : !TrainableTensors.isModuleName(source.tensor)
      } ?? false
    }
    // Other products name the matrix itself where they read it as it is.
    return operation == "linear" || !program.parameters(of: origin).contains(parameter.name)
  }
}

extension TensorUse {
  fileprivate var isGain: Bool { if case .gain = self { true } else { false } }

  /// The name that PyTorch's modules give the tensor.
  var name: String {
    switch self {
    case .weight, .gain, .length: "weight"
    case .bias, .shift: "bias"
    }
  }
}
