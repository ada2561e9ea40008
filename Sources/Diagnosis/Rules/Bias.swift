import Glibc
import NetworkGraph
import NumberText
import SampleStatistics
import SignalPropagation

/// Finds biases that are not as declared, or that drown the signal.
public struct Bias: Rule {
  public static let name = "bias"
  public static let summary = "Biases, gains or shifts are not what their scheme declares, or biases drown the signal."
  public static let explanation = """
    Judged are all bias vectors of a layer, and the gains and shifts of normalizations and sums. Those that are declared \
    constant (0, and 1 for gains, unless the layer says otherwise) must have that value to Float32's rounding. Random \
    ones are held to their law's mean and variance at a false-alarm rate of 0.001, divided by twice the number of tensors \
    (Bonferroni). Whatever was declared, hidden biases whose mean square exceeds 90% of the pre-activation's drown what \
    comes from the input: units then say the same to every sample. Of a recurrent layer that is its gates' pre-activation \
    at all steps (where a model from a file writes its steps out, only its states are known, and the share is not judged), \
    and an attention adds its output's bias alone. A layer that only sets how fast a scan forgets, as the time steps of a \
    state space model do, is not judged so either, nor is a gate (a sigmoid that multiplies another signal): their biases \
    are meant to set them. An output layer's bias is not judged so: it may hold how often \
    each answer occurs (the prior of a rare class, Lin et al. 2017), and the weights add to that.
    """
  public static let remedy = """
    Start biases at 0, or at a value that is small beside the pre-activation's deviation.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "biases differ from their scheme, or make up more than 90% of a hidden pre-activation's mean square")
  ]

  /// The probability of a finding in a run whose biases follow their law.
  public static let falseAlarmRate = 1e-3
  /// The largest share of the pre-activation's mean square that a bias may have without a finding.
  public static let largestShare = 0.9

  public init() {}

  public static func size(of finding: Finding) -> Double { finding.figure("shareOfPreactivation") ?? 0 }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let judged = Self.judged(run, context)
    // A data-dependent scheme sets the bias together with the weights.
    let declared = judged.filter { judged in
      if case .dataDependent = context.assignment.weightLaw(for: context.network.nodes[judged.layer.index - 1]) {
        false
      } else {
        true
      }
    }
    let rate = Self.falseAlarmRate / Double(max(1, 2 * declared.count))
    let wrong = declared.filter { !$0.follows(rate: rate) }
    let excused = Self.timing(context.network).union(OpeningLayers.names(context.network))
    let large = judged.filter { judged in
      let place = judged.layer.index - 1
      return place < run.outputIndex && !context.network.nodes[place].layer.traits.contains(.besideOutput)
        && (judged.share ?? 0) > Self.largestShare && !excused.contains(judged.layer.name)
    }
    return [wrong.isEmpty ? nil : Self.undeclared(wrong), large.isEmpty ? nil : Self.drowning(large)].compactMap(\.self)
  }

  /// Every tensor other than weights whose values are finite; for runs without a list of parameters, each layer's first
  /// bias.
  private static func judged(_ run: InitializerRun, _ context: RuleContext) -> [Judged] {
    let measured = Dictionary(run.parameters.map { ($0.name, BiasSummary($0.values)) }) { first, _ in first }
    return run.layers.flatMap { layer -> [Judged] in
      let node = context.network.nodes[layer.index - 1]
      let tensors = node.parameters.filter { $0.role != .weight }
      let first = tensors.first { $0.role == .bias }
      var own = tensors.compactMap { tensor -> Judged? in
        let path = tensor.path(in: node.name), isFirst = tensor.name == first?.name
        guard let bias = measured[path] ?? (isFirst ? layer.bias : nil), bias.nonFinite == 0, bias.variance.isFinite else {
          return nil
        }
        let isGiven = isFirst && context.given.biases[node.name] != nil || context.given.parameters[path] != nil
        let law = context.assignment.law(for: tensor, of: node.name)
        return Judged(
          layer: layer, tensor: tensor, isOneOfSeveral: tensors.count { $0.role == tensor.role } > 1, bias: bias,
          law: law, shape: tensor.shape, count: tensor.count,
          measuresState: layer.value != nil && node.layer.traits.contains(.recurs) && node.layer.gates.isEmpty,
          tensors: isGiven || law == .unknown ? 1 : context.replicas)
      }
      // The vectors of a cell are all added to its gates, those of two directions to gates of their own; other layers of a
      // model may hold what acts elsewhere.
      let stacked = tensors.isEmpty ? 1 : node.parameters.first { $0.role == .weight }?.shape.copies ?? 1
      let directions = Double(max(1, node.layer.gates.count / max(1, stacked)))
      let isCell = node.layer.traits.contains(.recurs)
      let sum = own.reduce(0) { $1.isAdded ? $0 + $1.meanSquare : $0 } / (isCell ? directions : 1)
      for place in own.indices { own[place].addedMeanSquare = isCell ? sum : own[place].meanSquare }
      return own
    }
  }

  /// Layers whose results, behind an activation at most, only say how fast a scan forgets: the time steps of a state space
  /// model, whose bias is meant to set them (Gu and Dao 2023, Mamba).
  private static func timing(_ network: Network) -> Set<String> {
    func isScan(_ node: Network.Node) -> Bool {
      node.layer.traits.contains(.recurs) && !node.layer.traits.contains(.contracts)
    }
    guard network.nodes.contains(where: isScan) else { return [] }
    var readers: [String: [Network.Node]] = [:], found: Set<String> = []
    for node in network.nodes { for input in Set(node.inputs) { readers[input, default: []].append(node) } }
    for node in network.nodes.reversed() where !isScan(node) {
      let readers = readers[node.name] ?? []
      let isOnlyTiming = readers.allSatisfy { reader in
        isScan(reader) || reader.layer.traits.contains(.activates) && found.contains(reader.name)
      }
      if !readers.isEmpty, isOnlyTiming { found.insert(node.name) }
    }
    return found
  }

  private struct Judged {
    var layer: LayerResult
    var tensor: ParameterTensor
    /// Whether the layer has several tensors with this role.
    var isOneOfSeveral: Bool
    var bias: BiasSummary
    var law: WeightLaw
    var shape: WeightShape
    var count: Int
    /// Whether the layer's pre-activation is its state: a recurrent layer that is written out step by step shows no gates.
    var measuresState: Bool
    /// The number of vectors that were drawn independently.
    var tensors: Int
    /// The mean square of what is added to the pre-activation with this vector: a GRU has two for each gate.
    var addedMeanSquare = 0.0

    var meanSquare: Double { bias.mean * bias.mean + bias.variance * Double(count - 1) / Double(count) }

    /// The layer's name, with the tensor's where the layer has several.
    var title: String { isOneOfSeveral || tensor.role != .bias ? "\(layer.name) (tensor \(tensor.name))" : layer.name }

    /// Whether the values are added to the pre-activation. An attention's query, key and value biases are not, nor is what a
    /// layer of a model from a file holds because nothing else does: it acts before, by what operators ever.
    var isAdded: Bool {
      if case .projection = tensor.use { return false }
      let module = layer.name.prefix { $0 != "#" }
      if layer.value != nil, !tensor.name.hasPrefix(module) { return false }
      return tensor.role == .bias || tensor.role == .shift
    }

    /// The share of the pre-activation's mean square; nil where that is not finite.
    var share: Double? {
      guard isAdded, !measuresState else { return nil }
      let whole = layer.preactivation.secondMoment
      guard whole > 0, whole.isFinite else { return nil }
      // What varies over the samples is none of the bias, however large it is: other parts of a sum may cancel it.
      let varying = layer.preactivation.spread.map { $0 * $0 / whole } ?? 0
      return min(1, addedMeanSquare / whole, 1 - min(1, varying))
    }

    func follows(rate: Double) -> Bool {
      if case .constant(let value) = law {
        let slack = abs(value) * 0x1p-23
        return abs(bias.min - value) <= slack && abs(bias.max - value) <= slack
      }
      guard let mean = law.mean(shape), let deviation = law.standardDeviation(shape), deviation > 0 else { return true }
      let draws = Double(count * tensors)
      let error = Estimators.normalQuantile(twoSided: rate) * deviation / draws.squareRoot()
      guard abs(bias.mean - mean) <= error else { return false }
      guard count > 1 else { return true }
      let relative = (SamplingError.kurtosis(law) - Double(count - 3) / Double(count - 1)) / draws
      let chance = Estimators.varianceRatioInterval(degreesOfFreedom: 2 / relative, twoSided: rate)
      return chance.contains(bias.variance / (deviation * deviation))
    }
  }

  private static func undeclared(_ wrong: [Judged]) -> Finding {
    let worst = wrong.max { ($0.share ?? 0) < ($1.share ?? 0) } ?? wrong[0]
    let isConstant = worst.bias.min == worst.bias.max
    let mean = shortNumber(worst.bias.mean, digits: 4), deviation = worst.bias.variance.squareRoot()
    let value = isConstant ? "all \(mean)" : "mean \(mean) and deviation \(shortNumber(deviation, digits: 3))"
    let share = worst.share.map { ": \(MessageNumber.percent($0)) of the pre-activation's mean square" } ?? ""
    return Finding(
      rule: name, severity: .warning, layers: Set(wrong.map(\.layer.index)).sorted(),
      evidence: evidence(worst, cause: isConstant ? "constant" : "another law"),
      message: """
        \(LayerText.of(subject(wrong), wrong.map(\.title))) are not as declared (\(worst.law.distribution)): \
        \(worst.title) has \(value)\(share).
        """)
  }

  private static func drowning(_ large: [Judged]) -> Finding {
    let worst = large.max { ($0.share ?? 0) < ($1.share ?? 0) } ?? large[0]
    return Finding(
      rule: name, severity: .warning, layers: Set(large.map(\.layer.index)).sorted(),
      evidence: evidence(worst, cause: "large"),
      message: """
        \(LayerText.of(subject(large), large.map(\.title))) make up \(MessageNumber.percent(worst.share ?? 1)) of \
        the pre-activation's mean square: the input hardly shows beside them.
        """)
  }

  /// "Biases", "Gains", or both where a finding is about several roles.
  private static func subject(_ judged: [Judged]) -> String {
    let roles: [(ParameterTensor.Role, String)] = [(.bias, "biases"), (.gain, "gains"), (.shift, "shifts")]
    let words = roles.filter { role, _ in judged.contains { $0.tensor.role == role } }.map(\.1)
    let text = words.joined(separator: " and ")
    return text.prefix(1).uppercased() + text.dropFirst()
  }

  private static func evidence(_ worst: Judged, cause: String) -> [String: Finding.Evidence] {
    var evidence: [String: Finding.Evidence] = [
      "cause": .text(cause), "layer": .text(worst.layer.name),
      "tensor": .text(worst.tensor.path(in: worst.layer.name)), "mean": .number(worst.bias.mean),
      "variance": .number(worst.bias.variance), "declared": .text(worst.law.distribution),
      "falseAlarmRate": .number(falseAlarmRate),
    ]
    if let share = worst.share { evidence["shareOfPreactivation"] = .number(share) }
    return evidence
  }
}
