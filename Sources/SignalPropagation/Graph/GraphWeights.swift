import Execution
import NetworkGraph
import TensorKernels

/// The parameters of a graph for one run: as the file has them, or with its weights drawn anew.
package struct GraphWeights {
  let plan: GraphPlan
  let assignment: InitializerAssignment
  let seed: UInt64
  let file: ParameterSet

  /// Prepares the parameters of one run.
  package init(plan: GraphPlan, assignment: InitializerAssignment, seed: UInt64, file: ParameterSet) {
    self.plan = plan
    self.assignment = assignment
    self.seed = seed
    self.file = file
  }

  /// Whether every tensor is as the file has it.
  var isFile: Bool { assignment.initializer.entry.name == Initializer.file.entry.name }

  /// The parameters of a replica. Those of the file are shared.
  package func parameters(replica: Int) throws -> ParameterSet {
    if isFile { return file }
    let graph = plan.model.graph, set = try ParameterSet(graph)
    for (place, parameter) in graph.parameters.enumerated() {
      let target = set.values(place, of: graph), tensor = GraphParameterDescription.tensor(parameter)
      guard parameter.role == .weight, parameter.weightShape != nil, let start = target.baseAddress else {
        _ = target.update(from: file.values(place, of: graph))
        continue
      }
      // The tensor's own name keys the stream, so that the draw does not depend on how the graph was exported.
      let law = assignment.law(for: tensor, of: parameter.name)
      WeightSampler.draw(tensor, of: parameter.name, law: law, seed: seed, replica: replica, into: start)
      if parameter.isTransposed { Self.transpose(target, rows: tensor.shape.rows, columns: tensor.shape.columns) }
    }
    return set
  }

  /// Turns rows x columns into columns x rows, in place.
  static func transpose(_ values: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int) {
    let copy = Array(values)
    for row in 0..<rows { for column in 0..<columns { values[column * rows + row] = copy[row * columns + column] } }
  }
}
