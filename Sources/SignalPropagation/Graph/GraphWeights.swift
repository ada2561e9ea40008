import Execution
import NetworkGraph
import OperatorKernels
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

  /// Whether weights are rescaled by the data that reach them.
  var isDataDependent: Bool {
    plan.model.graph.parameters.contains {
      guard $0.isDrawn else { return false }
      if case .dataDependent = assignment.law(for: GraphParameterDescription.tensor($0), of: $0.name) { return true }
      return false
    }
  }

  /// The parameters of a replica, rescaled by its data where the initializer asks for it.
  ///
  /// - Parameters:
  ///   - replica: Which draw.
  ///   - arrays: Given inputs; others are drawn.
  ///   - pool: Memory for a forward pass.
  ///   - team: Threads for it.
  package func parameters(
    replica: Int, arrays: GraphArrays, pool: BufferPool, team: any OperatorTeam = SingleThread.shared
  ) throws -> (set: ParameterSet, calibrations: [LayerCalibration]) {
    let set = try drawn(replica: replica)
    guard isDataDependent else { return (set, []) }
    let run = GraphRun(plan.compiled, parameters: set, pool: pool, team: team, policy: .carried)
    for input in plan.model.inputs {
      GraphInputs.fill(input, try run.input(input.value), given: arrays, seed: seed, replica: replica)
    }
    let calibration = GraphCalibration(plan, assignment, set, team: team)
    try run.forward(keeping: false, observer: calibration)
    return (set, calibration.calibrations)
  }

  /// The parameters before any calibration. Those of the file are shared.
  private func drawn(replica: Int) throws -> ParameterSet {
    if isFile { return file }
    let graph = plan.model.graph, set = try ParameterSet(graph)
    for (place, parameter) in graph.parameters.enumerated() {
      let target = set.values(place, of: graph), tensor = GraphParameterDescription.tensor(parameter)
      guard parameter.declared != nil || parameter.isDrawn, let start = target.baseAddress else {
        _ = target.update(from: file.values(place, of: graph))
        continue
      }
      // The tensor's own name keys the stream, so that the draw does not depend on how the graph was exported.
      let law = assignment.law(for: tensor, of: parameter.name)
      WeightSampler.draw(tensor, of: parameter.name, law: law, seed: seed, replica: replica, into: start)
      if parameter.isTransposed {
        let rows = Array(target)
        rows.withUnsafeBufferPointer { rows in
          if let first = rows.baseAddress { parameter.copyRows(first, into: target) }
        }
      }
    }
    for place in graph.parameters.indices { Self.updateLengths(place, of: graph, in: set) }
    return set
  }

  /// Gives a weight normalization's gain the lengths of the tensor that it belongs to, where that is drawn: the layer's
  /// weights are then what was drawn.
  static func updateLengths(_ place: Int, of graph: Graph, in set: ParameterSet) {
    guard let source = graph.parameters[place].lengths else { return }
    let shape = graph.parameters[source.parameter].shape
    let lengths = GraphParameter.lengths(of: set.values(source.parameter, of: graph), shape: shape, axis: source.axis)
    _ = set.values(place, of: graph).update(from: lengths)
  }
}
