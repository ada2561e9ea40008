import LayerKernels
import NetworkGraph
import TensorKernels

/// Decides what one worker keeps in memory between the forward and the backward pass, and what it computes again.
package struct MemoryPlan: Sendable {
  /// Ranges of nodes that run forward as one piece. Pre-activations are kept for one piece at a time; other pieces restart
  /// from the stored activation at their beginning. With one piece everything is kept.
  package var segments: [Range<Int>]
  package var keepsWeights: Bool
  package var workers: Int
  /// Bytes of each worker's buffers, idle ones included.
  package var bufferBytes: Int

  /// Chooses the cheapest plan that fits into memory. `occupied` are the bytes that are used with any plan.
  ///
  /// - Throws: `MemoryLimitExceeded` where even one worker that recomputes everything does not fit.
  package static func choose(
    _ plan: ExecutionPlan, batch: Int, jobs: Int, threads: Int, occupied: Int, limit: Int
  ) throws(MemoryLimitExceeded) -> MemoryPlan {
    let most = max(1, min(threads, jobs))
    let single = plan.segments(cutting: [])
    let arrays = KernelArrays(plan, batch: batch)
    let pieces = checkpointed(plan, batch: batch, arrays)
    let choices = [(single, true), (single, false), (pieces, true), (pieces, false)].map { segments, keepsWeights in
      (segments, keepsWeights, need(plan, batch: batch, segments: segments, keepsWeights: keepsWeights, arrays))
    }
    let free = limit - occupied - libraryBytes
    for workers in stride(from: most, through: 1, by: -1) {
      for (segments, keepsWeights, need) in choices where need.buffers + need.beside <= free / workers {
        return MemoryPlan(
          segments: segments, keepsWeights: keepsWeights, workers: workers, bufferBytes: free / workers - need.beside)
      }
    }
    let least = choices.map { $0.2.buffers + $0.2.beside }.min() ?? 0
    throw MemoryLimitExceeded(needed: least + occupied + libraryBytes + startBytes, limit: limit)
  }

  /// Code that the matrix libraries load and compile with their first products.
  package static let libraryBytes = 12 << 20
  /// By how much the same program differs from one start to the next in what it occupies before an audit.
  package static let startBytes = 2 << 20
  /// A worker's packed matrices in those libraries, its stack and the allocator's slack.
  package static let workerBytes = 12 << 20

  /// What one worker's kernels need: bytes in Double, which no network overflows.
  package struct KernelArrays {
    /// For each node, what its pass forward leaves for the pass backward.
    var kept: [Double]
    /// What one pass of a kernel needs, at most.
    var workspace = 0.0
    /// What kernels hold all the time: parameters with their gradients.
    var held = 0.0

    package init(_ plan: ExecutionPlan, batch: Int) {
      kept = Array(repeating: 0, count: plan.count)
      for (index, node) in plan.network.nodes.enumerated() where plan.usesKernel[index] {
        let bytes = KernelCatalogue.arrayBytes(node, batch: batch)
        kept[index] = bytes.kept
        workspace = max(workspace, bytes.workspace)
        held += 8 * Double(node.parameterCount)
      }
    }
  }

  /// Bytes that one worker needs at its peak, in buffers and beside them; at most 2^61 each.
  package static func need(
    _ plan: ExecutionPlan, batch: Int, segments: [Range<Int>], keepsWeights: Bool, _ arrays: KernelArrays
  ) -> (buffers: Int, beside: Int) {
    // Computed in Double, which no network overflows.
    let signals = plan.network.nodes.indices.map { signalBytes(plan, $0, batch: batch) }
    let input = Double(batch) * Double(plan.network.input.count) * 4
    let largest = max(input, signals.max() ?? 0)
    let checkpoints = segments.dropLast().reduce(0) { $0 + signals[$1.upperBound - 1] }
    let piece = segments.map { $0.reduce(0) { $0 + signals[$1] + arrays.kept[$1] } }.max() ?? 0
    let shapes = plan.network.nodes.compactMap { $0.layer.weightShape(from: $0.inputShapes) }
    let weights = shapes.map { Double($0.count) * 4 + Double($0.rows) * 8 }
    // Other weight tensors of a layer are copied to be measured, and so are a recurrent layer's gates.
    let copied =
      plan.network.nodes.indices.filter { plan.usesKernel[$0] }.map { index in
        copiedBytes(plan.network.nodes[index], batch: batch)
      }.max() ?? 0
    let gates =
      plan.network.nodes.filter { !$0.layer.gates.isEmpty }.compactMap { node in
        node.parameters.first.map { $0.shape.rows * (node.inputShapes.first?.dimensions.first ?? 1) }
      }.max() ?? 0
    let widest = max(plan.network.input.count, gates, shapes.map { max($0.rows, $0.columns) }.max() ?? 0)
    // A weight tensor with its gradient, or with the factor from which it is drawn.
    let drawn = 2 * (weights.max() ?? 0)
    // The activation or its copy that is being processed, and a scaled summand where branches meet.
    let working = input + 2 * largest + waiting(plan, signals: signals)
    // Per unit: the power sums of three probes, and the moments that two of them form. Of images all positions are summed
    // one by one, and moments formed by channel.
    let features = plan.network.nodes.map(\.shape.count).max() ?? 0
    let statistics = max(320 * Double(widest), 140 * Double(features))
    // Copies of one kernel's signals in another scale.
    let rescaled =
      plan.network.nodes.indices.filter { plan.usesKernel[$0] }.map { plan.network.nodes[$0] }.map { node in
        8 * Double(batch) * node.inputShapes.reduce(Double(node.shape.count)) { $0 + Double($1.count) }
      }.max() ?? 0
    let buffers =
      rescaled + arrays.workspace + checkpoints + piece + working + copied + (keepsWeights ? weights.reduce(0, +) : 0)
      + drawn
      + (shapes.map(WeightProbe.scratchBytes).max() ?? 0)
    return (Int(min(buffers, 0x1p61)), workerBytes + Int(min(statistics + arrays.held, 0x1p61)))
  }

  /// Bytes of the largest copy that measuring a kernel's parameters and gates takes.
  private static func copiedBytes(_ node: Network.Node, batch: Int) -> Double {
    let weights = node.parameters.filter { $0.role == .weight }.dropFirst()
    let tensors = weights.map { Double($0.count) * 4 + WeightProbe.scratchBytes($0.shape) }.max() ?? 0
    guard !node.layer.gates.isEmpty, let first = node.parameters.first, let steps = node.inputShapes.first?.dimensions.first
    else { return tensors }
    return max(tensors, 4 * Double(batch) * Double(steps) * Double(first.shape.rows))
  }

  /// Bytes of the activations (or backward, of the gradients) that have to be kept at the same time for nodes that need
  /// them.
  private static func waiting(_ plan: ExecutionPlan, signals: [Double]) -> Double {
    // The nodes at which keeping starts and ends.
    var changes = [Double](repeating: 0, count: plan.count + 1)
    func wait(_ bytes: Double, _ nodes: ClosedRange<Int>) {
      changes[nodes.lowerBound] += bytes
      changes[nodes.upperBound + 1] -= bytes
    }
    for index in plan.network.nodes.indices {
      // An activation, from the node that makes it to its last use; its gradient in the other direction.
      wait(signals[index], index...max(index, plan.consumers[index].max() ?? index))
      // The gradient of a pre-activation, until the node's input is there for the weight gradient.
      if plan.hasWeights[index], let source = plan.inputs[index].min() { wait(signals[index], max(0, source)...index) }
    }
    var most = 0.0, now = 0.0
    for change in changes {
      now += change
      most = max(most, now)
    }
    return most
  }

  private static func signalBytes(_ plan: ExecutionPlan, _ node: Int, batch: Int) -> Double {
    Double(batch) * Double(plan.network.nodes[node].shape.count) * 4
  }

  /// Splits the nodes into about sqrt(n) pieces of similar size, so that checkpoints and the current piece need similar
  /// memory (Chen 2016).
  private static func checkpointed(_ plan: ExecutionPlan, batch: Int, _ arrays: KernelArrays) -> [Range<Int>] {
    let sizes = plan.network.nodes.indices.map { signalBytes(plan, $0, batch: batch) + arrays.kept[$0] }
    let target = sizes.reduce(0, +) / Double(plan.count).squareRoot()
    var chosen: [Int] = [], filled = 0.0
    var cuts = plan.cuts[...]
    for node in plan.network.nodes.indices {
      if cuts.first == node {
        cuts.removeFirst()
        if filled >= target {
          chosen.append(node)
          filled = 0
        }
      }
      filled += sizes[node]
    }
    return plan.segments(cutting: chosen)
  }
}

/// The error that an audit does not fit into the memory that it may use.
public struct MemoryLimitExceeded: Error, Sendable, CustomStringConvertible {
  public var needed: Int
  public var limit: Int
  /// What makes the audit smaller, after "Raise --memory, or".
  public var remedy = "lower --batch or --width"
  /// What needs the memory; a training's audit has no --memory.
  public var subject = "this audit"
  /// The option that raises the limit; nil where the command has none.
  public var option: String? = "--memory"
  public var description: String {
    let limits = [AddressSpace.limitText.map { "the process's limit (\($0))" }, option].compactMap(\.self)
    let raise = limits.isEmpty ? "Free memory" : "Raise \(limits.joined(separator: " and "))"
    // Rounded up: the number that it names suffices.
    return "\(subject) needs about \((needed + 0xFFFFF) >> 20) MiB and may use \(limit >> 20) MiB. \(raise), or \(remedy)"
  }
}
