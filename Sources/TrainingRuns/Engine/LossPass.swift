import TensorKernels

/// The loss of a batch, and its gradient where the graph wants it.
struct LossPass {
  let loss: Loss
  let outputs: Int

  struct Value {
    /// Sum over the batch of each sample's loss.
    var sum: Double
    var correct: Int?
  }

  /// Fills the graph's output gradient with that of the mean loss of `indices`' samples.
  func callAsFunction(_ graph: TrainingGraph, _ table: SampleTable, _ indices: ArraySlice<Int>) -> Value {
    let rows = indices.count
    let output = UnsafePointer(graph.output), gradient = graph.outputGradient
    switch loss {
    case .crossEntropy:
      let labels = indices.map { table.labels[$0] }
      let result = LossKernel.softmaxCrossEntropy(
        output, labels: labels, rows: rows, classes: outputs, scale: 1 / Float(rows), gradient: gradient)
      return Value(sum: result.sum, correct: result.correct)
    case .binaryCrossEntropy:
      let targets = answers(table, indices)
      let result = LossKernel.binaryCrossEntropy(
        output, targets: targets, count: rows * outputs, scale: 1 / Float(rows * outputs), gradient: gradient)
      return Value(sum: result.sum / Double(outputs), correct: outputs == 1 ? result.correct : nil)
    case .meanSquaredError:
      let sum = LossKernel.squaredError(
        output, targets: answers(table, indices), count: rows * outputs, scale: 1 / Float(rows * outputs), gradient: gradient)
      return Value(sum: sum / Double(outputs), correct: table.labels.isEmpty ? nil : hits(output, table, indices))
    }
  }

  /// Targets as they stand, a class of 0 or 1 for one output, else one-hot vectors.
  private func answers(_ table: SampleTable, _ indices: ArraySlice<Int>) -> [Float] {
    if !table.targets.isEmpty {
      return indices.flatMap { table.targets[($0 * outputs)..<(($0 + 1) * outputs)] }
    }
    if outputs == 1 { return indices.map { Float(table.labels[$0]) } }
    var values = [Float](repeating: 0, count: indices.count * outputs)
    for (row, index) in indices.enumerated() { values[row * outputs + Int(table.labels[index])] = 1 }
    return values
  }

  private func hits(_ output: UnsafePointer<Float>, _ table: SampleTable, _ indices: ArraySlice<Int>) -> Int {
    var count = 0
    for (row, index) in indices.enumerated() {
      let values = output + row * outputs
      let best = outputs == 1 ? (values[0] > 0.5 ? 1 : 0) : (0..<outputs).max { values[$0] < values[$1] } ?? 0
      count += best == Int(table.labels[index]) ? 1 : 0
    }
    return count
  }
}
