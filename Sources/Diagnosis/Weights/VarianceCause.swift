import Glibc
import NetworkGraph
import NumberText

/// A mistake that gives weights another variance than the declared one.
struct VarianceCause {
  /// The mistake's name in a finding's evidence.
  var key: String
  /// The variance that the mistake gives.
  var variance: Double
  /// What was probably done, and the remedy.
  var sentence: String

  /// All mistakes in the catalogue for this tensor, the likeliest first.
  static func candidates(for tensor: WeightTensor, _ context: RuleContext) -> [VarianceCause] {
    guard let declared = tensor.summary.expectedVariance, declared > 0 else { return [] }
    let initializer = tensor.initializer(context)
    let causes: [VarianceCause]
    switch tensor.law {
    case .normal, .uniform, .truncatedNormal:
      causes =
        fans(tensor, initializer, declared) + gains(tensor, initializer, declared) + shapes(tensor, declared)
        + schemes(tensor)
    default: causes = gains(tensor, initializer, declared) + schemes(tensor)
    }
    return causes.filter { $0.variance > 0 && $0.variance.isFinite && abs($0.variance / declared - 1) > 1e-6 }
  }

  // MARK: Fans

  private static func fans(_ tensor: WeightTensor, _ initializer: Initializer, _ declared: Double) -> [VarianceCause] {
    let shape = tensor.shape, fan = DeclaredFan(initializer, tensor.tensor)
    let fans = tensor.fans(of: initializer)
    guard let own = fan.value(of: fans) else { return [] }
    let field = Double(shape.receptiveField), channelsIn = Double(shape.inputs / shape.groups)
    let channelsOut = Double(shape.outputs / shape.groups), groups = Double(shape.groups), copies = Double(shape.copies)
    let fanIn = Double(shape.fans.fanIn), fanOut = Double(shape.fans.fanOut)
    func cause(_ key: String, _ other: Double, _ sentence: String) -> VarianceCause {
      VarianceCause(key: key, variance: declared * own / other, sentence: sentence)
    }
    func pick(_ inputs: Double, _ outputs: Double) -> Double {
      switch fan {
      case .fanIn: inputs
      case .fanOut: outputs
      default: (inputs + outputs) / 2
      }
    }
    let place = "Pass the tensor to the scheme as units x inputs x kernel positions, or choose its mode."
    var causes: [VarianceCause] = []
    if fan != .fanOut {
      causes.append(
        cause("fan_out for \(fan == .fanIn ? "fan_in" : "average")", fanOut, "The variance was divided by fan_out. \(place)")
      )
    }
    if fan != .fanIn {
      causes.append(
        cause("fan_in for \(fan == .fanOut ? "fan_out" : "average")", fanIn, "The variance was divided by fan_in. \(place)"))
    }
    if fan != .average {
      causes.append(
        cause(
          "average for \(fan.name)", (fanIn + fanOut) / 2, "The variance was divided by the average of the fans. \(place)"))
    } else {
      causes.append(
        cause(
          "sum for average", fanIn + fanOut,
          "The variance was divided by the sum of the fans: the 2 of 2/(in + out) is missing."))
    }
    causes += [
      cause(
        "receptive field forgotten", pick(channelsIn, channelsOut),
        "The fans count channels only: multiply them by the \(shape.receptiveField) positions of the kernel."),
      cause(
        "groups forgotten", pick(fanIn * groups, fanOut * groups),
        "The fans count the channels of all \(shape.groups) groups: a unit sees one group only."),
      cause(
        "receptive field and groups forgotten", pick(channelsIn * groups, channelsOut * groups),
        "The fans count all channels and no kernel positions: a unit sees \(shape.receptiveField) positions of one group."),
      cause(
        "kernel layout",
        pick(
          Double(shape.taps.last ?? 1) * channelsIn * channelsOut,
          field / Double(shape.taps.last ?? 1)
            * channelsIn * channelsOut),
        "A kernel in the order positions, inputs, outputs was read as outputs, inputs, positions: permute it first."
      ),
      cause(
        "gates counted as outputs", pick(fanIn, fanOut * copies),
        "The fan_out counts all \(shape.copies) gates: each gate is a matrix of its own."),
    ]
    return causes
  }

  // MARK: Gains

  private static func gains(_ tensor: WeightTensor, _ initializer: Initializer, _ declared: Double) -> [VarianceCause] {
    let gain2 = declaredGainSquare(tensor, initializer, declared)
    var causes: [VarianceCause] = []
    func number(_ x: Double) -> String { shortNumber(x, digits: 4) }
    if let gain2, abs(gain2 - 1) > 1e-9 {
      causes += [
        VarianceCause(
          key: "gain forgotten", variance: declared / gain2,
          sentence: "The scheme's gain of \(number(gain2.squareRoot())) is missing: multiply the weights by it."),
        VarianceCause(
          key: "gain not squared", variance: declared / gain2.squareRoot(),
          sentence: """
            The variance has the gain \(number(gain2.squareRoot())) as a factor, not its square \(number(gain2)): the gain \
            multiplies the standard deviation.
            """),
        VarianceCause(
          key: "gain applied twice", variance: declared * gain2,
          sentence: """
            The scheme has the gain \(number(gain2.squareRoot())) already, and the weights were multiplied by it again.
            """),
      ]
    }
    let name = tensor.node.layer.activation.specification.name
    if let gain = try? Gain.torch(name), gain != 1, gain2.map({ abs($0 - gain * gain) > 1e-9 }) ?? true {
      causes.append(
        VarianceCause(
          key: "gain added", variance: declared * gain * gain,
          sentence: "The weights have a gain of \(number(gain)) for \(name), which the declared scheme does not have."))
    }
    return causes
  }

  /// The variance times the fan that divides it; for an orthogonal law, the square of the gain.
  private static func declaredGainSquare(_ tensor: WeightTensor, _ initializer: Initializer, _ declared: Double) -> Double? {
    switch tensor.law {
    case .orthogonal(let gain, _), .deltaOrthogonal(let gain), .part(_, .orthogonal(let gain, _)): return gain * gain
    default:
      let fans = tensor.fans(of: initializer)
      return DeclaredFan(initializer, tensor.tensor).value(of: fans).map { $0 * declared }
    }
  }

  // MARK: Distributions

  private static func shapes(_ tensor: WeightTensor, _ declared: Double) -> [VarianceCause] {
    let cut = WeightLaw.truncatedAtTwoDeviation * WeightLaw.truncatedAtTwoDeviation
    var causes = [
      VarianceCause(
        key: "missing truncation correction", variance: declared * cut,
        sentence: """
          A normal of the declared deviation was cut at two deviations, which leaves 0.7737 of its variance: divide the \
          deviation by 0.8796 before the cut.
          """),
      VarianceCause(
        key: "correction without truncation", variance: declared / cut,
        sentence: "The deviation was divided by 0.8796 for a cut at two deviations that was not made."),
      VarianceCause(
        key: "variance used as standard deviation", variance: declared * declared,
        sentence: "The deviation is the declared variance \(shortNumber(declared, digits: 4)): take its square root."),
      VarianceCause(
        key: "standard deviation used as variance", variance: declared.squareRoot(),
        sentence: """
          The variance is the declared deviation \(shortNumber(declared.squareRoot(), digits: 4)): a square root was \
          taken twice.
          """),
      VarianceCause(
        key: "uniform bound used as standard deviation", variance: 3 * declared,
        sentence: "The bound of the uniform form, sqrt 3 times the deviation, was used as deviation of a normal."),
      VarianceCause(
        key: "standard deviation used as uniform bound", variance: declared / 3,
        sentence: "The deviation was used as bound of a uniform law: the bound is sqrt 3 times the deviation."),
    ]
    let mean2 = tensor.summary.mean * tensor.summary.mean
    if abs(mean2 / (3 * tensor.summary.variance) - 1) < 0.1 {
      causes.append(
        VarianceCause(
          key: "one-sided uniform", variance: declared / 4,
          sentence: "The weights are uniform between 0 and the bound: draw them between minus the bound and the bound."))
    }
    return causes
  }

  // MARK: Other schemes

  private static func schemes(_ tensor: WeightTensor) -> [VarianceCause] {
    let shape = tensor.shape, fanIn = Double(shape.fans.fanIn), fans = shape.fans
    let named: [(String, Double, String)] = [
      (
        "PyTorch's default", 1 / (3 * fanIn),
        "PyTorch's default, kaiming_uniform with a = sqrt 5: its variance is 1/(3 fan_in)"
      ),
      ("glorot", 1 / fans[.fanAverage], "Glorot's scheme, 2/(fan_in + fan_out)"),
      ("he", 2 / fanIn, "He's scheme, 2/fan_in"), ("lecun", 1 / fanIn, "LeCun's scheme, 1/fan_in"),
      ("orthogonal", 1 / Double(max(shape.outputs, shape.columns)), "an orthogonal matrix of gain 1"),
      ("keras.random_uniform", 0.05 * 0.05 / 3, "Keras's RandomUniform on +-0.05"),
      ("normal(std=0.01)", 1e-4, "a normal of deviation 0.01"), ("normal(std=0.02)", 4e-4, "a normal of deviation 0.02"),
      ("normal(std=0.05)", 25e-4, "a normal of deviation 0.05"), ("normal(std=0.1)", 1e-2, "a normal of deviation 0.1"),
      ("normal", 1, "a normal of deviation 1"), ("uniform", 1.0 / 3, "a uniform law on [-1, 1)"),
    ]
    return named.map { key, variance, words in
      VarianceCause(key: key, variance: variance, sentence: "They have the variance of \(words).")
    }
  }
}
