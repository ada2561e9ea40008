import Glibc
import NetworkGraph
import TensorKernels

/// Measures the tangent kernel along several directions for one drawing of the weights.
final class ProbePass {
  private let table: SampleTable
  private let minority: Double
  private let parameters: ParameterBlock
  private let graph: any ProbeTarget
  private let indices: [Int]
  private let outputs: Int
  private let loss: LossPass
  /// Random bits for signs and permutations.
  private var words: [UInt32]
  private var batch: Int { graph.batch }

  init(
    _ network: Network, _ assignment: InitializerAssignment, _ task: ProbeTask, batch: Int, seed: UInt64, replica: Int,
    given: [String: [Float]], pool: BufferPool
  ) throws {
    let table = task.table
    self.table = table
    minority = task.minority
    outputs = network.output.count
    let kind: Loss = outputs == 1 ? .binaryCrossEntropy : .crossEntropy
    let plan = OutputPlan(network, kind)
    loss = LossPass(loss: kind, outputs: outputs)
    // A dropout mask that changes between two passes would look like curvature.
    let nodes = plan.nodes.map { $0.with(layer: $0.layer.withoutNoise) }
    parameters = try ParameterBlock(nodes[...], pool: pool)
    parameters.draw(assignment, seed: seed, replica: replica)
    for (index, tensor) in parameters.tensors.enumerated() {
      guard let values = given["\(tensor.layer)/\(tensor.parameter.name)"] else { continue }
      parameters.value(index).update(from: values, count: tensor.count)
    }
    let size = min(batch, table.count)
    let graph = try TrainingGraph(
      nodes: nodes[...], input: network.input, plainOutput: plan.plainOutput, batch: size, parameters: parameters,
      seed: seed, replica: replica, pool: pool)
    words = RandomStream(seed: seed, replica: replica, node: "tangent", tensor: .probe).words(2 * size + outputs)
    indices = ProbeTask.balanced(Array(0..<table.count).shuffled(by: words[..<size]), size) { Int(table.labels[$0]) }
    table.gather(indices[...], into: graph.input)
    DataCalibration.fit(graph, assignment)
    self.graph = graph
  }

  /// Prepares the measurement of a graph, whose parameters have their values.
  init(_ graph: GraphProbe, _ task: ProbeTask, seed: UInt64, replica: Int) throws {
    table = task.table
    minority = task.minority
    outputs = graph.outputs
    loss = LossPass(loss: outputs == 1 ? .binaryCrossEntropy : .crossEntropy, outputs: outputs)
    parameters = graph.parameters
    let size = graph.batch
    words = RandomStream(seed: seed, replica: replica, node: "tangent", tensor: .probe).words(2 * size + outputs)
    let table = task.table
    indices = ProbeTask.balanced(Array(0..<table.count).shuffled(by: words[..<size]), size) { Int(table.labels[$0]) }
    table.gather(indices[...], into: graph.input)
    self.graph = graph
    graph.forward(.training)
    if let failure = graph.failure { throw failure }
  }

  /// Takes all readings. The graph must hold its first forward pass.
  func reading() -> TangentReading {
    let zeros = startsWithZeros
    if zeros { nudge() }
    let codes = classCodes(), (size, spread) = outputMoments()
    var (signal, readoutSignal) = (kernel(along: codes), readout())
    let order = Array(0..<batch).shuffled(by: words[batch..<(2 * batch)])
    var (noise, readoutNoise) = (kernel(along: order.flatMap { codes[($0 * outputs)..<(($0 + 1) * outputs)] }), readout())
    // Only in these cases can the common direction be so much larger that its rounding matters.
    if spread < 1e-3 * size || size == 0 || signal < 1e-9 {
      let common = kernel(along: commonCodes())
      (signal, readoutSignal) = (resolved(signal, common), resolved(readoutSignal, common))
      (noise, readoutNoise) = (resolved(noise, common), resolved(readoutNoise, common))
    }
    let loss = meanLoss()
    graph.backward()
    let updates = self.updates()
    var reading = TangentReading(
      loss: loss, signal: signal, noise: noise, gradient: squaredGradient(), outputSize: size, outputSpread: spread,
      readoutSignal: readoutSignal, readoutNoise: readoutNoise, largestUpdate: updates.max() ?? 0,
      smallestUpdate: updates.min() ?? 0, minority: minority)
    reading.isSymmetric = isSymmetric()
    reading.startsWithZeros = zeros
    return reading
  }

  /// Class codes are centred in Float. What their rounding (2^-24 of each, squared) leaves of the common direction does not
  /// count as signal.
  private func resolved(_ kernel: Double, _ common: Double) -> Double { kernel > 1e-13 * common ? kernel : 0 }

  /// Whether a weight or gain tensor is all zeros, as in residual branches and output layers that start at zero.
  private var startsWithZeros: Bool {
    parameters.tensors.indices.contains { index in
      let tensor = parameters.tensors[index], values = parameters.value(index)
      return (tensor.isWeight || tensor.parameter.role == .gain) && (0..<tensor.count).allSatisfy { values[$0] == 0 }
    }
  }

  /// Takes two steps of gradient descent: the first changes zeros that get a gradient, the second those that get one only
  /// then. The rate is 0.1, or less where a step would change a weight tensor by more than a tenth of its size.
  private func nudge() {
    let start = meanLoss()
    graph.backward()
    guard start.isFinite, squaredGradient().isFinite else { return }
    let steepest = updates().max() ?? 0
    let rate = 0.1 * min(1, steepest > 0 ? 1 / steepest.squareRoot() : 1)
    for step in 1...2 {
      Elementwise.add(parameters.gradients, times: -Float(rate), to: parameters.values, count: parameters.count)
      graph.forward(.training)
      guard step < 2, meanLoss().isFinite else { break }
      graph.backward()
    }
  }

  /// The mean loss of the graph's current batch; leaves the output's gradient for `backward`.
  private func meanLoss() -> Double { loss(graph, table, indices[...]).sum / Double(batch) }

  /// Whether the loss's gradient keeps all units of every hidden layer alike, and the output layer sees nothing else: behind
  /// a skip it may learn from the inputs themselves. Equal sums of one order round equally; a product may order a row's sums
  /// by its place, which the tolerance allows for.
  private func isSymmetric() -> Bool {
    guard let last = parameters.tensors.lastIndex(where: \.isWeight) else { return false }
    let hidden = parameters.tensors.indices.filter { $0 < last && parameters.tensors[$0].isWeight }
    func rows(_ index: Int) -> (count: Int, length: Int) {
      let count = max(1, parameters.tensors[index].parameter.shape.rows)
      return (count, parameters.tensors[index].count / count)
    }
    let areAlike = hidden.allSatisfy { index in
      let (count, length) = rows(index)
      return [parameters.value(index), parameters.gradient(index)].allSatisfy { values in
        let size = Elementwise.sumOfSquares(values, count: length)
        guard size.isFinite else { return false }
        return (1..<count).allSatisfy {
          Elementwise.squaredDistance(values, values + $0 * length, count: length) <= 1e-8 * size
        }
      }
    }
    // A layer of one unit has none that could be alike.
    guard hidden.contains(where: { rows($0).count > 1 }), areAlike else { return false }
    // The gradient of an output's weights is a mix of the features that it sees: equal ones have equal entries.
    let (count, length) = rows(last), gradient = parameters.gradient(last)
    return (0..<count).allSatisfy { row in
      let values = UnsafeBufferPointer(start: gradient + row * length, count: length)
      let size = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(length)
      return values.allSatisfy { Double($0 - values[0]) * Double($0 - values[0]) <= 1e-8 * size }
    }
  }

  /// The part of the last `kernel` that comes from the last layer with weights.
  private func readout() -> Double {
    guard let last = parameters.tensors.last(where: \.isWeight)?.node else { return 0 }
    return parameters.tensors(of: last).reduce(0) {
      $0 + Elementwise.sumOfSquares(parameters.gradient($1), count: parameters.tensors[$1].count)
    }
  }

  /// Squared gradient divided by squared size, for each weight tensor that is not zero.
  private func updates() -> [Double] {
    parameters.tensors.indices.filter { parameters.tensors[$0].isWeight }.compactMap { index in
      let count = parameters.tensors[index].count
      let size = Elementwise.sumOfSquares(parameters.value(index), count: count)
      return size > 0 ? Elementwise.sumOfSquares(parameters.gradient(index), count: count) / size : nil
    }
  }

  private func squaredGradient() -> Double { Elementwise.sumOfSquares(parameters.gradients, count: parameters.count) }

  /// Root mean squares of the outputs, and of the outputs minus the batch's mean.
  private func outputMoments() -> (size: Double, spread: Double) {
    var squares = 0.0, common = 0.0
    for column in 0..<outputs {
      var sum = 0.0
      for row in 0..<batch {
        let value = Double(graph.output[row * outputs + column])
        sum += value
        squares += value * value
      }
      common += sum * sum / Double(batch)
    }
    let count = Double(batch * outputs)
    // A spread that comes from rounding does not count.
    let rest = squares - common
    return ((squares / count).squareRoot(), rest > 1e-13 * squares ? (rest / count).squareRoot() : 0)
  }

  /// One-hot codes minus their mean; for a single output, the sign of the class.
  private func classCodes() -> [Float] {
    let labels = indices.map { Int(table.labels[$0]) }
    var codes = [Float](repeating: 0, count: batch * outputs)
    for (row, label) in labels.enumerated() {
      if outputs == 1 { codes[row] = label == 0 ? -1 : 1 } else { codes[row * outputs + label] = 1 }
    }
    for column in 0..<outputs {
      var sum: Float = 0
      for row in 0..<batch { sum += codes[row * outputs + column] }
      for row in 0..<batch { codes[row * outputs + column] -= sum / Float(batch) }
    }
    return codes
  }

  /// One vector of random signs, the same for all samples.
  private func commonCodes() -> [Float] {
    let signs = words[(2 * batch)...].map { $0 & 1 == 0 ? Float(1) : -1 }
    return (0..<batch).flatMap { _ in signs }
  }

  /// Measures `u^T K u / batch^2` along codes scaled to unit norm per sample.
  private func kernel(along codes: [Float]) -> Double {
    let squares = codes.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard squares > 0 else { return 0 }
    let scale = Float((Double(batch) / squares).squareRoot() / Double(batch))
    for (place, value) in codes.enumerated() { graph.outputGradient[place] = value * scale }
    graph.backward()
    return squaredGradient()
  }
}
