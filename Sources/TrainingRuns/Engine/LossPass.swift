import LayerKernels
import NetworkGraph

/// The loss of a batch, and its gradient where the graph wants it.
struct LossPass {
  private let evaluate: BatchLoss

  init(loss: Loss, outputs: Int) { evaluate = BatchLoss(loss, outputs: outputs) }

  /// Fills the graph's output gradient with that of the mean loss of `indices`' samples.
  func callAsFunction(_ graph: TrainingGraph, _ table: SampleTable, _ indices: ArraySlice<Int>) -> BatchLoss.Value {
    evaluate(
      UnsafePointer(graph.output), table.answers(indices), rows: indices.count, gradient: graph.outputGradient)
  }
}

extension SampleTable {
  /// The right answers for the samples at `indices`.
  func answers(_ indices: ArraySlice<Int>) -> BatchAnswers {
    guard !targets.isEmpty else { return .classes(indices.map { labels[$0] }) }
    let width = targets.count / count
    return .quantities(indices.flatMap { targets[($0 * width)..<(($0 + 1) * width)] })
  }
}
