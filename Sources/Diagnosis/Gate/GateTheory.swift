import Glibc
import NetworkGraph
import SampleStatistics
import SignalPropagation

/// The bounds that theory and the declared schemes set: a band around the predicted value, and the sampling error to judge
/// by.
///
/// Chains of dense layers: theory's mean of log10 and its standard error, both at finite width; the band is what
/// `TheoryDisagreement` allows, a tenth of the finite-width correction and Float's rounding. Networks with sums or
/// normalizations: theory's value at infinite width, less the `sigma^2 / 2` by which a mean of logarithms lies below the
/// logarithm of a mean, with Student's interval over replicas; the band is a first-order term that infinite width leaves
/// out, the layers passed over the least width (plus one over the batch under normalization). Weights: the declared variance
/// and mean, with the error that so many independent draws of the law have.
struct GateTheory {
  struct Band {
    var low: Double
    var high: Double
    var reading: GateReading
  }

  let run: InitializerRun
  let context: RuleContext
  let given: GivenTensors
  private let reader: GateReader
  /// Weight tensors by their layer's index.
  private let tensors: [Int: [WeightTensor]]

  init(_ run: InitializerRun, _ context: RuleContext, given: GivenTensors) {
    self.run = run
    self.context = context
    self.given = given
    reader = GateReader(run: run, replicas: context.replicas)
    tensors = Dictionary(grouping: WeightTensor.all(in: run, context)) { $0.layer.index }
  }

  /// Nil for the gradient at the output, from which theory starts, and for a tensor that the layer does not have.
  func band(_ quantity: GateQuantity, _ tensor: GateTensor, _ layer: LayerResult) throws(GateReading.Absence) -> Band? {
    if tensor == .weights { return try firstWeights(quantity, layer) }
    if tensor.isBackward, context.backward != .gaussian {
      throw GateReading.Absence(
        reason: "a loss's gradient depends on the forward pass, and theory takes it to be independent of it")
    }
    guard let signal = tensor.signal(of: layer) else { return nil }
    guard signal.nonFinite == 0 else {
      throw GateReading.Absence(reason: "\(signal.nonFinite) values are not finite", isFailure: true)
    }
    guard signal.theory != nil else { throw GateReading.Absence(reason: silence) }
    if let broken = brokenAssumption(tensor, layer.index) { throw GateReading.Absence(reason: broken) }
    if tensor == .gradients, layer.index == run.layers.count { return nil }
    let steps = tensor.isBackward ? run.layers.count - layer.index + 1 : layer.index
    let rounding = TheoryDisagreement.rounding(steps, layer, context)
    if let predicted = signal.theoryLog10, let error = signal.theoryStandardError {
      guard let measured = signal.log10SecondMoment, !signal.scaleCapped else {
        return Band(low: predicted, high: predicted, reading: GateReading(value: -.infinity, standardError: 0))
      }
      guard reachesFirstOrder(tensor, layer.index) else { throw GateReading.Absence(reason: Self.beyondFirstOrder) }
      let allowance = 0.1 * finiteWidth(signal) + rounding
      // Weights that are given are one draw, which all replicas share. Of those of a file theory's error says so already.
      let draws = given.hasParameters && !isOfFile ? Double(context.replicas).squareRoot() : 1
      return Band(
        low: predicted - allowance, high: predicted + allowance,
        reading: GateReading(value: measured, standardError: error * draws))
    }
    guard let theory = signal.theory, theory.isFinite, theory >= 0 else {
      throw GateReading.Absence(reason: "theory computes no finite value for it")
    }
    guard theory > 0 else {
      // Zero as predicted: there is no size to compare.
      if signal.log10SecondMoment == nil { return nil }
      throw GateReading.Absence(reason: "theory predicts no signal at all there")
    }
    let reading = try reader.reading(.secondMoment, tensor, layer)
    let replicaVariance = reading.standardError * reading.standardError * Double(context.replicas)
    let centre = log10(theory) - replicaVariance * log(10) / 2
    let allowance = firstOrder(steps) + rounding
    return Band(low: centre - allowance, high: centre + allowance, reading: reading)
  }

  /// The slope of theory's values over the hidden layers, to compare with the Student interval of the measured slopes.
  func growth(_ tensor: GateTensor) throws(GateReading.Absence) -> Band {
    if tensor.isBackward, context.backward != .gaussian {
      throw GateReading.Absence(
        reason: "a loss's gradient depends on the forward pass, and theory takes it to be independent of it")
    }
    guard !given.hasParameters, !isOfFile else {
      throw GateReading.Absence(reason: "the weights are given: one draw shows no scatter to judge the growth by")
    }
    if let broken = brokenAssumption(tensor, tensor.isBackward ? 1 : run.hiddenLayers.count) {
      throw GateReading.Absence(reason: broken)
    }
    let reading = try reader.growth(tensor)
    let path = GrowthPath(context.network)
    let counted =
      tensor.isBackward
      ? path.gradients([{ run.layers[$0].gradient }])?[0].reversed() : path.activations([{ run.layers[$0].activation }])?[0]
    guard let travelled = counted?.map({ run.layers[$0.place] }) else { throw GateReading.Absence(reason: silence) }
    guard travelled.allSatisfy({ reachesFirstOrder(tensor, $0.index) }) else {
      throw GateReading.Absence(reason: Self.beyondFirstOrder)
    }
    let signals = travelled.compactMap { tensor.signal(of: $0) }
    let predicted = signals.compactMap(\.predictedLog10)
    guard predicted.count == travelled.count,
      let slope = Estimators.slope(x: predicted.indices.map(Double.init), y: predicted)
    else { throw GateReading.Absence(reason: silence) }
    // A slope over so many layers changes by at most what its ends change.
    let last = signals.last.map { $0.theoryLog10 == nil ? firstOrder(run.layers.count) : 0.1 * finiteWidth($0) } ?? 0
    let allowance = 2 * last / Double(predicted.count - 1) + TheoryDisagreement.rounding(1, travelled[0], context)
    return Band(low: slope - allowance, high: slope + allowance, reading: reading)
  }

  /// Which assumption of theory the declared laws break on the way to a signal: what is meant to be so is no fault of the
  /// network, and theory does not apply. Gradients depend on the forward signal of every hidden layer.
  private func brokenAssumption(_ tensor: GateTensor, _ index: Int) -> String? {
    for (layer, node) in zip(run.layers, context.network.nodes) where tensor.isBackward || layer.index <= index {
      guard let found = FailedAssumption.declared(node, context) else { continue }
      // No gradient sees the bias of an output without activation.
      let isOutputBias = found.isBiasMean && layer.index - 1 >= run.outputIndex && node.layer.activation.isIdentity
      if tensor.isBackward, isOutputBias { continue }
      return "theory does not apply. " + String(found.sentence.dropLast())
    }
    return nil
  }

  /// Whether the second-order terms in 1 / width that theory neglects are small: log m of no layer on the way varies by more
  /// than `largestDeviation` between replicas. A homogeneous activation takes any size alike and needs no such limit.
  ///
  /// Gradients depend on the derivatives, and so on the forward signal, of their own layer and those behind it.
  private func reachesFirstOrder(_ tensor: GateTensor, _ index: Int) -> Bool {
    let hidden = context.network.hiddenNodes
    if hidden.allSatisfy({ $0.layer.activation.laws.homogeneousDegree == 1 }) { return true }
    // The layer's own sum over units comes after any activation.
    let own = tensor == .preactivations ? index - 1 : index
    return run.hiddenLayers.allSatisfy { layer in
      guard tensor.isBackward ? layer.index >= index : layer.index <= own else { return true }
      guard let error = layer.preactivation.theoryStandardError else { return true }
      return error * Double(context.replicas).squareRoot() * log(10) <= Self.largestDeviation
    }
  }

  /// The largest deviation of log m within one replica. Its variance is then known to a factor of 1 + 0.09 / 2.
  private static let largestDeviation = 0.3
  private static let beyondFirstOrder = "at this depth and width, chance moves too much for theory to say what is wrong"

  /// Whether the weights are those of a file.
  private var isOfFile: Bool { context.assignment.isOfFile }

  /// Why there is no prediction. Where other layers have one, the note on the run is about those.
  private var silence: String {
    let isPredicted = run.layers.contains { $0.activation.theory != nil || $0.preactivation.theory != nil }
    return isPredicted ? "theory has no prediction for it" : run.theoryNote ?? "theory has no prediction for it"
  }

  private func finiteWidth(_ signal: SignalSummary) -> Double {
    TheoryDisagreement.finiteWidth(signal, replicas: context.replicas)
  }

  private func firstOrder(_ steps: Int) -> Double {
    let width = context.network.hiddenNodes.map(\.shape.count).min() ?? 1
    let normalizes = context.network.nodes.contains { $0.layer.traits.contains(.overBatch) }
    return Double(steps) * (1 / Double(width) + (normalizes ? 1 / Double(context.input.batch) : 0)) / log(10)
  }

  private func firstWeights(_ quantity: GateQuantity, _ layer: LayerResult) throws(GateReading.Absence) -> Band? {
    let node = context.network.nodes[layer.index - 1]
    guard let summary = layer.weights, let tensor = node.parameters.first(where: { $0.role == .weight }) else { return nil }
    return try band(
      quantity,
      WeightTensor(
        layer: layer, summary: summary, node: node, tensor: tensor,
        law: context.assignment.law(for: tensor, of: node.name), shape: tensor.shape,
        tensors: given.weights[node.name] == nil && context.assignment.law(for: tensor, of: node.name) != .unknown
          ? context.replicas : 1))
  }

  /// The weight tensors of a layer other than its first.
  func otherWeights(of layer: LayerResult) -> [WeightTensor] {
    let first = context.network.nodes[layer.index - 1].parameters.first { $0.role == .weight }
    return tensors[layer.index, default: []].filter { $0.tensor.name != first?.name }
  }

  /// The band of a weight tensor's moments. Laws with a kurtosis up to the normal's scatter no more than a normal: `Var s^2
  /// = 2 sigma^4 / n`.
  func band(_ quantity: GateQuantity, _ tensor: WeightTensor) throws(GateReading.Absence) -> Band? {
    let weights = tensor.summary, law = tensor.law
    guard let expected = weights.expectedVariance else {
      throw GateReading.Absence(
        reason: tensor.law == .unknown
          ? "the weights are the file's, and no scheme is declared"
          : "the scheme declares no variance for these weights")
    }
    guard quantity == .mean || tensor.shape.count > 1 else {
      throw GateReading.Absence(reason: "a single number in each drawing has no variance")
    }
    guard weights.variance.isFinite, weights.mean.isFinite else {
      throw GateReading.Absence(reason: "weights are not finite", isFailure: true)
    }
    let mean: Double
    switch law {
    case .normal(let value, _): mean = value
    case .uniform(let low, let high), .triangular(let low, let high): mean = (low + high) / 2
    case .truncatedNormal(let value, _, let low, let high) where abs(low + high - 2 * value) <= 1e-12 * (high - low):
      mean = value
    case .constant(let value):
      // Nothing scatters: equal up to Float's rounding of the value, a part in 2^23, and of its square, twice that.
      if quantity == .mean {
        let slack = abs(value) * 0x1p-23
        return Band(low: value - slack, high: value + slack, reading: GateReading(value: weights.mean, standardError: 0))
      }
      let isMoment = quantity == .secondMoment
      let target = log10(isMoment ? value * value : 0), slack = isMoment ? 0x1p-22 / log(10) : 0
      let measured = weights.variance + (isMoment ? weights.mean * weights.mean : 0)
      return Band(low: target - slack, high: target + slack, reading: GateReading(value: log10(measured), standardError: 0))
    default: throw GateReading.Absence(reason: "its entries are not drawn independently from one law")
    }
    // Weights that are given are the same in every replica.
    let draws = tensor.draws
    if quantity == .mean {
      return Band(
        low: mean, high: mean, reading: GateReading(value: weights.mean, standardError: (expected / draws).squareRoot()))
    }
    let isMoment = quantity == .secondMoment
    let target = expected + (isMoment ? mean * mean : 0)
    let value = weights.variance + (isMoment ? weights.mean * weights.mean : 0)
    guard target > 0 else { return nil }
    // Including the part that the mean has in the second moment: 4 mean^2 sigma^2 / n.
    let variance = 2 * expected * expected + (isMoment ? 4 * mean * mean * expected : 0)
    return Band(
      low: log10(target), high: log10(target),
      reading: GateReading(
        value: value > 0 ? log10(value) : -.infinity, standardError: (variance / draws).squareRoot() / target / log(10)))
  }
}
