import NetworkGraph
import OperatorKernels
import TensorKernels

/// Computes nodes whose inputs are all known: arithmetic on shapes, masks, tables of positions.
enum Folding {
  /// How many elements may still be folded. What is beyond is computed as the graph runs, where memory is counted.
  struct Budget {
    /// Of all large results together, 128 MiB of floats.
    private var left = 1 << 25
    /// Shapes and axes are always folded: without them no type is known.
    private static let small = 1 << 12

    mutating func takes(_ results: [ValueType]) -> Bool {
      let large = results.map(\.shape.count).filter { $0 > Self.small }
      // Each is compared by itself, so that no sum of sizes from a file can overflow.
      guard large.allSatisfy({ $0 <= left }) else { return false }
      let sum = large.reduce(0, +)
      guard sum <= left else { return false }
      left -= sum
      return true
    }
  }

  /// The results of a node; nil where they are not known before the graph runs.
  ///
  /// - Parameters:
  ///   - kernel: The node's operator.
  ///   - node: The node.
  ///   - facts: What is known of its inputs.
  ///   - results: The types of its results.
  ///   - budget: What may still be folded.
  /// - Throws: `GraphError` where the operator cannot take the values; `OutOfMemory`.
  static func fold(
    _ kernel: any OperatorKernel, node: Graph.Node, facts: [ValueFacts?], results: [ValueType],
    budget: inout Budget
  ) throws -> [TensorConstant]? {
    let isKnown =
      kernel.dependsOnTypesAlone
      || facts.enumerated().allSatisfy { place, facts in
        facts == nil || facts?.constant != nil || kernel.readsTypeAlone(ofInput: place)
      }
    guard isKnown, !kernel.traits.contains(.stochastic), budget.takes(results) else {
      return nil
    }
    let pool = BufferPool()
    let inputs = try facts.map { facts -> Tensor? in
      guard let facts, let constant = facts.constant else { return nil }
      let tensor = try Tensor(facts.type, pool: pool)
      constant.write(to: tensor.view.memory)
      return tensor
    }
    let outputs = try results.map { try Tensor($0, pool: pool) }
    let needs = kernel.requirements(inputs: facts.map { $0?.type }, outputs: results)
    let saved = try pool.take(max(1, needs.saved)), workspace = try pool.take(max(1, needs.forwardWorkspace))
    // An operator that looks at types alone gets views of memory that it does not read.
    let views = zip(facts, inputs).map { facts, tensor in
      tensor?.view ?? facts.map { TensorView($0.type, UnsafeMutableRawPointer(workspace.pointer)) }
    }
    do {
      try kernel.forward(
        ForwardCall(
          inputs: views, outputs: outputs.map(\.view), saved: saved.pointer, workspace: workspace.pointer,
          exponents: facts.map { _ in 0 }, team: SingleThread.shared))
    } catch let error as OperatorFailure {
      throw GraphError(node: node, message: error.message, hint: error.hint)
    }
    return withExtendedLifetime((inputs, saved, workspace)) { outputs.map { TensorConstant($0.view) } }
  }
}
