import Execution
import NetworkGraph
import OperatorKernels
import TensorKernels

/// A trainable tensor of a model with values for it.
public struct ModelTensor: Sendable {
  /// What the tensor is, and where it lies in the file.
  public var parameter: GraphParameter
  /// The values as the graph has them, row-major in `parameter.shape`.
  public var values: [Float]
  /// Whether the values are other than the file's.
  public var isNew: Bool

  /// Describes a tensor.
  ///
  /// - Parameters:
  ///   - parameter: What it is.
  ///   - values: Its values in the graph's order.
  ///   - isNew: Whether they are other than the file's.
  public init(parameter: GraphParameter, values: [Float], isNew: Bool) {
    (self.parameter, self.values, self.isNew) = (parameter, values, isNew)
  }
}

extension AuditConfiguration {
  /// The tensors of a model from a file under the first initializer, as the first replica of an audit has them.
  ///
  /// Weights are drawn and, where the initializer asks for it, rescaled by the inputs of that replica; biases, gains and
  /// shifts are the file's, but for those that the initializer sets.
  ///
  /// - Returns: Every trainable tensor, in the order of the file; nil for a network of our own.
  /// - Throws: `InputMismatch` for arrays that do not fit, `MemoryLimitExceeded`, `SpecificationError` for an initializer
  ///   that needs what the model does not have, and what reading the file throws.
  public func drawnTensors() throws -> [ModelTensor]? {
    guard let plan = graphPlan, let initializer = initializers.first else { return nil }
    try plan.check(graphArrays, backward)
    let assignment = try InitializerAssignment(initializer: initializer, network: plan.network)
    let limit = memoryLimit ?? SystemMemory.availableBytes / 2
    let memory = try GraphMemory(plan, draws: true, most: 1, limit: limit)
    let file = try plan.fileParameters()
    let threads = try KernelLibrary.multiplyingThreads(threads)
    let weights = GraphWeights(plan: plan, assignment: assignment, seed: seed, file: file)
    // On a worker, whose floating-point state is the audit's.
    let sets = try WorkerThreads.map(
      count: 1, workers: 1,
      makeState: { (BufferPool(limit: memory.poolBytes, slack: memory.slack), ThreadTeam(size: threads)) }
    ) { _, state in
      try weights.parameters(replica: 0, arrays: graphArrays, pool: state.0, team: state.1).set
    }
    let graph = plan.model.graph
    return graph.parameters.indices.map { place in
      let values = Array(sets[0].values(place, of: graph)), old = file.values(place, of: graph)
      let parameter = graph.parameters[place], isReplaced = parameter.source?.isReplaced ?? false
      // A draw counts even where it gives what the file has already.
      let isDrawn = parameter.isDrawn && initializer != .file
      return ModelTensor(
        parameter: parameter, values: values,
        isNew: isReplaced || isDrawn || !values.elementsEqual(old) { $0.bitPattern == $1.bitPattern })
    }
  }
}
