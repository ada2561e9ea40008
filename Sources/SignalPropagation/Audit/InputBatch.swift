import DataSets
import LayerKernels
import NetworkGraph
import TensorKernels

/// The input batch of one replica, the same for every initializer.
struct InputBatch {
  var signal: ScaledSignal
  /// The correct answers for the loss; nil for samples without answers.
  var answers: BatchAnswers?

  /// Draws the batch. `vocabulary` is that of a network which reads token ids: features drawn at random are then ids.
  ///
  /// - Parameter prefersQuantities: Of a set that has classes and quantities, whether the loss takes the latter.
  static func draw(
    _ input: AuditInput, given: GivenTensors, shape: Shape, vocabulary: Int?, batch: Int, seed: UInt64, replica: Int,
    prefersQuantities: Bool = false, pool: BufferPool
  ) throws -> InputBatch {
    let signal = try ScaledSignal(rows: batch, columns: shape.count, pool: pool)
    if let values = given.input {
      precondition(values.count == signal.count, "\(values.count) values given for a batch of \(signal.count)")
      signal.data.update(from: values, count: values.count)
      return InputBatch(signal: signal, answers: given.labels.map { .classes($0.map(Int32.init)) })
    }
    let buffer = UnsafeMutableBufferPointer(start: signal.data, count: signal.count)
    let stream = RandomStream(seed: seed, replica: replica, node: Network.inputName, tensor: .input)
    var answers: BatchAnswers?
    switch input {
    case .gaussian where vocabulary != nil, .uniform where vocabulary != nil:
      for (index, word) in stream.words(buffer.count).enumerated() {
        buffer[index] = Float(word.number(below: vocabulary ?? 1))
      }
    case .gaussian:
      stream.fillNormal(buffer, mean: 0, std: 1)
    case .uniform(.standardized):
      stream.fillUniform(buffer, low: -3.0.squareRoot(), high: 3.0.squareRoot())
    case .uniform(.symmetric):
      stream.fillUniform(buffer, low: -1, high: 1)
    case .uniform:
      stream.fillUniform(buffer, low: 0, high: 1)
    case .samples(let set, let scaling):
      let indices = chooseIndices(batch, of: set.count, stream: stream)
      set.fill(buffer, indices: indices, scaling: scaling)
      if let all = set.targets, let width = set.targetCount, prefersQuantities || set.labels == nil {
        answers = .quantities(indices.flatMap { all[($0 * width)..<(($0 + 1) * width)] })
      } else if let all = set.labels {
        answers = .classes(indices.map { Int32(all[$0]) })
      }
    }
    return InputBatch(signal: signal, answers: answers)
  }

  /// Chooses `batch` samples: the first places of a Fisher-Yates shuffle by the stream's words. A set that is too small is
  /// used again.
  private static func chooseIndices(_ batch: Int, of count: Int, stream: RandomStream) -> [Int] {
    var order = Array(0..<count)
    var chosen: [Int] = []
    chosen.reserveCapacity(batch)
    for (index, word) in stream.words(batch).enumerated() {
      let place = index % count
      order.shuffleStep(at: place, word)
      chosen.append(order[place])
    }
    return chosen
  }
}
