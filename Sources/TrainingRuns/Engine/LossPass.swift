import LayerKernels
import NetworkGraph

/// Computes the loss of a batch, and writes its gradient into the graph.
struct LossPass {
  private let evaluate: BatchLoss

  init(loss: Loss, outputs: Int) { evaluate = BatchLoss(loss, outputs: outputs) }

  /// Computes the mean loss of the samples at `indices` and fills the graph's output gradient.
  func callAsFunction(_ graph: any ProbeTarget, _ table: SampleTable, _ indices: ArraySlice<Int>) -> BatchLoss.Value {
    evaluate(
      UnsafePointer(graph.output), table.answers(indices), rows: indices.count, gradient: graph.outputGradient)
  }
}

extension SampleTable {
  /// The correct answers for the samples at `indices`.
  func answers(_ indices: ArraySlice<Int>) -> BatchAnswers {
    guard !targets.isEmpty else { return .classes(indices.map { labels[$0] }) }
    let width = targets.count / count
    return .quantities(indices.flatMap { targets[($0 * width)..<(($0 + 1) * width)] })
  }
}
