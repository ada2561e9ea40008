import NetworkGraph

/// What one worker keeps in memory between the forward and the backward pass, and what it computes again.
struct MemoryPlan: Sendable {
  /// Nodes run forward as one piece; pre-activations are kept for one piece at a time, others start again from the stored
  /// activation at their beginning. One piece means that everything is kept.
  var segments: [Range<Int>]
  var keepsWeights: Bool
  var workers: Int
  /// Estimated peak of all workers.
  var bytes: Int

  /// Chooses the cheapest plan that fits: everything kept; else weights drawn again; else signals recomputed from
  /// checkpoints; else both; else the same with fewer workers.
  ///
  /// - Throws: `MemoryLimitExceeded` where even one worker that recomputes everything does not fit.
  static func choose(
    _ plan: ExecutionPlan, batch: Int, jobs: Int, threads: Int, limit: Int
  ) throws(MemoryLimitExceeded) -> MemoryPlan {
    let most = max(1, min(threads, jobs))
    let single = plan.segments(cutting: [])
    let pieces = checkpointed(plan, batch: batch)
    var least = Int.max
    for workers in stride(from: most, through: 1, by: -1) {
      for (segments, keepsWeights) in [(single, true), (single, false), (pieces, true), (pieces, false)] {
        let bytes = workers * need(plan, batch: batch, segments: segments, keepsWeights: keepsWeights)
        if bytes <= limit {
          return MemoryPlan(segments: segments, keepsWeights: keepsWeights, workers: workers, bytes: bytes)
        }
        least = min(least, bytes)
      }
    }
    throw MemoryLimitExceeded(needed: least, limit: limit)
  }

  /// Bytes that one worker holds at its peak.
  static func need(_ plan: ExecutionPlan, batch: Int, segments: [Range<Int>], keepsWeights: Bool) -> Int {
    func bytes(_ nodes: some Sequence<Int>) -> Int { nodes.reduce(0) { $0 + signalBytes(plan, $1, batch: batch) } }
    let input = batch * plan.network.input.count * 4
    let largest = max(input, plan.network.nodes.indices.map { signalBytes(plan, $0, batch: batch) }.max() ?? 0)
    let weights = plan.network.nodes.map { ($0.layer.weightShape(from: $0.inputShapes)?.count ?? 0) * 4 }
    let checkpoints = bytes(segments.dropLast().map { $0.upperBound - 1 })
    let piece = segments.map { bytes($0) }.max() ?? 0
    // Beside them: the activation in flight, two gradients, one more where branches meet; a weight tensor and its gradient.
    return input + checkpoints + piece + 4 * largest + (keepsWeights ? weights.reduce(0, +) : 0) + 2 * (weights.max() ?? 0)
      + (16 << 20)
  }

  private static func signalBytes(_ plan: ExecutionPlan, _ node: Int, batch: Int) -> Int {
    batch * plan.network.nodes[node].shape.count * 4
  }

  /// About sqrt(n) pieces of about equal size: checkpoints and the piece in work then need about as much (Chen 2016).
  private static func checkpointed(_ plan: ExecutionPlan, batch: Int) -> [Range<Int>] {
    let sizes = plan.network.nodes.indices.map { signalBytes(plan, $0, batch: batch) }
    let target = Double(sizes.reduce(0, +)) / Double(plan.count).squareRoot()
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
      filled += Double(sizes[node])
    }
    return plan.segments(cutting: chosen)
  }
}

/// An audit that does not fit the memory it may use.
public struct MemoryLimitExceeded: Error, Sendable, CustomStringConvertible {
  public var needed: Int
  public var limit: Int
  public var description: String {
    "this audit needs about \(needed >> 20) MiB and may use \(limit >> 20) MiB. Raise --memory, or lower --batch or --width"
  }
}
