import NetworkGraph
import ONNXFiles

/// Gives trainable tensors their names in the model's state dictionary, and their roles and fans.
enum ParameterNames {
  static func apply(_ points: MeasuringPoints, index: GraphIndex, to graph: inout Graph) {
    var taken = Set(graph.parameters.map(\.name))
    for place in graph.parameters.indices {
      let use = points.uses[place]
      switch use {
      case .weight(let shape, let isTransposed)?:
        guard shape.count == graph.parameters[place].shape.count else { break }
        graph.parameters[place].role = .weight
        graph.parameters[place].weightShape = shape
        graph.parameters[place].isTransposed = isTransposed
      case .bias(let fan)?:
        graph.parameters[place].role = .bias
        graph.parameters[place].weightShape = fan
      case .gain?: graph.parameters[place].role = .gain
      case .shift?: graph.parameters[place].role = .shift
      case nil: graph.parameters[place].role = graph.parameters[place].shape.rank > 1 ? .weight : .gain
      }
      // An exporter's own name says nothing; the module that reads the tensor does.
      let name = graph.parameters[place].name
      guard !TrainableTensors.isModuleName(name), let owner = points.owners[place], !owner.path.isEmpty, let use else {
        continue
      }
      let better = owner.path + "." + use.name
      if taken.insert(better).inserted { graph.parameters[place].name = better }
    }
  }
}

extension TensorUse {
  /// The name that PyTorch's modules give the tensor.
  var name: String {
    switch self {
    case .weight, .gain: "weight"
    case .bias, .shift: "bias"
    }
  }
}
